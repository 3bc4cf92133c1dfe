import type { InstrumentId } from '#units/ids.js'
import { minus, negated, noQuantity } from '#units/money.js'
import { type Account, type Intent, type Stop, sumsOf } from './account.js'

/** What should have kept an order from leaving at a moment, a phrase each. */
export function heldBack(account: Account, intent: Intent, now: number, filled = noQuantity): readonly string[] {
  const { instrument, side, quantity } = intent
  const held = sumsOf(account).units.get(instrument) ?? noQuantity
  // What takes a holding or a short towards zero and not past it reduces.
  const reduces = minus(quantity, filled).lte(side === 'buy' ? negated(held) : held)
  return stopsOn(account, instrument).flatMap(([what, { to, since }]) => {
    const ms = now - since
    if (to === 'halted') return [`${ms} ms after ${what} was halted`]
    return to === 'reducing' && !reduces ? [`${ms} ms after ${what} was told to reduce, a ${side}`] : []
  })
}

/** What holds trading of a name back in a portfolio, each with what it is on. */
const stopsOn = ({ permission, restraints }: Account, instrument: InstrumentId): readonly [string, Stop][] => [
  ['the portfolio', permission],
  ...['firm', `firm:${instrument}`, `own:${instrument}`].flatMap((key): [string, Stop][] => {
    const stop = restraints.get(key)
    return stop === undefined ? [] : [[key, stop]]
  }),
]
