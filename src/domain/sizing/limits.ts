import type { InstrumentId } from '#units/ids.js'
import { cappedSizes, scaledShares } from './caps.js'
import type { Sized, SizingRequest } from './method.js'

/** A name and what it is to have, negative for short. */
export type Wanted = readonly [instrument: InstrumentId, value: number]

/** Weights within the limits of a request. */
export type Limited = Pick<Sized, 'weights' | 'theta' | 'capped'>

/** Values of any unit, in order of id, as weights in proportion to them that spend the budget as far as the caps allow. */
export const shared = (wanted: readonly Wanted[], request: SizingRequest): Limited =>
  limited(wanted, request, scaledShares)

/** Sizes as fractions of equity, in order of id: capped, scaled down to the budget, never up. */
export const allowed = (wanted: readonly Wanted[], request: SizingRequest): Limited =>
  limited(wanted, request, cappedSizes)

/** Largest |weight| a name may have on the side it is wanted on. */
function capOf([instrument, value]: Wanted, { bounds }: SizingRequest): number {
  const [lower, upper] = bounds(instrument)
  return Math.max(0, value < 0 ? -lower : upper)
}

function limited(wanted: readonly Wanted[], request: SizingRequest, scale: typeof scaledShares): Limited {
  const some = wanted.filter(([, value]) => value !== 0)
  const caps = some.map((one) => capOf(one, request))
  const sizes = some.map(([, value]) => Math.abs(value))
  const { weights, theta } = scale(sizes, caps, request.budget)
  const signed = some.map(([name, value], at) => [name, Math.sign(value) * weights[at]!] as const)
  return {
    weights: new Map(signed),
    theta: Number.isFinite(theta) ? theta : null,
    capped: some.map(([name]) => name).filter((_, at) => caps[at]! > 0 && weights[at] === caps[at]),
  }
}
