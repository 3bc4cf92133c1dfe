/**
 * Share of neighbouring moves that go opposite ways; moves of exactly 0 are passed over. In [0, 1]; a random walk shows
 * 1/2 with standard deviation ½/√(n − 1). 1/2, which says nothing, with fewer than two moves. Cost O(n).
 */
export function directionChangeRate(moves: readonly number[]): number {
  const signs = moves.filter((move) => move !== 0).map(Math.sign)
  if (signs.length < 2) return 0.5
  const changes = signs.filter((sign, at) => at > 0 && sign !== signs[at - 1]).length
  return changes / (signs.length - 1)
}

/** Share of moves of at least `size` either way, in [0, 1]; 0 of none. Cost O(n). */
export function bigMoveShare(moves: readonly number[], size: number): number {
  return moves.length === 0 ? 0 : moves.filter((move) => Math.abs(move) >= size).length / moves.length
}

/**
 * Sample autocorrelation at lag 1, Σ(xₜ − m)(xₜ₋₁ − m) / Σ(xₜ − m)², in [−1, 1]; of white noise its mean is −1/n and its
 * standard deviation about 1/√n. 0 where nothing varies. Cost O(n).
 * Source  Box & Jenkins, Time Series Analysis (1970), section 2.1.
 */
export function lagOneAutocorrelation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  let [lagged, squares] = [0, 0]
  for (const [at, value] of values.entries()) {
    squares += (value - mean) ** 2
    if (at > 0) lagged += (value - mean) * (values[at - 1]! - mean)
  }
  return squares > 0 ? lagged / squares : 0
}
