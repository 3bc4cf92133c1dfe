import type { InstrumentId } from '#units/ids.js'
import type { TargetSet } from '../targets/target-set.js'

/** How far weights may go. Fractions of equity. */
export interface Room {
  /** Lowest and highest weight of an instrument. */
  readonly bounds: (instrument: InstrumentId) => readonly [number, number]
  /** Cash that has to stay. */
  readonly cash: number
  /**
   * Most that the absolute weights of some instruments may sum to, or of all where none are named; with coefficients, most that
   * the sum of weights times these may be, either way.
   */
  readonly sums: readonly {
    readonly members: readonly InstrumentId[] | null
    readonly coefficients?: Readonly<Record<InstrumentId, number>>
    readonly most: number
  }[]
}

/**
 * The largest factor all weights can be multiplied by with none leaving its bounds, no sum above its limit and cash not below what has to stay;
 * never below 1, since making weights smaller breaks no limit on risk. Infinite where nothing is in the way.
 * Edges   a weight that is at or past its bound, or cash that is short already: 1. Errors none: total. Cost O(n).
 * Source  design domain.md section 10.
 */
export function headroom({ weights }: TargetSet, { bounds, cash, sums }: Room): number {
  let most = Number.POSITIVE_INFINITY
  let invested = 0
  for (const [instrument, weight] of Object.entries(weights) as [InstrumentId, number][]) {
    invested += weight
    const [lower, upper] = bounds(instrument)
    if (weight !== 0) most = Math.min(most, (weight > 0 ? upper : lower) / weight)
  }
  if (invested > 0) most = Math.min(most, (1 - cash) / invested)
  for (const { members, coefficients, most: limit } of sums) {
    const counted = (id: InstrumentId): number =>
      coefficients === undefined ? Math.abs(weights[id] ?? 0) : (coefficients[id] ?? 1) * (weights[id] ?? 0)
    const names = members ?? (Object.keys(weights) as InstrumentId[])
    const sum = Math.abs(names.reduce((all, id) => all + counted(id), 0))
    if (sum > 0) most = Math.min(most, limit / sum)
  }
  return Math.max(1, most)
}

/**
 * Targets with every weight multiplied by min(multiplier, {@link headroom}) and the rest in cash; signs stay, and the budget
 * closes as it did before. The same targets, untouched, at a factor of 1.
 */
export function scaledTargets(targets: TargetSet, multiplier: number, room: Room): TargetSet {
  const factor = Math.min(multiplier, headroom(targets, room))
  if (factor === 1) return targets
  const entries = Object.entries(targets.weights) as [InstrumentId, number][]
  const weights = Object.fromEntries(entries.map(([id, weight]) => [id, product(weight, factor)]))
  const invested = entries.reduce((sum, [, weight]) => sum + weight, 0)
  return { ...targets, weights, cash: Math.max(0, targets.cash + (1 - factor) * invested) }
}

/** Weights carry so many digits: 0.4 · 0.7 in float64 is a little less than 0.28, and a lot less would be bought. */
const DIGITS = 15

/** A weight times a factor. */
export const product = (weight: number, factor: number): number => Number((weight * factor).toPrecision(DIGITS))
