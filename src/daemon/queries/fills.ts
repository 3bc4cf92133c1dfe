import type { Execution } from '#domain/book/events.js'
import type { PortfolioId } from '#units/ids.js'
import type { Sight } from './sight.js'

/** One execution, decimals as text. */
export type FillRow = Omit<Execution, 'quantity' | 'price' | 'fee'> &
  Readonly<Record<'quantity' | 'price' | 'fee', string>>

/** Every execution booked, in booking order. */
export const fillRows = ({ journal }: Sight, portfolio: PortfolioId): readonly FillRow[] =>
  journal.executions(portfolio).map((fill) => ({
    ...fill,
    quantity: fill.quantity.toFixed(),
    price: fill.price.toFixed(),
    fee: fill.fee.toFixed(),
  }))
