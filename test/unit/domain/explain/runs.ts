import { nativeSolver } from '#adapters/solver/native.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { replay } from '#daemon/replay.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import { type InstrumentId, portfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { shareSpec } from '../../../support/books.js'
import { simulatedPrices } from '../../../support/prices.js'

/** Symbols of these runs. */
export const SYMBOLS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE']

/** A volatile monthly history: every run has something to trade. */
export const history: PriceHistory = simulatedPrices({
  seed: 7,
  instruments: SYMBOLS,
  sessions: 60,
  barSize: '1mo',
  volatility: 0.09,
  drift: 0.006,
  common: 0.3,
})

/** A policy of these symbols; `changes` replace whole sections. */
export function policyOf(id: string, changes: Partial<PortfolioPolicy>): PortfolioPolicy {
  return {
    id: portfolioId(id),
    name: id,
    mode: 'paper',
    gateway: 'paper',
    currency: 'USD',
    initialCash: money('1000000'),
    universe: SYMBOLS.map((symbol) => shareSpec(symbol)),
    targets: { name: 'optimised', params: {}, cashReserve: 0.01, minWeight: 0.001 },
    optimiser: {
      confidence: 0.9,
      riskAversion: 1,
      returnWeight: 0.5,
      holdingPeriods: 12,
      bounds: { min: 0, max: 0.5, cash: [0.01, 0.1], perInstrument: {} },
      turnover: null,
      scenarios: { minimum: 12, maximum: 36 },
      tolerance: 1e-8,
      timeoutMs: 60_000,
    },
    triggers: { drift: null, calendar: { every: 'monthly', day: 1 }, cash: null, cooldownDays: 0, maxRunsPerDay: 1 },
    orders: {
      minOrder: money('100'),
      collar: 0.05,
      notAfterMs: 60_000,
      ackTimeoutMs: 5_000,
      fillTimeoutMs: 1_800_000,
      allowUnsettled: true,
    },
    costs: { name: 'simple', params: {} },
    governance: [
      { name: 'position-limit', params: { max: 0.55 } },
      { name: 'minimum-trade', params: { minValue: '5000' } },
      { name: 'price-collar', params: {} },
    ],
    ...changes,
  }
}

/** Weights that sum to 0.95 of equity. */
const even = Object.fromEntries(SYMBOLS.map((symbol) => [symbol as InstrumentId, 0.19]))

/** An optimised portfolio, one of fixed weights that drift and are cut, and one whose collar rule refuses everything. */
export const policies: readonly PortfolioPolicy[] = [
  policyOf('optimised', {}),
  policyOf('fixed', {
    targets: { name: 'fixed', params: { weights: even, cash: 0.05 }, cashReserve: 0, minWeight: 0 },
    triggers: {
      drift: { type: 'relative', band: 0.15, relativeFloor: 0.01, perInstrument: {}, includeCash: false },
      calendar: null,
      cash: null,
      cooldownDays: 0,
      maxRunsPerDay: 1,
    },
    governance: [{ name: 'position-limit', params: { max: 0.15 } }],
  }),
  policyOf('refused', {
    targets: { name: 'inverse-volatility', params: {}, cashReserve: 0.01, minWeight: 0 },
    governance: [{ name: 'price-collar', params: { maxDeviation: 0.01 } }],
  }),
]

/** An engine over a directory, its history played to the end; the caller closes it. */
export async function played(stateDir: string, upTo: PriceHistory = history): Promise<Assembly> {
  const assembly = await assemble({
    stateDir,
    policies,
    history: upTo,
    seed: 'explain',
    venue: {},
    solver: nativeSolver(),
    log: silentLog,
    metrics: noMetrics,
    onFatal: (error) => {
      throw error
    },
  })
  await replay(assembly, { history: upTo, speed: 0 })
  return assembly
}

/** Every run of an engine, by portfolio. */
export const runsOf = ({ journal }: Pick<Assembly, 'journal'>): Readonly<Record<string, readonly Run[]>> =>
  Object.fromEntries(journal.portfolios().map((id) => [id, journal.runs(id)]))
