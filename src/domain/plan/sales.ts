import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, noMoney, type Price, type Quantity, scaled, worth } from '#units/money.js'
import { multiplierOf, wholeLots } from '../instrument/registry.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import { byText } from './assemble.js'
import type { PlanInput } from './input.js'
import { smallestOrder, tradable } from './intents.js'
import type { SkippedLeg, SkipReason } from './plan.js'

/** A long holding that may be sold. */
export interface Sale {
  readonly instrument: InstrumentId
  readonly spec: InstrumentSpec
  readonly arrival: Price
  /** Value of one lot, of all that is held, of the whole lots of it, and of the smallest order; `most` ≥ `smallest`. */
  readonly lot: Money
  readonly value: Money
  readonly most: Money
  readonly smallest: Money
  /** Value the target asks to keep, ≥ 0. */
  readonly goal: Money
}

/** The holdings that may be sold, in instrument order, and those that may not, each with its reason. */
export interface Saleable {
  readonly sales: readonly Sale[]
  readonly skipped: readonly SkippedLeg[]
}

/** Long holdings against their targets of the equity that will be left. Shorts are no concern of a sale. */
export function saleable(input: PlanInput, left: Money): Saleable {
  const sales: Sale[] = []
  const skipped: SkippedLeg[] = []
  for (const instrument of (Object.keys(input.book.positions) as InstrumentId[]).sort(byText)) {
    const held = input.book.positions[instrument]!.quantity
    if (!held.isPositive()) continue
    const weight = input.targets.weights[instrument] ?? 0
    const skip = (reason: SkipReason, detail: string): void => {
      const residualWeight = weight - (input.valuation.weights[instrument] ?? 0)
      skipped.push({ instrument, side: 'sell', reason, detail, residualWeight })
    }
    const terms = tradable(input, instrument)
    if ('why' in terms) {
      skip('frozen', terms.why)
      continue
    }
    const { spec, arrival } = terms
    const worthOf = (units: Quantity): Money => worth(units, arrival, multiplierOf(spec))
    const most = worthOf(wholeLots(spec, held))
    const smallest = smallestOrder(input, spec)
    const goal = greatest(noMoney, scaled(left, decimalFromFloat(weight)))
    if (most.isZero()) skip('below_lot', `${instrument} is less than one lot of ${spec.lot.toFixed()}`)
    else if (most.lt(smallest)) skip('below_min_order', `${instrument} is worth less than ${smallest.toFixed()}`)
    else sales.push({ instrument, spec, arrival, lot: worthOf(spec.lot), value: worthOf(held), most, smallest, goal })
  }
  return { sales, skipped }
}
