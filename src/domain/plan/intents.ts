import { Decimal, decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import {
  greatest,
  type Money,
  magnitude,
  minus,
  money,
  noMoney,
  noQuantity,
  type Price,
  type Quantity,
  quantity,
  ratio,
  toCents,
  worth,
} from '#units/money.js'
import type { Side } from '../book/events.js'
import { multiplierOf, unitExposure, wholeLots } from '../instrument/registry.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import { freshPrice } from '../market.js'
import { byText } from './assemble.js'
import type { PlanInput } from './input.js'
import { collarPrice, type Trade } from './leg.js'
import type { SkippedLeg, SkipReason } from './plan.js'

/** A trade the targets ask for, before cash limits it. */
export interface Intent extends Trade {
  readonly spec: InstrumentSpec
  /** Units of the same order that buy a short back and are sized already; `quantity` comes on top. Absent for none. */
  readonly covering?: Quantity
}

/** Trades the targets ask for, in instrument order, and what could not become one. */
export interface Intents {
  readonly wanted: readonly Intent[]
  readonly skipped: readonly SkippedLeg[]
}

/**
 * Gap of every held or targeted instrument as a whole number of lots, rounded toward zero, so that no trade passes
 * its target. An untargeted holding is sold. Left out, each with its reason: frozen or badly priced instruments, what
 * rounds to no lot, what is worth less than the smallest order, and the part of a sale that would open a short in an
 * instrument that may not be shorted. Gaps under half a cent are no gaps. Nothing is wanted unless equity is positive.
 * Source: design domain.md section 4.
 */
export function intents(input: PlanInput): Intents {
  const wanted: Intent[] = []
  const skipped: SkippedLeg[] = []
  if (!input.valuation.equity.gt(0)) return { wanted, skipped }
  const instruments = new Set([...Object.keys(input.book.positions), ...Object.keys(input.targets.weights)])
  for (const instrument of [...instruments].sort(byText) as InstrumentId[]) {
    const gap = gapOf(input, instrument)
    if (toCents(gap.money).isZero() && !gap.unpriced) continue
    const skip = (reason: SkipReason, detail: string, residualWeight = gap.weight): void => {
      skipped.push({ instrument, side: gap.side, reason, detail, residualWeight })
    }
    const terms = tradable(input, instrument)
    if ('why' in terms) {
      skip('frozen', terms.why)
      continue
    }
    const goal = goalOf(gap, terms.spec)
    if (!goal.eq(gap.goal))
      skip('not_shortable', `${instrument} may not be sold short`, ratio(minus(gap.goal, goal), input.valuation.equity))
    if (toCents(minus(goal, gap.value)).isZero()) continue
    const units = lotsToGoal(goal, gap, terms)
    const smallest = smallestOrder(input, terms.spec)
    const value = worth(units, terms.arrival, multiplierOf(terms.spec))
    if (magnitude(minus(goal, gap.value)).lt(smallest)) skip('below_min_order', `less than ${smallest.toFixed()}`)
    else if (units.isZero()) skip('below_lot', `less than one lot of ${terms.spec.lot.toFixed()}`)
    else if (value.lt(smallest))
      skip('below_min_order', `${value.toFixed()} after lots, less than ${smallest.toFixed()}`)
    else wanted.push({ instrument, side: gap.side, quantity: units, ...terms, ...gap.weights })
  }
  return { wanted, skipped }
}

/** The smallest value an order of this instrument may have: the policy's minimum or the venue's. */
export const smallestOrder = (input: Pick<PlanInput, 'policy'>, spec: InstrumentSpec): Money =>
  greatest(input.policy.orders.minOrder, spec.minNotional)

interface Gap {
  readonly held: Quantity
  readonly value: Money
  /** Value the target asks for. */
  readonly goal: Money
  /** goal − value. */
  readonly money: Money
  /** target − held weight. */
  readonly weight: number
  readonly side: Side
  readonly unpriced: boolean
  readonly weights: { readonly heldWeight: number; readonly targetWeight: number }
}

function gapOf({ book, valuation, targets }: PlanInput, instrument: InstrumentId): Gap {
  const held = book.positions[instrument]?.quantity ?? noQuantity
  const value = valuation.values[instrument] ?? noMoney
  const targetWeight = targets.weights[instrument] ?? 0
  const heldWeight = valuation.weights[instrument] ?? 0
  const goal = money(decimalFromFloat(targetWeight).times(valuation.equity))
  const unpriced = !held.isZero() && valuation.values[instrument] === undefined
  const selling = unpriced && targetWeight === 0 ? held.isPositive() : goal.lt(value)
  const side = selling ? 'sell' : 'buy'
  const weights = { heldWeight, targetWeight }
  return { held, value, goal, money: minus(goal, value), weight: targetWeight - heldWeight, side, unpriced, weights }
}

/** What an instrument trades at and under, or why it may not be traded now. */
export function tradable(
  input: Omit<PlanInput, 'targets'>,
  instrument: InstrumentId,
): { readonly spec: InstrumentSpec; readonly arrival: Price } | { readonly why: string } {
  const spec = input.specs[instrument]
  if (spec === undefined) return { why: `${instrument} is not in the universe: its trading terms are unknown` }
  if (input.frozen.has(instrument)) return { why: `${instrument} is frozen` }
  const fresh = freshPrice(input.view, instrument)
  if (!fresh.ok) return { why: fresh.refusal.message }
  if (!collarPrice('buy', fresh.value, input.policy.orders.collar, spec.tick).gt(0))
    return { why: `${instrument} is priced below one tick of ${spec.tick.toFixed()}` }
  return { spec, arrival: fresh.value }
}

/** Where the shorting rule lets the position go: never deeper short than it is. */
function goalOf(gap: Gap, spec: InstrumentSpec): Money {
  if (spec.shortable || !gap.goal.isNegative()) return gap.goal
  return greatest(gap.goal, gap.value.isNegative() ? gap.value : noMoney)
}

/** Units from here to the goal; leaving a position altogether takes the units held, without going through prices. */
function lotsToGoal(goal: Money, gap: Gap, terms: { spec: InstrumentSpec; arrival: Price }): Quantity {
  if (goal.isZero()) return wholeLots(terms.spec, magnitude(gap.held))
  const exposure = new Decimal(unitExposure(terms.spec, terms.arrival))
  return wholeLots(terms.spec, quantity(magnitude(minus(goal, gap.value)).div(exposure)))
}
