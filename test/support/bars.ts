import type { BarSeries } from '#numerics/volatility.js'
import { seededRandom } from './prices.js'

/** What to simulate; the same values give the same bars. */
export interface SimulatedBars {
  readonly seed: number
  readonly bars: number
  /** Standard deviation of a bar's logarithmic return, close to close. */
  readonly volatility: number
  /** Share of its variance that happens between the close and the next open. */
  readonly overnight: number
}

/** Steps of a bar; between them the extremes are those of a Brownian bridge, so that no range is too small. */
const STEPS = 40

/**
 * Bars of a geometric Brownian motion whose logarithm has no drift, from 100. Highs and lows are those of the continuous
 * path: over a step from a to b they lie (a + b ± √((b − a)² − 2s²·ln U))/2, U uniform, s the deviation of the step.
 */
export function simulatedBars({ seed, bars, volatility, overnight }: SimulatedBars): BarSeries {
  const random = seededRandom(seed)
  const uniform = (): number => 1 - random()
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * random())
  const series = () => new Float64Array(bars)
  const [opens, highs, lows, closes] = [series(), series(), series(), series()]
  const step = volatility * Math.sqrt((1 - overnight) / STEPS)
  let at = Math.log(100)
  for (let bar = 0; bar < bars; bar += 1) {
    at += volatility * Math.sqrt(overnight) * normal()
    opens[bar] = Math.exp(at)
    let [high, low] = [at, at]
    for (let count = 0; count < STEPS; count += 1) {
      const next = at + step * normal()
      const reach = (): number => Math.sqrt((next - at) ** 2 - 2 * step ** 2 * Math.log(uniform()))
      high = Math.max(high, (at + next + reach()) / 2)
      low = Math.min(low, (at + next - reach()) / 2)
      at = next
    }
    highs[bar] = Math.exp(high)
    lows[bar] = Math.exp(low)
    closes[bar] = Math.exp(at)
  }
  return { opens, highs, lows, closes, before: 100 }
}

/** Logarithmic returns close to close of bars. */
export const logReturns = ({ closes, before }: BarSeries): Float64Array =>
  closes.map((close, at) => Math.log(close / (at === 0 ? before : closes[at - 1]!)))
