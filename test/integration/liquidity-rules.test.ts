import { beforeAll, describe, expect, it } from 'vitest'
import type { Run } from '#domain/run.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'
import { ordered, playedVolumes } from './liquidity-workspace.js'

const PORTFOLIO = `initial_cash: "1000000.00"
universe: {symbols: [ALFA, BRAVO, CHARLIE]}
targets: {source: fixed, weights: {ALFA: 0.35, BRAVO: 0.3, CHARLIE: 0.3}, cash: 0.05}
optimiser: {scenarios: {minimum: 5, maximum: 10}}
triggers: {drift: {band: 0.05}, calendar: {every: monthly, day: 1}, cooldown: {days: 0}}
`
const rules = (text: string): string => `governance: {preset: none, rules: {${text}}}\n`

describe('liquidity-adjusted, through the daemon', () => {
  const folder = suiteTempDir()
  let runs: Readonly<Record<string, readonly Run[]>> = {}

  beforeAll(async () => {
    runs = await playedVolumes(folder, {
      free: `${PORTFOLIO}${rules('')}`,
      bars: `${PORTFOLIO}liquidity: {}\n${rules('liquidity_adjusted: {}')}`,
      declared: `${PORTFOLIO}liquidity: {declared_on: 2023-12-29, declared: {ALFA: {adv: "4000000"}, BRAVO: {adv: "9000000000"}}}\n${rules('liquidity_adjusted: {}')}`,
    })
  })

  it('is not asked where nobody chooses it', () => {
    expect(ordered(runs.free![0]!, 'ALFA')).toBeCloseTo(350_000, -3)
    expect(ordered(runs.free![0]!, 'BRAVO')).toBeCloseTo(300_000, -3)
    expect(runs.free!.some(({ view }) => 'liquidity' in view)).toBe(false)
  })

  it('takes every name for illiquid before bars have shown twenty days of it', () => {
    const [first] = runs.bars!
    for (const name of ['ALFA', 'BRAVO', 'CHARLIE']) expect(ordered(first!, name)).toBeCloseTo(20_000, -3)
    expect(first!.judgements.map(({ reason }) => reason).join()).toContain('it has no known liquidity')
  })

  it('buys 5 % of what is traded a day from then on, day after day, until what is left is inside the band', () => {
    const slices = runs.bars!.slice(1).map((run) => ordered(run, 'ALFA'))
    expect(slices).toEqual([50_000, 50_000, 50_000, 50_000, 50_000, 50_000])
    expect(runs.bars!.map(({ trigger }) => trigger.kind)).toEqual([
      'targets',
      'calendar',
      ...['drift', 'drift', 'drift', 'drift', 'drift'],
    ])
    expect(new Set(runs.bars!.slice(1).map(({ session }) => session)).size).toBe(6)
    expect(ordered(runs.bars![1]!, 'CHARLIE')).toBeCloseTo(280_000, -3)
  })

  it('keeps a name that hardly trades at 2 % of equity for good', () => {
    for (const run of runs.bars!.slice(1)) expect(ordered(run, 'BRAVO')).toBe(0)
  })

  it('goes by what is declared where it is, from the first day on', () => {
    const [first] = runs.declared!
    expect(ordered(first!, 'ALFA')).toBe(200_000)
    expect(ordered(first!, 'BRAVO')).toBeCloseTo(300_000, -3)
    expect(ordered(first!, 'CHARLIE')).toBeCloseTo(20_000, -3)
  })

  it('is explained with the figures and where they come from', async () => {
    const { stdout } = await ballast(['explain', 'R-1', '-p', 'declared'], { cwd: folder })
    const told = stdout.replace(/\s+/g, ' ')
    expect(told).toContain(
      'buy-ALFA takes what the run trades of ALFA to 8.7 % of the 4000000 (declared) a day, more than 5.0 %',
    )
  })

  it('is replayed to the same states', async () => {
    const { code, stdout } = await ballast(['journal', 'verify'], { cwd: folder })
    expect([code, stdout]).toEqual([0, expect.stringContaining('bars')])
  })
})
