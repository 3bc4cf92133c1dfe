import type { Execution } from '#domain/book/events.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, magnitude, minus, negated, noMoney, noQuantity, plus, type Quantity, worth } from '#units/money.js'
import { type Account, sumsOf } from './account.js'

/**
 * What the shorts that an account holds were sold for, worked out from its executions alone: first in, first out. What was
 * taken back is as if it had never been.
 */
export function soldFor({ booked, busted }: Account): Money {
  const lots = new Map<InstrumentId, { units: Quantity; readonly price: Parameters<typeof worth>[1] }[]>()
  for (const { id, side, quantity, price, instrument } of booked.values()) {
    if (busted.has(id)) continue
    const open = lots.get(instrument) ?? []
    let left = side === 'buy' ? quantity : (negated(quantity) as Quantity)
    for (const lot of open) {
      if (left.isZero() || lot.units.isPositive() === left.isPositive()) continue
      const size = lot.units.abs().lt(left.abs()) ? negated(lot.units) : left
      lot.units = plus(lot.units, size)
      left = minus(left, size)
    }
    const rest = left.isZero() ? [] : [{ units: left, price }]
    lots.set(instrument, [...open.filter(({ units }) => !units.isZero()), ...rest])
  }
  const shorts = [...lots.values()].flat().filter(({ units }) => units.isNegative())
  return shorts.reduce<Money>((sum, { units, price }) => plus(sum, worth(magnitude(units), price)), noMoney)
}

/**
 * What is wrong with a fill that was just booked: a buy opened or added to a holding with what shorts were sold for. Not
 * asked where something was taken back: what is missing then was there when the order was made.
 */
export function boughtWithProceeds(account: Account, { side, instrument }: Execution): readonly string[] {
  if (!account.shorts || side === 'sell' || account.busted.size > 0) return []
  const { cash, units } = sumsOf(account)
  if (!(units.get(instrument) ?? noQuantity).isPositive()) return []
  const tied = soldFor(account)
  return cash.gte(tied) ? [] : [`after a buy of ${instrument} there is ${cash} in cash, shorts were sold for ${tied}`]
}
