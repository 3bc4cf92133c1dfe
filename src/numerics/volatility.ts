/** Bars of one name, oldest first: one element a bar, prices of any unit, all positive. */
export interface BarSeries {
  readonly opens: Float64Array
  readonly highs: Float64Array
  readonly lows: Float64Array
  readonly closes: Float64Array
  /** The close before the first bar. */
  readonly before: number
}

/**
 * Sample variance of logarithmic returns, divisor n − 1, in two passes. Per bar; NaN with fewer than two returns.
 * Source: the textbook estimator of σ² (Hull, Options, Futures, and Other Derivatives, chapter on estimating volatility).
 */
export function realisedVariance(returns: Float64Array): number {
  if (returns.length < 2) return Number.NaN
  const mean = meanOf(returns)
  return returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1)
}

/**
 * Exponentially weighted variance of logarithmic returns around zero, the latest heaviest: Σλᵏr²ₙ₋ₖ / Σλᵏ, so that the
 * weights of a short window sum to 1 as well. Per bar; NaN without returns. 0 < λ < 1; 0.94 is RiskMetrics' daily value.
 * Source: J.P. Morgan, RiskMetrics Technical Document, 4th edition (1996), section 5.2.
 */
export function ewmaVariance(returns: Float64Array, lambda: number): number {
  let [sum, weights, weight] = [0, 0, 1]
  for (let at = returns.length - 1; at >= 0; at -= 1) {
    sum += weight * returns[at]! ** 2
    weights += weight
    weight *= lambda
  }
  return sum / weights
}

/**
 * Variance within bars by their range: mean of (ln H/L)² / (4 ln 2). Per bar, without what happens between bars; a random
 * walk without drift is assumed. About five times as efficient as close to close. NaN without bars.
 * Source: Parkinson, The Extreme Value Method for Estimating the Variance of the Rate of Return, J. Business 53 (1980).
 */
export function parkinsonVariance({ highs, lows }: Pick<BarSeries, 'highs' | 'lows'>): number {
  return meanOf(highs.map((high, at) => Math.log(high / lows[at]!) ** 2)) / (4 * Math.LN2)
}

/**
 * Variance within bars by range and close: mean of ½(ln H/L)² − (2 ln 2 − 1)(ln C/O)². Per bar, without what happens
 * between bars; a random walk without drift is assumed. About seven times as efficient as close to close. Not negative as
 * long as open and close lie between low and high. NaN without bars.
 * Source: Garman and Klass, On the Estimation of Security Price Volatilities from Historical Data, J. Business 53 (1980),
 * the estimator they call practical.
 */
export function garmanKlassVariance({ opens, highs, lows, closes }: BarSeries): number {
  const terms = opens.map((open, at) => {
    const [range, move] = [Math.log(highs[at]! / lows[at]!), Math.log(closes[at]! / open)]
    return range ** 2 / 2 - (2 * Math.LN2 - 1) * move ** 2
  })
  return meanOf(terms)
}

/** Variance between bars, around zero: mean of (ln Oₜ/Cₜ₋₁)². Per bar; NaN without bars. */
export function overnightVariance({ opens, closes, before }: Omit<BarSeries, 'highs' | 'lows'>): number {
  return meanOf(opens.map((open, at) => Math.log(open / (at === 0 ? before : closes[at - 1]!)) ** 2))
}

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
