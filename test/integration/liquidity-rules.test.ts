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

describe('rules on all portfolios together, through the daemon', () => {
  const folder = suiteTempDir()
  const declared =
    'liquidity: {declared_on: 2023-12-29, declared: {ALFA: {adv: "4000000"}, BRAVO: {adv: "9000000000"}, CHARLIE: {adv: "9000000000"}}}\n'
  let runs: Readonly<Record<string, readonly Run[]>> = {}
  const sentBy: Record<string, number> = {}
  const firmDay = (session: string, name: string): number =>
    Object.values(runs)
      .flat()
      .filter((run) => run.session === session)
      .reduce((sum, run) => sum + Math.abs(ordered(run, name)), 0)

  beforeAll(async () => {
    const firm = `${PORTFOLIO}${declared}${rules('firm_adv: {}')}`
    const portfolios = { east: firm, north: firm, west: firm, plain: `${PORTFOLIO}${rules('')}` }
    runs = await playedVolumes(folder, portfolios, ({ journal }) => {
      for (const id of journal.portfolios())
        sentBy[id] = journal.entries(id, 1, 10_000).filter(({ event }) => 'sent' in event).length
    })
  })

  it('firm-adv lets all portfolios of the journal order a tenth of a name in a day, whoever asks first', () => {
    const days = [...new Set(Object.values(runs).flatMap((all) => all.map(({ session }) => session)))].sort()
    // The one that does not ask counts as well: it takes 350,000 of the 400,000 there are before or after the others.
    const asking = [runs.east!, runs.north!, runs.west!]
    expect(
      asking.some(([first]) =>
        first!.judgements.some(({ rule, verdict }) => rule === 'firm-adv' && verdict === 'resize'),
      ),
    ).toBe(true)
    expect(firmDay(days[0]!, 'ALFA')).toBeLessThanOrEqual(400_000 + 350_000)
    for (const day of days.slice(1)) expect(firmDay(day, 'ALFA')).toBeLessThanOrEqual(400_000)
  })

  it('lets what waits be bought on later days, until every one has its targets', () => {
    for (const id of ['east', 'north', 'west'])
      expect(runs[id]!.reduce((sum, run) => sum + ordered(run, 'ALFA'), 0)).toBeGreaterThan(300_000)
  })

  it('journals what the decision went by, and nothing where nobody asks', () => {
    expect(sentBy.east).toBeGreaterThan(0)
    expect(sentBy.plain).toBe(0)
  })
})

describe('order-rate and margin, through the daemon', () => {
  const folder = suiteTempDir()
  const geared = PORTFOLIO.replace('cash: 0.05', 'cash: 1.4')
    .replace('ALFA: 0.35, BRAVO: 0.3, CHARLIE: 0.3', 'ALFA: 0.3, BRAVO: 0.3, CHARLIE: -1')
    .replace('[ALFA, BRAVO, CHARLIE]}', '[ALFA, BRAVO, CHARLIE], defaults: {shortable: true}}')
    .replace('optimiser: {', 'optimiser: {bounds: {min: -1, max: 1}, ')
  let runs: Readonly<Record<string, readonly Run[]>> = {}

  beforeAll(async () => {
    runs = await playedVolumes(folder, {
      rate: `${PORTFOLIO}${rules('order_rate: {max_orders_per_minute: 2}')}`,
      finger: `${PORTFOLIO}${rules('order_rate: {max_order_value: "320000"}')}`,
      geared: `${geared}${rules('')}`,
      margin: `${geared}${rules('margin: {max_initial: 0.7}')}`,
    })
  })

  it('order-rate sends two orders in a minute, and what is left on the next day', () => {
    const [first, second] = runs.rate!
    expect(Object.keys(first!.orders).length).toBe(2)
    expect(['ALFA', 'BRAVO', 'CHARLIE'].map((name) => ordered(first!, name) > 0)).toEqual([true, true, false])
    expect([second!.trigger.kind, second!.session > first!.session]).toEqual(['drift', true])
    expect(ordered(second!, 'CHARLIE')).toBeCloseTo(300_000, -4)
  })

  it('order-rate lets no order through that is too large to be true', () => {
    expect(ordered(runs.finger![0]!, 'ALFA')).toBe(0)
    expect(ordered(runs.finger![0]!, 'BRAVO')).toBeCloseTo(300_000, -3)
  })

  it('margin rejects the buys where equity is too little for them beside the short', () => {
    const named = (run: Run) => ['ALFA', 'BRAVO', 'CHARLIE'].map((name) => Math.round(ordered(run, name) / 10_000))
    expect(named(runs.geared![0]!)).toEqual([30, 30, -100])
    expect(named(runs.margin![0]!)).toEqual([0, 0, -100])
    const said = runs.margin![0]!.judgements.filter(({ rule, verdict }) => rule === 'margin' && verdict === 'reject')
    expect([...new Set(said.map(({ leg }) => leg))]).toEqual(['buy-ALFA', 'buy-BRAVO'])
    expect(said[0]!.reason).toContain('initial margin would take 800')
  })
})
