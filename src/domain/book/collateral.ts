import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import {
  greatest,
  least,
  type Money,
  magnitude,
  minus,
  negated,
  noMoney,
  noQuantity,
  type Quantity,
  scaled,
  total,
} from '#units/money.js'
import { addWeekdays } from '#units/time.js'
import type { Book, Lot } from './book.js'
import { spendableCash } from './evolve.js'
import { costOf } from './lots.js'
import type { Specs, Valuation } from './valuation.js'

/** What collateral is worked out from. Without the values of positions a short ties up what it was sold for. */
export interface CollateralInput {
  readonly book: Book
  readonly specs: Specs
  readonly values?: Valuation['values']
}

/** Units held short, ≥ 0. */
export const shortUnits = (book: Book, instrument: InstrumentId): Quantity =>
  greatest(noQuantity, negated(book.positions[instrument]?.quantity ?? noQuantity))

/** Cash that `units` of a short tie up: their part of the larger of what the short was sold for and what it is worth. */
export function tiedUp(input: CollateralInput, instrument: InstrumentId, units: Quantity): Money {
  const short = shortUnits(input.book, instrument)
  if (short.isZero()) return noMoney
  const proceeds = soldFor(input, instrument, input.book.positions[instrument]!.lots)
  const whole = greatest(proceeds, magnitude(input.values?.[instrument] ?? noMoney))
  return scaled(whole, units.div(short))
}

/**
 * Cash that shorts tie up: it buys them back and nothing else. Proceeds that have not settled are taken off only where they
 * may be spent; elsewhere {@link spendableCash} leaves them out already.
 * Source: design domain.md section 1, "short proceeds are collateral: they never release buys".
 */
export function collateral(input: CollateralInput, allowUnsettled: boolean): Money {
  const { book } = input
  const shorts = (Object.keys(book.positions) as InstrumentId[]).filter((id) => shortUnits(book, id).gt(0))
  if (shorts.length === 0) return noMoney
  const whole = total(shorts.map((id) => tiedUp(input, id, shortUnits(book, id))))
  if (allowUnsettled) return whole
  const pending = total(book.unsettled.map(({ amount }) => amount).filter((amount) => amount.isPositive()))
  const opened = total(shorts.map((id) => soldFor(input, id, unsettledLots(input, id))))
  return minus(whole, least(pending, opened))
}

/** Cash that may open or add to long positions: what may be promised to buys at all, less collateral; ≥ 0. */
export const openingCash = (input: CollateralInput, allowUnsettled: boolean): Money =>
  greatest(noMoney, minus(spendableCash(input.book, allowUnsettled), collateral(input, allowUnsettled)))

/**
 * Cash that may leave the account: settled, promised to no open order, nobody's collateral, and beside shorts no more than the
 * equity as it was last measured, for what they have lost since is not in what they were sold for. Negative where that is owed.
 */
export function withdrawableCash(input: CollateralInput): Money {
  const { book } = input
  const free = minus(spendableCash(book, false), collateral(input, false))
  return Object.values(book.positions).some(({ quantity }) => quantity.isNegative())
    ? least(free, book.nav.equity)
    : free
}

function unsettledLots({ book, specs }: CollateralInput, instrument: InstrumentId): readonly Lot[] {
  const { markedSession } = book.nav
  const days = specs[instrument]?.settlementDays ?? 1
  const lots = book.positions[instrument]?.lots ?? []
  if (days === 0) return []
  return lots.filter(({ opened }) => markedSession === null || addWeekdays(opened, days) > markedSession)
}

const soldFor = ({ specs }: CollateralInput, instrument: InstrumentId, lots: readonly Lot[]): Money =>
  magnitude(costOf({ quantity: noQuantity, lots }, new Decimal(specs[instrument]?.multiplier ?? '1')))
