import type { OrderExplanation } from '#domain/explain/explanation.js'
import { explainOrders } from '#domain/explain/order.js'
import { TERMINAL } from '#domain/order.js'
import type { PortfolioId } from '#units/ids.js'
import { runsOf } from './runs.js'
import type { Sight } from './sight.js'

/** One order in a list: what was sent and what became of it; why it was sent is in its explanation. */
export type OrderRow = Omit<OrderExplanation, 'trigger' | 'targets' | 'leg' | 'planRules'>

/** Every order sent, oldest first; with `open` only those that may still trade. */
export function orderRows(
  sight: Sight,
  portfolio: PortfolioId,
  { open }: { readonly open: boolean },
): readonly OrderRow[] {
  return runsOf(sight, portfolio)
    .flatMap(explainOrders)
    .filter((order) => !open || !TERMINAL.has(order.status))
    .map(({ trigger: _trigger, targets: _targets, leg: _leg, planRules: _rules, ...row }) => row)
}
