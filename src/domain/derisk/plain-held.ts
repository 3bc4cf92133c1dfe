import type { InstrumentId } from '#units/ids.js'
import { type Sized, UNSIZED } from '../regime/applied.js'
import { product } from '../regime/scale.js'
import type { Weights } from '../targets/target-set.js'

/**
 * What is held as it would be without sizing, for a solve of plain targets: weights divided by what targets were sized by. Limits on what a
 * run may trade would else be measured from weights that were cut already, and each run's answer be cut again, down to nothing.
 *
 * Edges  null where nothing was sized down. Where more is held than was sized for (sales that did not fill), only so far that all of it
 *        together is all of equity.
 */
export function plainHeld(held: Weights, { factor }: Sized = UNSIZED): Weights | null {
  if (factor >= 1) return null
  const entries = Object.entries(held) as [InstrumentId, number][]
  const gross = entries.reduce((sum, [, weight]) => sum + Math.abs(weight), 0)
  const share = Math.max(factor, Math.min(1, gross))
  return Object.fromEntries(entries.map(([id, weight]) => [id, product(weight, 1 / share)]))
}
