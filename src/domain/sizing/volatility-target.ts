import { z } from 'zod'
import type { BarSeries } from '#numerics/volatility.js'
import type { InstrumentId } from '#units/ids.js'
import { accept, type Outcome } from '#units/outcome.js'
import { nobodyEligible } from '../targets/scenarios.js'
import type { TargetRefusal } from '../targets/source.js'
import { ESTIMATORS, needsBars, varianceBy } from './estimator.js'
import { frequencyFault } from './frequency.js'
import { allowed } from './limits.js'
import type { Sizing, SizingMethod, SizingRequest, SizingScope } from './method.js'
import { NO_SPREAD, stillNote } from './movement.js'

const weight = z.number().gt(0).max(1)

const schema = z.strictObject({
  volatility: z
    .number()
    .gt(0)
    .max(10)
    .default(0.15)
    .describe('Volatility a year at which a name has its base weight: a name twice as volatile has half of it.'),
  base: z
    .union([weight, z.record(z.string(), weight)], {
      error: 'must be a weight above 0 and at most 1, or a map of symbols to weights',
    })
    .nullable()
    .default(null)
    .describe(
      'Weight of a name with just that volatility, for all or by instrument id (none for one left out); null for an equal share of the budget for each name of the universe.',
    ),
  estimator: z
    .enum(ESTIMATORS)
    .default('realised')
    .describe('Estimator of volatility; parkinson and garman-klass need opens, highs and lows, which no feed brings.'),
  lambda: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.94)
    .describe('Decay of ewma per bar: a return weighs lambda times the next.'),
  lookback: z.int().min(2).max(100_000).default(20).describe('Latest returns that volatility is estimated from.'),
  periodsPerYear: z
    .number()
    .min(1)
    .max(1_000_000)
    .default(252)
    .describe('Bars a year: 252 daily, 12 monthly, 365 where the market never closes.'),
})

/** Parameters of volatility target. */
export type VolatilityTargetParams = z.infer<typeof schema>

/**
 * Each name by itself at one volatility: wᵢ = baseᵢ·(σ* over σ̂ᵢ), at most its upper bound, scaled down together where they ask for
 * more than the budget and never up; the rest is cash. σ̂ is a year's: √(variance per bar × bars a year).
 *
 * Edges   a name without enough returns has no weight, and leaves its equal share in cash. One that did not move within the
 *         lookback has no finite 1/σ̂: it gets nothing, rather than its cap, and the note says so.
 * Errors  holds when returns are fewer than the lookback, when they are of another frequency than said, and on bars that
 *         are none. Long only: lower bounds are not used.
 * Source  design domain.md section 6; Moskowitz, Ooi and Pedersen, Time Series Momentum (2012), equation (5), for
 *         sizing every position to one volatility.
 */
export const volatilityTarget: SizingMethod<VolatilityTargetParams> = {
  name: 'volatility-target',
  summary: 'Every name sized to one volatility, the rest in cash.',
  schema,
  refusal: refusalOf,
  window: ({ lookback }) => lookback,
  size,
}

function refusalOf({ estimator, lookback, base }: VolatilityTargetParams, scope: SizingScope): TargetRefusal | null {
  const unknown = Object.keys(typeof base === 'object' ? (base ?? {}) : {})
    .sort()
    .find((id) => !scope.names.has(id))
  if (unknown !== undefined) {
    const message = `${unknown} has a base weight but is not in the universe`
    return { code: 'target_unknown', message, path: ['base', unknown] }
  }
  if (needsBars(estimator) && !scope.bars) {
    const message = `${estimator} needs opens, highs and lows, and a feed brings closes only: realised or ewma do without`
    return { code: 'bars_missing', message, path: ['estimator'] }
  }
  if (lookback <= scope.returns) return null
  const message = `looks back ${lookback} returns, and no more than ${scope.returns} are kept (optimiser.scenarios.maximum)`
  return { code: 'window_too_short', message, path: ['lookback'] }
}

function size(params: VolatilityTargetParams, request: SizingRequest): Sizing {
  const { scenarios } = request
  const { lookback, periodsPerYear } = params
  if (scenarios.instruments.length === 0) return { kind: 'hold', reason: nobodyEligible(scenarios, request.least) }
  if (scenarios.rows < lookback)
    return { kind: 'hold', reason: `volatility needs ${lookback} returns, there are ${scenarios.rows}` }
  const fault = frequencyFault(scenarios, periodsPerYear)
  if (fault !== null) return { kind: 'hold', reason: fault }
  const found = volatilitiesOf(params, request)
  if (!found.ok) return { kind: 'hold', reason: found.refusal.message }
  const of = found.value
  const names = [...of.keys()]
  const base = basesOf(params, request)
  const moving = names.filter((name) => of.get(name)! > NO_SPREAD)
  const note = stillNote(names.filter((name) => !(of.get(name)! > NO_SPREAD)))
  if (moving.length === 0) return { kind: 'hold', reason: note }
  const sizes = moving.map((name) => [name, (base(name) * params.volatility) / of.get(name)!] as const)
  return { kind: 'sized', ...allowed(sizes, request), volatilities: { per: 'year', of }, note }
}

/** Base weights by name. */
function basesOf(
  { base }: VolatilityTargetParams,
  { budget, scenarios }: SizingRequest,
): (name: InstrumentId) => number {
  const each = base ?? budget / (scenarios.instruments.length + scenarios.excluded.length)
  if (typeof each === 'number') return () => each
  const own = new Map(Object.entries(each))
  return (name) => own.get(name) ?? 0
}

/** σ̂ a year of every eligible name, in order of id. */
function volatilitiesOf(
  { estimator, lambda, lookback, periodsPerYear }: VolatilityTargetParams,
  { scenarios, bars }: SizingRequest,
): Outcome<ReadonlyMap<InstrumentId, number>> {
  const { instruments, rows, returns } = scenarios
  const found = new Map<InstrumentId, number>()
  for (const instrument of [...instruments].sort()) {
    const column = instruments.indexOf(instrument)
    const own = Float64Array.from({ length: lookback }, (_, at) =>
      Math.log1p(returns[(rows - lookback + at) * instruments.length + column]!),
    )
    const series = bars?.get(instrument)
    const window = { returns: own, bars: series === undefined ? null : latest(series, lookback) }
    const variance = varianceBy(estimator, lambda, window)
    if (!variance.ok)
      return { ok: false, refusal: { ...variance.refusal, message: `${instrument}: ${variance.refusal.message}` } }
    found.set(instrument, Math.sqrt(variance.value * periodsPerYear))
  }
  return accept(found)
}

function latest({ opens, highs, lows, closes, before }: BarSeries, count: number): BarSeries {
  const from = Math.max(0, closes.length - count)
  return {
    opens: opens.subarray(from),
    highs: highs.subarray(from),
    lows: lows.subarray(from),
    closes: closes.subarray(from),
    before: from === 0 ? before : closes[from - 1]!,
  }
}
