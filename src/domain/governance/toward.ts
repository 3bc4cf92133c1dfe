import { greatest, least, negated, plus, type Quantity } from '#units/money.js'
import type { Leg } from '../plan/plan.js'

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
