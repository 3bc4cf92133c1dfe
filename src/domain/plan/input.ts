import type { InstrumentId } from '#units/ids.js'
import type { Book } from '../book/book.js'
import type { Specs, Valuation } from '../book/valuation.js'
import type { MarketView } from '../market.js'
import type { PortfolioPolicy } from '../policy.js'
import type { TargetSet } from '../targets/target-set.js'

/** What every planner sees. `valuation` is the book's at `view`; `frozen` may not be traded whatever its price. */
export interface PlanInput {
  readonly book: Book
  readonly valuation: Valuation
  readonly targets: TargetSet
  readonly view: MarketView
  readonly policy: Pick<PortfolioPolicy, 'orders' | 'costs'>
  readonly specs: Specs
  readonly frozen: ReadonlySet<InstrumentId>
}
