import { beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '#domain/run.js'
import { simulatedPrices } from '../support/prices.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'
import { ordered } from './played.js'
import { historyOf, playedRuns, SYMBOLS } from './played-rules.js'

const FIXED = `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: {source: fixed, weights: {ALFA: 0.35, BRAVO: 0.35, CHARLIE: 0.2}, cash: 0.1}
triggers: {drift: {band: 0.05}, calendar: null, cooldown: {days: 0}, max_runs_per_day: 5}
orders: {allow_unsettled: true}
`
const governed = (rules: string): string => `${FIXED}governance: {preset: none, rules: {${rules}}}\n`

const objections = ({ judgements }: Run) =>
  judgements.filter(({ verdict }) => verdict !== 'allow').map(({ rule, leg, verdict }) => `${rule} ${leg} ${verdict}`)

describe('rules of a configured portfolio, through the daemon', () => {
  const folder = suiteTempDir()
  const at = (day: number): string => `2024-03-${String(day).padStart(2, '0')}T21:00:00Z`
  const history = historyOf('1d', [
    [at(4), 100, 100, 100, 100],
    [at(5), 100, 100, 100, 100],
    [at(6), 160, 100, 100, 100],
    [at(7), 160, 100, 100, 100],
  ])
  let runs: Readonly<Record<string, readonly Run[]>> = {}

  beforeAll(async () => {
    runs = await playedRuns(
      {
        free: governed(''),
        sector: `sectors: gics.csv\n${governed('sector_concentration: {per_sector: {Energy: 0.4}}')}`,
        gross: governed('gross_net_leverage: {max_gross: 0.45}'),
        restricted: governed('restricted_list: {no_buy: [BRAVO]}'),
        turnover: governed('turnover: {max: 0.05}'),
      },
      history,
      folder,
    )
  })

  it('are not asked where none is named', () => {
    const [first, second] = runs.free!
    expect(ordered(first!).ALFA).toBeCloseTo(0.35, 2)
    expect(ordered(first!).BRAVO).toBeCloseTo(0.35, 2)
    expect(ordered(second!).ALFA).toBeLessThan(-0.1)
  })

  it('sector-concentration cuts the buys of a sector pro rata, sectors read from a file', () => {
    const [first] = runs.sector!
    const { ALFA, BRAVO, CHARLIE } = ordered(first!)
    expect(ALFA! + BRAVO!).toBeLessThanOrEqual(0.4)
    expect(ALFA).toBeCloseTo(0.2, 3)
    expect(BRAVO).toBeCloseTo(0.2, 3)
    expect(CHARLIE).toBeCloseTo(0.2, 2)
    expect(objections(first!)).toEqual([
      'sector-concentration buy-ALFA resize',
      'sector-concentration buy-BRAVO resize',
    ])
  })

  it('gross-net-leverage scales down all that would open', () => {
    const { ALFA, BRAVO, CHARLIE } = ordered(runs.gross![0]!)
    expect(ALFA! + BRAVO! + CHARLIE!).toBeLessThanOrEqual(0.45)
    expect(ALFA! + BRAVO! + CHARLIE!).toBeGreaterThan(0.449)
  })

  it('restricted-list keeps a name from being bought, the others are', () => {
    expect(Object.keys(ordered(runs.restricted![0]!)).sort()).toEqual(['ALFA', 'CHARLIE'])
  })

  it('turnover lets the first purchase through and stops a later run at its limit', () => {
    const [first, second] = runs.turnover!
    expect(ordered(first!).ALFA).toBeCloseTo(0.35, 2)
    const { ALFA } = ordered(second!)
    expect(ALFA).toBeGreaterThanOrEqual(-0.05)
    expect(ALFA).toBeLessThan(-0.049)
    expect(second!.status).toBe('COMPLETED_ADJUSTED')
  })
})

describe('rules about time, on minute bars', () => {
  const open = (time: string): string => `2024-03-04T${time}:00Z`

  it('market-hours puts off what is due before the open, and does it at the open', async () => {
    const history = historyOf('1m', [
      [open('13:00'), 100, 100, 100, 100],
      [open('13:01'), 100, 100, 100, 100],
      [open('14:31'), 100, 100, 100, 100],
      [open('14:32'), 100, 100, 100, 100],
    ])
    const runs = await playedRuns({ hours: governed('market_hours: {}'), free: governed('') }, history, tempDir())
    expect(runs.free!.map(({ startedAt, status }) => [startedAt, status])).toEqual([
      [Date.parse(open('13:00')), 'COMPLETED'],
    ])
    expect(runs.hours!.map(({ startedAt, status }) => [startedAt, status])).toEqual([
      [Date.parse(open('13:00')), 'CANCELLED'],
      [Date.parse(open('14:31')), 'COMPLETED'],
    ])
    const [put, done] = runs.hours!
    expect(put!.failure).toEqual({
      status: 'CANCELLED',
      reason: 'market-hours: XNYS is closed until 2024-03-04T14:30:00.000Z',
      retryAt: Date.parse(open('14:30')),
    })
    expect(put!.orders).toEqual({})
    expect(done!.trigger.why).toBe('first targets of this portfolio (put off before)')
    expect(ordered(done!).ALFA).toBeCloseTo(0.35, 2)
  })

  it('rebalance-frequency puts a second automatic run off to the next session', async () => {
    const history = historyOf('1m', [
      [open('15:00'), 100, 100, 100, 100],
      [open('15:01'), 100, 100, 100, 100],
      [open('15:02'), 160, 100, 100, 100],
      [open('15:03'), 160, 100, 100, 100],
      [open('15:04'), 160, 100, 100, 100],
      ['2024-03-05T15:00:00Z', 160, 100, 100, 100],
      ['2024-03-05T15:01:00Z', 160, 100, 100, 100],
    ])
    const runs = await playedRuns(
      { often: governed(''), once: governed('rebalance_frequency: {}') },
      history,
      tempDir(),
    )
    const told = (id: string) => runs[id]!.map(({ trigger, session, status }) => [trigger.kind, session, status])
    expect(told('often').slice(0, 2)).toEqual([
      ['targets', '2024-03-04', 'COMPLETED'],
      ['drift', '2024-03-04', 'COMPLETED'],
    ])
    expect(told('once')).toEqual([
      ['targets', '2024-03-04', 'COMPLETED'],
      ['drift', '2024-03-04', 'CANCELLED'],
      ['drift', '2024-03-05', 'COMPLETED'],
    ])
  })
})

describe('an optimised portfolio with limits of rules', () => {
  const folder = suiteTempDir()
  let runs: readonly Run[] = []

  beforeAll(async () => {
    const history = simulatedPrices({ seed: 7, instruments: [...SYMBOLS], sessions: 70, volatility: 0.02 })
    const optimised = `initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
sectors: gics.csv
targets: {source: optimised}
optimiser: {bounds: {max: 0.5, cash: [0.01, 0.1]}, scenarios: {minimum: 20, maximum: 60}}
triggers: {drift: null, calendar: {every: monthly, day: 1}}
orders: {allow_unsettled: true}
governance: {preset: conservative, rules: {position_limit: {max: 0.5}, sector_concentration: {max: 0.4, per_sector: {Energy: 0.2}}}}
`
    runs = (await playedRuns({ optimised }, history, folder)).optimised!
  })

  it('is solved within them, so that the rule, which checks on its own, has nothing to cut', () => {
    const solved = runs.filter(({ answer }) => answer?.kind === 'targets')
    expect(solved.length).toBeGreaterThan(1)
    for (const { answer, judgements } of solved) {
      if (answer?.kind !== 'targets') continue
      const { weights } = answer.targets as { weights: Record<string, number> }
      expect((weights.ALFA ?? 0) + (weights.BRAVO ?? 0)).toBeLessThanOrEqual(0.2 + 1e-9)
      const cuts = judgements.filter(({ rule, verdict }) => rule === 'sector-concentration' && verdict === 'resize')
      expect(cuts).toEqual([])
    }
    const [first] = solved
    const active = first!.answer!.evidence.active.find(({ limit }) => limit === 'group:sector-concentration:Energy')
    expect(active).toMatchObject({ by: 'sector-concentration' })
    expect(active!.dual).toBeLessThan(0)
  })

  it('is explained with the rule that bound it and its price', async () => {
    const { stdout, code } = await ballast(['explain', 'R-1', '-p', 'optimised'], { cwd: folder })
    const solved = runs.find(({ answer }) => answer?.kind === 'targets')!
    const told = solved.id === 'R-1' ? stdout : (await ballast(['explain', solved.id], { cwd: folder })).stdout
    expect(code).toBe(0)
    expect(told.replace(/\s+/g, ' ')).toMatch(/group Energy is at its limit, set by sector-concentration \(dual -/)
  })
})
