import { Decimal } from '#units/decimal.js'
import {
  least,
  type Money,
  magnitude,
  minus,
  negated,
  noMoney,
  noQuantity,
  type Price,
  plus,
  type Quantity,
  total,
  worth,
} from '#units/money.js'
import type { SessionDate } from '#units/time.js'
import type { Lot, Position } from './book.js'

/** A position after a trade, with the cost that left it and the cost that entered it, both signed like quantity. */
export interface LotChange {
  readonly position: Position
  readonly closedCost: Money
  readonly openedCost: Money
}

/** A trade as far as lots go: units bought (positive) or sold (negative). */
export interface LotTrade {
  readonly signed: Quantity
  readonly price: Price
  readonly session: SessionDate
}

/** No units, no lots. */
export const flat: Position = { quantity: noQuantity, lots: [] }

/**
 * Applies a signed trade to a position: first in, first out against lots of the other sign, the rest opens a lot.
 * A trade through zero therefore closes the long and opens a short (or the reverse) in one step. Exact: no division.
 */
export function trade(
  position: Position,
  signed: Quantity,
  price: Price,
  multiplier: Decimal,
  session: SessionDate,
): LotChange {
  let left = signed
  let closedCost = noMoney
  const lots: Lot[] = []
  for (const lot of position.lots) {
    if (left.isZero() || lot.quantity.isPositive() === left.isPositive()) {
      lots.push(lot)
      continue
    }
    const size = least(magnitude(lot.quantity), magnitude(left))
    const closed = lot.quantity.isPositive() ? size : negated(size)
    closedCost = plus(closedCost, worth(closed, lot.unitCost, multiplier))
    left = plus(left, closed)
    const rest = minus(lot.quantity, closed)
    if (!rest.isZero()) lots.push({ ...lot, quantity: rest })
  }
  if (!left.isZero()) lots.push({ quantity: left, unitCost: price, opened: session })
  return {
    position: { quantity: plus(position.quantity, signed), lots },
    closedCost,
    openedCost: worth(left, price, multiplier),
  }
}

/** The position a series of trades leads to, from nothing. */
export function positionAfter(trades: readonly LotTrade[]): Position {
  const any = new Decimal('1') // what a unit is worth has no bearing on which lots are left
  return trades.reduce((held, { signed, price, session }) => trade(held, signed, price, any, session).position, flat)
}

/** What a position's lots cost. */
export const costOf = ({ lots }: Position, multiplier: Decimal): Money =>
  total(lots.map((lot) => worth(lot.quantity, lot.unitCost, multiplier)))
