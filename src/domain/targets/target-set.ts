import type { InstrumentId } from '#units/ids.js'

/** Exposure weights, fractions of equity; an absent instrument weighs 0. */
export type Weights = Readonly<Record<InstrumentId, number>>

/** What the portfolio should be: weights and cash sum to 1 within 1e-9 (funding weights all 1). */
export interface TargetSet {
  readonly weights: Weights
  readonly cash: number
}
