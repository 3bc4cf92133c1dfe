import type { TargetSet } from '../targets/target-set.js'
import type { PlanInput } from './input.js'
import type { Plan } from './plan.js'
import { type BuyInput, planBuys, planRebalance } from './rebalance.js'

/** What a liquidated portfolio wants to be: nothing but cash. */
export const ALL_CASH: TargetSet = { weights: {}, cash: 1 }

/** No holding, and no cash kept from covering a short: what a cover costs was never equity to keep. */
const NOTHING_HELD: TargetSet = { weights: {}, cash: 0 }

/**
 * Sells every long holding and buys every short back, as `planRebalance` would for targets of nothing. What may not be
 * traded (frozen, no price, under a lot or the smallest order) stays and is told with its reason.
 * Source: design domain.md section 5.
 */
export const planLiquidation = (input: Omit<PlanInput, 'targets'>): Plan =>
  planRebalance({ ...input, targets: NOTHING_HELD })

/** The covers of a liquidation on the cash there is now; see `planBuys`. */
export const planCovers = (input: Omit<BuyInput, 'targets'>): Plan => planBuys({ ...input, targets: NOTHING_HELD })
