import {
  type BarSeries,
  ewmaVariance,
  garmanKlassVariance,
  overnightVariance,
  parkinsonVariance,
  realisedVariance,
} from '#numerics/volatility.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'

/** Estimators of volatility. */
export const ESTIMATORS = ['realised', 'ewma', 'parkinson', 'garman-klass'] as const

/** The name of an estimator. */
export type Estimator = (typeof ESTIMATORS)[number]

/** Whether an estimator looks at opens, highs and lows. */
export const needsBars = (estimator: Estimator): boolean => estimator === 'parkinson' || estimator === 'garman-klass'

/** A bar's open or close outside its range by no more than this part of it is rounding of the file. */
const RANGE_SLACK = 1e-9

/** What volatility is estimated from: the latest bars of one name. */
export interface Window {
  /** Logarithmic returns close to close, oldest first. */
  readonly returns: Float64Array
  /** The same bars with their ranges; null where only closes are known. */
  readonly bars: BarSeries | null
}

/**
 * Variance per bar by an estimator. Parkinson's and Garman and Klass's see a bar from its open to its close; the variance
 * between bars is added to them, without which a market that is closed for a third of the variance looks 20 % calmer.
 * Refuses `bars_missing` when they are needed, and `bar_invalid` when a price is no positive number, or a range does not
 * hold its open and close. Source: design domain.md section 6.
 */
export function varianceBy(estimator: Estimator, lambda: number, { returns, bars }: Window): Outcome<number> {
  if (!needsBars(estimator))
    return accept(estimator === 'ewma' ? ewmaVariance(returns, lambda) : realisedVariance(returns))
  if (bars === null)
    return refuse('bars_missing', `${estimator} needs opens, highs and lows, and only closes are known`)
  const fault = barFault(bars)
  if (fault !== null) return refuse('bar_invalid', fault)
  const within = estimator === 'parkinson' ? parkinsonVariance(bars) : garmanKlassVariance(bars)
  return accept(within + overnightVariance(bars))
}

function barFault({ opens, highs, lows, closes, before }: BarSeries): string | null {
  const price = (value: number): boolean => value > 0 && Number.isFinite(value)
  if (!price(before)) return `the close before its first bar is ${before}`
  for (const [at, open] of opens.entries()) {
    const [high, low, close] = [highs[at]!, lows[at]!, closes[at]!]
    const counted = `bar ${at + 1} of ${opens.length}`
    if (![open, high, low, close].every(price)) return `${counted} has a price that is not a positive number`
    if (Math.max(open, close) > high * (1 + RANGE_SLACK) || Math.min(open, close) < low * (1 - RANGE_SLACK))
      return `${counted} has an open or a close outside its range`
  }
  return null
}
