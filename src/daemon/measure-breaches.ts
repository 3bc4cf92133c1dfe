import { isOverdue } from '#domain/breach.js'
import type { RuleReadings } from '#domain/governance/readings.js'
import { ruleNamed } from '#domain/governance/registry.js'
import { worsenedBy } from '#domain/lifecycle/worsened.js'
import type { MarketView } from '#domain/market.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'
import type { PortfolioId } from '#units/ids.js'

/**
 * Measures limits that the market has broken, and counts those that a fill of ours has, of which there must be none. A fill is measured at
 * the prices its order was decided on; after a restart in the middle of a run these are not known any more, and nothing is told.
 */
export function measuringBreaches(metrics: Metrics): (staged: Staged, first: boolean) => void {
  const decided = new Map<PortfolioId, { readonly view: MarketView; readonly readings: RuleReadings }>()
  return ({ portfolio, entry: { event }, before, after }, first) => {
    const { breaches = [] } = after.context
    if (first || breaches !== before?.context.breaches) {
      metrics.gauge('ballast_passive_breaches', breaches.length, { portfolio })
      metrics.gauge('ballast_breaches_overdue', breaches.filter(isOverdue).length, { portfolio })
    }
    if (first || event.type === 'configured' || event.type === 'restored')
      for (const rule of limiting(after)) metrics.count('ballast_active_breaches_total', { portfolio, rule }, 0)
    if (event.type === 'triggered' || event.type === 'solved' || event.type === 'observed')
      decided.set(portfolio, { view: event.view, readings: after.context.readings ?? {} })
    const decision = decided.get(portfolio)
    if (event.type !== 'filled' || before === null || decision === undefined) return
    for (const { rule } of worsenedBy(event.execution, { before: before.context, after: after.context, ...decision }))
      metrics.count('ballast_active_breaches_total', { portfolio, rule })
  }
}

/** Rules of a portfolio that a fill could break: what is counted of them is 0 from the start, so that an alert sees the first. */
const limiting = ({ context: { policy } }: PortfolioSnapshot): readonly string[] =>
  policy.governance.map(({ name }) => name).filter((name) => ruleNamed(name)?.limits !== undefined)
