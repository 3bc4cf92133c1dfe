import { decimalFromFloat } from '#units/decimal.js'
import { noQuantity, type Quantity, quantity, ratio, toLot } from '#units/money.js'

/**
 * The fraction that leaves exactly `kept` of `planned` once {@link keptOf} has rounded down to lots: kept / planned as
 * a float, moved up when the float falls short, since 30/70 of 70 would otherwise round down to 29.
 * Both ≥ 0 and whole lots; 0 of nothing.
 */
export function fractionKept(kept: Quantity, planned: Quantity): number {
  if (planned.isZero()) return 0
  if (kept.gte(planned)) return 1
  const fraction = ratio(kept, planned)
  return planned.times(decimalFromFloat(fraction)).gte(kept) ? fraction : fraction * (1 + Number.EPSILON)
}

/** planned × multiplier, down to whole lots; the whole of it at 1. */
export function keptOf(planned: Quantity, multiplier: number, lot: Quantity): Quantity {
  if (multiplier >= 1) return planned
  if (multiplier <= 0) return noQuantity
  return toLot(quantity(planned.times(decimalFromFloat(multiplier))), lot)
}
