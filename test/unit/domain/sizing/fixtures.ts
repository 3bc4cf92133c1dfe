import type { Sized, SizingMethod, SizingRequest } from '#domain/sizing/method.js'
import { sized } from '#domain/sizing/registry.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import type { BarSeries } from '#numerics/volatility.js'
import type { InstrumentId } from '#units/ids.js'
import { id } from '../targets/fixtures.js'

/** Limits of a request; the default lets everything be spent on anything, long only. */
export interface Limits {
  readonly budget?: number
  readonly max?: number
  readonly min?: number
  /** Lowest weight; below 0 for shorts. */
  readonly low?: number
  readonly bars?: Readonly<Record<string, BarSeries>>
}

/** A request over scenarios. */
export const sizingOf = (scenarios: ScenarioSet, limits: Limits = {}): SizingRequest => ({
  scenarios,
  least: 2,
  bars: limits.bars === undefined ? null : new Map(Object.entries(limits.bars).map(([name, own]) => [id(name), own])),
  budget: limits.budget ?? 1,
  minimum: limits.min ?? 0,
  bounds: () => [limits.low ?? 0, limits.max ?? 1],
})

/** What a method makes of parameters as a file has them, its minimum kept. @throws when its schema refuses them. */
export const sizeBy = <Params>(method: SizingMethod<Params>, params: unknown, request: SizingRequest) =>
  sized(method, method.schema.parse(params), request)

/** The weights of a method by name; fails when it holds. */
export function weightsBy<Params>(method: SizingMethod<Params>, params: unknown, request: SizingRequest) {
  const found = sizeBy(method, params, request)
  if (found.kind === 'hold') throw new Error(found.reason)
  return plain(found)
}

/** Weights as a plain object. */
export const plain = ({ weights }: Pick<Sized, 'weights'>): Record<InstrumentId, number> => Object.fromEntries(weights)
