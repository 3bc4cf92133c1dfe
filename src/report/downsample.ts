/**
 * Indices of at most `limit` points that draw the same line: the first, the last, and of every equal stretch between
 * the lowest and the highest, so that no peak or trough is lost. All of them when they are few enough.
 * `limit` ≥ 4. Ascending, without repeats. Cost O(n).
 */
export function keepExtremes(values: readonly number[], limit: number): readonly number[] {
  const { length } = values
  if (length <= limit) return values.map((_, index) => index)
  const stretches = Math.floor((limit - 2) / 2)
  const kept = new Set<number>([0])
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = 1 + Math.floor((stretch * (length - 2)) / stretches)
    const to = 1 + Math.floor(((stretch + 1) * (length - 2)) / stretches)
    let low = from
    let high = from
    for (let index = from; index < to; index += 1) {
      if (values[index]! < values[low]!) low = index
      if (values[index]! > values[high]!) high = index
    }
    kept.add(Math.min(low, high)).add(Math.max(low, high))
  }
  return [...kept.add(length - 1)]
}

/**
 * Indices of at most `limit` points of several series drawn on one axis: the first, the last, and of every equal
 * stretch the largest step of all series together with the point before it, so that a rebalance stays a sharp edge.
 * The series have equal lengths; `limit` ≥ 4. Ascending, without repeats. Cost O(n × series).
 */
export function keepSteps(series: readonly (readonly number[])[], limit: number): readonly number[] {
  const length = series[0]?.length ?? 0
  if (length <= limit) return Array.from({ length }, (_, index) => index)
  const step = (index: number): number =>
    series.reduce((sum, values) => sum + Math.abs(values[index]! - values[index - 1]!), 0)
  const stretches = Math.floor((limit - 2) / 2)
  const kept = new Set<number>([0])
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = 1 + Math.floor((stretch * (length - 2)) / stretches)
    const to = 1 + Math.floor(((stretch + 1) * (length - 2)) / stretches)
    let largest = from
    let size = step(from)
    for (let index = from + 1; index < to; index += 1) {
      const next = step(index)
      if (next > size) [largest, size] = [index, next]
    }
    kept.add(largest - 1).add(largest)
  }
  return [...kept.add(length - 1)]
}
