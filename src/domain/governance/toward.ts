import { greatest, least, negated, noQuantity, plus, type Quantity } from '#units/money.js'
import { wholeLots } from '../instrument/registry.js'
import { reducible } from '../permission/restraint.js'
import type { Leg } from '../plan/plan.js'
import { judgementBy, rejection } from './judgement.js'
import { unitsOf } from './moves.js'
import { fractionKept } from './multiplier.js'
import type { Judgement, RuleContext } from './rule.js'

/**
 * Where a leg would take a holding, and where it may when no more than `cap` units may be held either way: anywhere between the
 * limits, and from beyond a limit anywhere toward it.
 */
export function heldWithin(
  { side, quantity }: Pick<Leg, 'side' | 'quantity'>,
  held: Quantity,
  cap: Quantity,
): { readonly after: Quantity; readonly goal: Quantity } {
  const after = plus(held, side === 'buy' ? quantity : negated(quantity))
  return { after, goal: least(greatest(after, least(held, negated(cap))), greatest(held, cap)) }
}

/** Who lets nothing be added, and why. */
export interface Barred {
  readonly rule: string
  readonly reason: string
  readonly evidence?: Judgement['evidence']
}

/** What becomes of a whole plan where nothing may be opened or added to: see {@link towardZero}. */
export const onlyTowardZero = (barred: Barred, context: RuleContext): readonly Judgement[] =>
  context.plan.legs.flatMap((leg) => towardZero(leg, barred, context))

/** Why nothing may be added while equity is not positive, for rules that measure by it; what takes a holding toward zero still may. */
export const WITHOUT_EQUITY = 'equity is not positive: nothing has a weight'

/**
 * What becomes of a leg where nothing may be opened or added to: of one through zero the whole lots that lead there stay, a leg that only
 * opens is rejected, and one that only takes its name toward zero is not judged. Unknown terms: rejected.
 */
export function towardZero(
  leg: Leg,
  { rule, reason, evidence = {} }: Barred,
  context: RuleContext,
): readonly Judgement[] {
  const spec = context.specs[leg.instrument]
  if (spec === undefined) return [rejection(rule, leg.id, `${leg.instrument} has no known terms`)]
  const most = reducible(unitsOf(context, leg.instrument), leg.side)
  if (leg.quantity.lte(most)) return []
  const kept = wholeLots(spec, greatest(noQuantity, most))
  if (kept.isZero()) return [rejection(rule, leg.id, reason, evidence)]
  return [judgementBy(rule)(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)]
}
