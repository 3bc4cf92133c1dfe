import type { z } from 'zod'
import type { BarSeries } from '#numerics/volatility.js'
import type { InstrumentId } from '#units/ids.js'
import type { ScenarioSet, TargetRefusal } from '../targets/source.js'

/** What is sized: the names with their returns, and the limits their weights keep. */
export interface SizingRequest {
  readonly scenarios: ScenarioSet
  /** Returns a name needed to become a column of the scenarios, for the words of a refusal. */
  readonly least: number
  /** Bars that end with the scenarios, by instrument; null where only closes are known. */
  readonly bars: ReadonlyMap<InstrumentId, BarSeries> | null
  /** Most that Σ|w| may be, fraction of equity. */
  readonly budget: number
  /** A weight is 0 or at least this; see `sized`. */
  readonly minimum: number
  /** Lowest and highest weight of a name; it may be held short where the lowest is below 0. */
  readonly bounds: (instrument: InstrumentId) => readonly [number, number]
}

/** Volatilities behind the sizes, fractions a year or a bar. */
export interface Volatilities {
  readonly per: 'year' | 'bar'
  readonly of: ReadonlyMap<InstrumentId, number>
}

/** Weights with what made them. */
export interface Sized {
  readonly kind: 'sized'
  /** By instrument in order of id; an absent name weighs 0. */
  readonly weights: ReadonlyMap<InstrumentId, number>
  /** The θ of wᵢ = min(capᵢ, θ·vᵢ); null where every name is at its cap. At most 1 where sizes mean what they say. */
  readonly theta: number | null
  /** Names at their cap, in order of id. */
  readonly capped: readonly InstrumentId[]
  readonly volatilities: Volatilities | null
  /** What a reader should know beside the weights; empty when nothing. */
  readonly note: string
}

/** Weights, or why there are none. */
export type Sizing = Sized | { readonly kind: 'hold'; readonly reason: string }

/** What parameters are held against before anything is sized. */
export interface SizingScope {
  readonly names: ReadonlySet<string>
  /** Whether opens, highs and lows are known. */
  readonly bars: boolean
  /** Most returns that will be there. */
  readonly returns: number
}

/** One way to give weights to names. Pure; its own schema judges its parameters. */
export interface SizingMethod<Params> {
  readonly name: string
  readonly summary: string
  readonly schema: z.ZodType<Params>
  /** Why these parameters cannot be used; null when they can. Beyond what the schema sees. */
  refusal?(params: Params, scope: SizingScope): TargetRefusal | null
  /** Latest returns it looks at; null for all there are, 0 for none. */
  window(params: Params): number | null
  size(params: Params, request: SizingRequest): Sizing
}
