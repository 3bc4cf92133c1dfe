/** A bar's extremes and close, in price. */
export interface RangeBar {
  readonly high: number
  readonly low: number
  readonly close: number
}

/** Wilder's figures at the last bar; DI and ADX in percent points 0–100, the range in price. */
export interface Wilder {
  readonly averageTrueRange: number
  readonly plusDi: number
  readonly minusDi: number
  readonly adx: number
}

/** Bars that {@link wilder} needs: one to begin at, `length` for the first averages, `length` − 1 more for the first ADX. */
export const wilderBars = (length: number): number => 2 * length

/**
 * Average true range, directional indicators and ADX at the last of these bars.
 *
 *   TR = max(high, close₋₁) − min(low, close₋₁);  +DM = high − high₋₁ where that is positive and exceeds low₋₁ − low, −DM alike
 *   smoothed = the sum of the first `length`, then s − s/length + x;  ±DI = 100·±DM/TR;  DX = 100·|+DI − −DI|/(+DI + −DI)
 *   ADX = the mean of the first `length` DX, then (ADX·(length − 1) + DX)/length
 *
 * Bars that are only closes (high = low = close) have TR = |close − close₋₁| and DM = the signed move: half the scale of a
 * true range on a driftless Brownian path, whose mean range is √(8/π)·σ and mean |move| √(2/π)·σ.
 * Edges   nothing moved: every figure is 0.
 * Errors  @throws RangeError with fewer bars than {@link wilderBars}. Cost O(bars).
 * Source  J. Welles Wilder, New Concepts in Technical Trading Systems (1978), pages 21–23 and 35–48.
 */
export function wilder(bars: readonly RangeBar[], length: number): Wilder {
  if (bars.length < wilderBars(length)) throw new RangeError(`ADX ${length} needs ${wilderBars(length)} bars`)
  let [range, plus, minus, adx] = [0, 0, 0, 0]
  for (let at = 1; at < bars.length; at += 1) {
    const move = directional(bars[at - 1]!, bars[at]!)
    const keep = at <= length ? 1 : 1 - 1 / length
    range = range * keep + move.range
    plus = plus * keep + move.plus
    minus = minus * keep + move.minus
    const directionals = at - length + 1
    if (directionals < 1) continue
    const dx = directionOf(plus, minus)
    if (directionals <= length) adx += dx / length
    else adx += (dx - adx) / length
  }
  const di = (smoothed: number): number => (range > 0 ? (100 * smoothed) / range : 0)
  return { averageTrueRange: range / length, plusDi: di(plus), minusDi: di(minus), adx }
}

function directional(before: RangeBar, now: RangeBar): { range: number; plus: number; minus: number } {
  const range = Math.max(now.high, before.close) - Math.min(now.low, before.close)
  const [up, down] = [now.high - before.high, before.low - now.low]
  return { range, plus: up > down && up > 0 ? up : 0, minus: down > up && down > 0 ? down : 0 }
}

const directionOf = (plus: number, minus: number): number =>
  plus + minus > 0 ? (100 * Math.abs(plus - minus)) / (plus + minus) : 0
