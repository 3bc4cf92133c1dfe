import type { BarSize } from '#domain/market.js'
import type { OptimiserPolicy, PortfolioPolicy, TriggerPolicy } from '#domain/policy.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { type InstrumentId, portfolioId } from '#units/ids.js'
import { money, noMoney, price, quantity } from '#units/money.js'

/** Cash every portfolio of the demo keeps, as a fraction of equity. */
const CASH_RESERVE = 0.02
/** Most of one name: half as much again as an equal share, but at least this. */
const LEAST_CAP = 0.15

const SCENARIOS: Readonly<Record<BarSize, OptimiserPolicy['scenarios']>> = {
  '1m': { minimum: 60, maximum: 390 },
  '1d': { minimum: 60, maximum: 252 },
  '1mo': { minimum: 12, maximum: 60 },
}
const PERIODS: Readonly<Record<BarSize, number>> = { '1m': 390, '1d': 21, '1mo': 1 }

/**
 * The demo's three portfolios over a universe: optimised mean-CVaR rebalanced monthly, equal fixed weights kept inside
 * drift bands, and inverse volatility rebalanced monthly. One million each, long only, whole shares; the tick of a
 * ten-thousandth suits prices adjusted for splits.
 */
export function demoPortfolios(history: PriceHistory): readonly PortfolioPolicy[] {
  const { instruments } = history
  const cap = Math.max(LEAST_CAP, 2 / instruments.length)
  const base = common(history, cap)
  const share = (1 - CASH_RESERVE) / instruments.length
  const equal = Object.fromEntries(instruments.map((id) => [id, share])) as Record<InstrumentId, number>
  const monthly: TriggerPolicy = { ...base.triggers, calendar: { every: 'monthly', day: 1 } }
  return [
    {
      ...base,
      id: portfolioId('mean-cvar'),
      name: `Least CVaR at ${base.optimiser.confidence * 100} %, monthly`,
      triggers: monthly,
      targets: { name: 'optimised', params: {}, cashReserve: CASH_RESERVE, minWeight: 0.001 },
    },
    {
      ...base,
      id: portfolioId('fixed-weights'),
      name: 'Equal weights inside drift bands',
      triggers: {
        ...base.triggers,
        drift: { type: 'relative', band: 0.25, relativeFloor: 0.01, perInstrument: {}, includeCash: false },
      },
      targets: { name: 'fixed', params: { weights: equal }, cashReserve: CASH_RESERVE, minWeight: 0.001 },
    },
    {
      ...base,
      id: portfolioId('inverse-vol'),
      name: 'Inverse volatility, monthly',
      triggers: monthly,
      targets: { name: 'inverse-volatility', params: {}, cashReserve: CASH_RESERVE, minWeight: 0.001 },
    },
  ]
}

function common({ instruments, barSize }: PriceHistory, cap: number): Omit<PortfolioPolicy, 'id' | 'name' | 'targets'> {
  return {
    mode: 'paper',
    gateway: 'paper',
    currency: 'USD',
    initialCash: money('1000000'),
    universe: instruments.map((id) => ({
      id,
      class: 'equity',
      currency: 'USD',
      tick: price('0.0001'),
      lot: quantity('1'),
      multiplier: '1',
      shortable: false,
      minNotional: noMoney,
      settlementDays: 1,
    })),
    optimiser: {
      confidence: 0.95,
      riskAversion: 1,
      returnWeight: 0,
      holdingPeriods: PERIODS[barSize],
      bounds: { min: 0, max: cap, cash: [CASH_RESERVE, 0.05], perInstrument: {} },
      turnover: null,
      scenarios: SCENARIOS[barSize],
      tolerance: 1e-8,
      timeoutMs: 60_000,
    },
    triggers: { drift: null, calendar: null, cash: null, cooldownDays: 7, maxRunsPerDay: 1 },
    orders: {
      minOrder: money('100'),
      collar: 0.01,
      notAfterMs: 60_000,
      ackTimeoutMs: 5_000,
      fillTimeoutMs: 1_800_000,
      allowUnsettled: true,
    },
    costs: { name: 'simple', params: {} },
    governance: [
      { name: 'position-limit', params: { max: Math.min(1, cap * 1.5) } },
      { name: 'minimum-trade', params: {} },
      { name: 'price-collar', params: {} },
    ],
  }
}
