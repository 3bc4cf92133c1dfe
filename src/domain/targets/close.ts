import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import type { TargetSet } from './target-set.js'

/** A target set and what closing it left out. */
export interface ClosedTargets {
  readonly targets: TargetSet
  /** Weights too small to hold, now cash, by instrument id. */
  readonly dropped: readonly { readonly instrument: InstrumentId; readonly weight: number }[]
}

/** Overspending that is rounding: the tolerance to which a budget closes. */
export const BUDGET_TOLERANCE = 1e-9

/**
 * Weights made into a target set: |w| below `minWeight` goes to cash, cash is what remains of 1.
 *
 * Units   fractions of equity; weights sorted by id, zeros left out; Σ weights + cash = 1 to float accuracy.
 * Edges   a sum above 1 by no more than `tolerance` (the rounding of whoever made the weights), or because a small
 *         short was dropped, is scaled back to 1.
 * Errors  an overspent or non-finite set is a bug of the source: InvariantBroken `target-budget`.
 * Source  design domain.md section 1.
 */
export function closeBudget(
  wanted: ReadonlyMap<InstrumentId, number>,
  minWeight: number,
  tolerance = BUDGET_TOLERANCE,
): ClosedTargets {
  const kept: [InstrumentId, number][] = []
  const dropped: { instrument: InstrumentId; weight: number }[] = []
  let asked = 0
  let sum = 0
  for (const instrument of [...wanted.keys()].sort()) {
    const weight = wanted.get(instrument)!
    hold(Number.isFinite(weight), 'target-budget', () => `${instrument} has the weight ${weight}`)
    if (weight === 0) continue
    asked += weight
    if (Math.abs(weight) < minWeight) {
      dropped.push({ instrument, weight })
      continue
    }
    kept.push([instrument, weight])
    sum += weight
  }
  hold(asked <= 1 + tolerance, 'target-budget', () => `weights sum to ${asked}`)
  const scale = sum > 1 ? 1 / sum : 1
  const weights: Record<InstrumentId, number> = {}
  for (const [instrument, weight] of kept) weights[instrument] = weight * scale
  return { targets: { weights, cash: Math.max(0, 1 - sum) }, dropped }
}

/** What closing left out as a sentence for the run record; empty when nothing was. */
export function droppedNote(dropped: ClosedTargets['dropped'], minWeight: number): string {
  if (dropped.length === 0) return ''
  const names = dropped.map(({ instrument, weight }) => `${instrument} ${weight.toPrecision(3)}`)
  return `below the minimum weight ${minWeight}, to cash: ${names.join(', ')}`
}
