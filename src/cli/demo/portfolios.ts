import { portfolioSchema } from '#daemon/config/portfolio-schema.js'
import { registries } from '#daemon/config/registries.js'
import { toPolicy } from '#daemon/config/to-policy.js'
import type { BarSize } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PriceHistory } from '#ports/market-feed.js'

/** Cash every portfolio of the demo keeps, as a fraction of equity. */
const CASH_RESERVE = 0.02
/** Most of one name: half as much again as an equal share, but at least this. */
const LEAST_CAP = 0.15

const SCENARIOS: Readonly<Record<BarSize, { readonly minimum: number; readonly maximum: number }>> = {
  '1m': { minimum: 60, maximum: 390 },
  '1d': { minimum: 60, maximum: 252 },
  '1mo': { minimum: 12, maximum: 60 },
}
const PERIODS: Readonly<Record<BarSize, number>> = { '1m': 390, '1d': 21, '1mo': 1 }

/** One portfolio of the demo: as a portfolio file says it, and what that means. */
export interface DemoPortfolio {
  readonly file: Readonly<Record<string, unknown>>
  readonly policy: PortfolioPolicy
}

/**
 * The demo's three portfolios over a universe: optimised mean-CVaR rebalanced monthly, equal fixed weights kept inside
 * drift bands, and inverse volatility rebalanced monthly. One million each, long only, whole shares; the tick of a
 * ten-thousandth suits prices adjusted for splits.
 */
export function demoPortfolios(history: PriceHistory): readonly DemoPortfolio[] {
  const { instruments } = history
  const cap = Math.max(LEAST_CAP, 2 / instruments.length)
  const base = common(history, cap)
  const share = (1 - CASH_RESERVE) / instruments.length
  const monthly = { ...quietTriggers, calendar: { every: 'monthly', day: 1 } }
  const kept = { cash_reserve: CASH_RESERVE, min_weight: 0.001 }
  return [
    {
      ...base,
      id: 'mean-cvar',
      name: 'Least CVaR at 95 %, monthly',
      triggers: monthly,
      targets: { source: 'optimised', ...kept },
    },
    {
      ...base,
      id: 'fixed-weights',
      name: 'Equal weights inside drift bands',
      triggers: { ...quietTriggers, drift: { type: 'relative', band: 0.25 } },
      targets: { source: 'fixed', weights: Object.fromEntries(instruments.map((id) => [id, share])), ...kept },
    },
    {
      ...base,
      id: 'inverse-vol',
      name: 'Inverse volatility, monthly',
      triggers: monthly,
      targets: { source: 'inverse_volatility', ...kept },
    },
  ].map((file) => ({ file, policy: toPolicy(portfolioSchema(registries).parse(file)) }))
}

const quietTriggers = { drift: null, calendar: null, cash: null, cooldown: { days: 7 } }

function common({ instruments, barSize }: PriceHistory, cap: number) {
  return {
    version: 1,
    initial_cash: '1000000.00',
    universe: { symbols: [...instruments], defaults: { tick: '0.0001' } },
    optimiser: {
      return_weight: 0,
      holding_periods: PERIODS[barSize],
      bounds: { max: cap, cash: [CASH_RESERVE, 0.05] },
      scenarios: SCENARIOS[barSize],
    },
    orders: { min_order: '100.00', collar: 0.01, allow_unsettled: true },
    governance: { rules: { position_limit: { max: Math.min(1, cap * 1.5) } } },
  }
}
