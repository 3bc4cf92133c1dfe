import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, plus, ratio, worth } from '#units/money.js'
import type { Refusal } from '#units/outcome.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import { freshPrice, type MarketView } from '../market.js'
import type { Weights } from '../targets/target-set.js'
import { type Book, cashOf } from './book.js'

/** A book at one market view. */
export interface Valuation {
  /** Cash plus market value of every position that has any price, stale ones at their last. */
  readonly equity: Money
  readonly cash: Money
  readonly values: Readonly<Record<InstrumentId, Money>>
  /** value / equity; empty when equity ≤ 0. */
  readonly weights: Weights
  readonly cashWeight: number
  /** Held instruments whose price may not be used for decisions, and why. Their last price still values them. */
  readonly frozen: readonly { readonly instrument: InstrumentId; readonly reason: Refusal }[]
  /** Held instruments without any usable price: the equity above leaves them out and decides nothing. */
  readonly unpriced: readonly InstrumentId[]
}

/** Instrument specs by id, as rules and plans look them up. */
export type Specs = Readonly<Record<InstrumentId, InstrumentSpec>>

/** Values a book. Total on every input; a missing price is never taken as zero. */
export function valuation(book: Book, view: MarketView, specs: Specs): Valuation {
  const cash = cashOf(book)
  const values: Record<InstrumentId, Money> = {}
  const frozen: { instrument: InstrumentId; reason: Refusal }[] = []
  const unpriced: InstrumentId[] = []
  let equity = cash
  for (const instrument of Object.keys(book.positions).sort() as InstrumentId[]) {
    const fresh = freshPrice(view, instrument)
    if (!fresh.ok) frozen.push({ instrument, reason: fresh.refusal })
    const last = view.quotes[instrument]?.price
    if (last === undefined || !last.isFinite() || last.lte(0)) {
      unpriced.push(instrument)
      continue
    }
    const multiplier = new Decimal(specs[instrument]?.multiplier ?? '1')
    const value = worth(book.positions[instrument]!.quantity, last, multiplier)
    values[instrument] = value
    equity = plus(equity, value)
  }
  const positive = equity.gt(0)
  const weights: Record<InstrumentId, number> = {}
  if (positive)
    for (const [instrument, value] of Object.entries(values)) weights[instrument as InstrumentId] = ratio(value, equity)
  return { equity, cash, values, weights, cashWeight: positive ? ratio(cash, equity) : 0, frozen, unpriced }
}
