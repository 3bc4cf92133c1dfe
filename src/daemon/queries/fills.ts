import type { Execution } from '#domain/book/events.js'
import type { PortfolioId } from '#units/ids.js'
import { type Sight, stateOf } from './sight.js'

/** One execution, decimals as text. */
export type FillRow = Omit<Execution, 'quantity' | 'price' | 'fee'> &
  Readonly<Record<'quantity' | 'price' | 'fee', string>> & {
    /** The venue took it back: it is not in the books any more. */
    readonly busted: boolean
  }

/** Every execution booked, in booking order. */
export function fillRows(sight: Sight, portfolio: PortfolioId): readonly FillRow[] {
  const busted = new Set(stateOf(sight, portfolio).context.corrections?.busted)
  return sight.journal.executions(portfolio).map((fill) => ({
    ...fill,
    quantity: fill.quantity.toFixed(),
    price: fill.price.toFixed(),
    fee: fill.fee.toFixed(),
    busted: busted.has(fill.id),
  }))
}
