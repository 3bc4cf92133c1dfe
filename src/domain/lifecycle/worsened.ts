import type { InstrumentId } from '#units/ids.js'
import { greatest, noMoney, plus, ratio } from '#units/money.js'
import type { Execution } from '../book/events.js'
import { valuation } from '../book/valuation.js'
import { type Breach, breachesOf, hardLimits } from '../governance/breaches.js'
import type { ExposureLimit } from '../governance/limited.js'
import type { RuleReadings } from '../governance/readings.js'
import { specsOf } from '../instrument/registry.js'
import type { MarketView } from '../market.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Weights } from '../targets/target-set.js'
import { realisedCost } from './ending.js'
import { readingsFor } from './readings.js'

/** States before and after a fill, the market its order was decided on, and what rules knew by reading then. */
interface Filled {
  readonly before: PortfolioState
  readonly after: PortfolioState
  readonly view: MarketView
  readonly readings?: RuleReadings
}

/**
 * Limits that a fill has broken, or broken further: breaches of our own making, of which there must be none. Measured as the order was
 * judged, at the prices of its decision and on equity before what trading has cost.
 *
 * What takes a holding toward zero passes, also where it raises a balance of longs and shorts: see ADR 0038.
 * Edges   nothing is told of books that cannot be valued at those prices, nor of limits by a reading that nobody had.
 */
export function worsenedBy(execution: Execution, { before, after, view, readings = {} }: Filled): readonly Breach[] {
  const [earlier, now] = [decisionWeights(before, view), decisionWeights(after, view)]
  if (earlier === null || now === null) return []
  const { policy } = after
  const { instrument } = execution
  const scope = { universe: policy.universe, held: now, ...readingsFor({ policy, readings }) }
  const limits = hardLimits(policy.governance, scope).filter((limit) => concerns(limit, instrument))
  const size = (weights: Weights): number => Math.abs(weights[instrument] ?? 0)
  const reduces = size(now) <= size(earlier) && Math.sign(now[instrument] ?? 0) !== -Math.sign(earlier[instrument] ?? 0)
  if (reduces) return []
  const was = new Map(limits.map((limit) => [limit, breachesOf([{ ...limit, max: 0 }], earlier)[0]?.value ?? 0]))
  return limits.flatMap((limit) => breachesOf([limit], now).filter(({ value }) => value > was.get(limit)! + NOISE))
}

/** Float noise of weights. */
const NOISE = 1e-9

const concerns = ({ of }: ExposureLimit, instrument: InstrumentId): boolean => of?.(instrument) ?? true

/** Weights at the prices of a decision, of the equity there was before the run's trades cost anything; null where a price is missing. */
function decisionWeights(state: PortfolioState, view: MarketView): Weights | null {
  const { book, policy, run } = state
  const { equity, values, unpriced } = valuation(book, view, specsOf(policy.universe))
  const whole = plus(equity, greatest(noMoney, run === null ? noMoney : realisedCost(state, run)))
  if (unpriced.length > 0 || !whole.gt(0)) return null
  const names = Object.keys(values) as InstrumentId[]
  return Object.fromEntries(names.map((id) => [id, ratio(values[id]!, whole)]))
}
