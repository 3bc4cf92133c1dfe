import type { RangeBar } from '#numerics/wilder.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { BarSize } from '../market.js'
import { type DetectorState, type Figures, newDetector, observe } from './detector.js'
import type { MarketRegime } from './regime.js'
import type { RangeSource } from './thresholds.js'

/** A bar with the period it ends in, for people. */
export interface LabelledBar extends RangeBar {
  readonly label: string
}

/** A change of regime and what it rests on. */
export interface Transition {
  readonly label: string
  readonly from: MarketRegime
  readonly to: MarketRegime
  readonly confidence: number
  readonly figures: Figures
  /** Bars the earlier regime stood for. */
  readonly after: number
}

/** What a detector says of bars: the regime at each of them, and every change. */
export interface RegimeHistory {
  readonly regimes: readonly MarketRegime[]
  readonly transitions: readonly Transition[]
  readonly last: DetectorState
}

/** Runs a new detector over bars, oldest first. Refuses `bad_bar`, naming the bar. Cost: O(bars × memory). */
export function regimesOf(bars: readonly LabelledBar[], barSize: BarSize, ranges: RangeSource): Outcome<RegimeHistory> {
  const regimes: MarketRegime[] = []
  const transitions: Transition[] = []
  let last = newDetector(barSize, ranges)
  let since = 0
  for (const [at, { label, ...bar }] of bars.entries()) {
    const next = observe(last, bar)
    if (!next.ok) return refuse(next.refusal.code, `${label}: ${next.refusal.message}`)
    const { regime, confidence, figures } = next.value
    if (regime !== last.regime && figures !== null) {
      transitions.push({ label, from: last.regime, to: regime, confidence, figures, after: at - since })
      since = at
    }
    regimes.push(regime)
    last = next.value
  }
  return accept({ regimes, transitions, last })
}
