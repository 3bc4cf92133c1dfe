import type { InstrumentId } from '#units/ids.js'

/** One instrument against its target. */
export interface DriftRow {
  readonly instrument: InstrumentId | 'CASH'
  readonly held: number
  readonly target: number
  /** |held − target|, or that over |target| when the relative band applies. */
  readonly gap: number
  readonly band: number
  readonly kind: 'absolute' | 'relative'
  readonly breached: boolean
}

/** Drift of a book against its last effective targets, widest gap relative to its band first. */
export interface DriftAnalysis {
  readonly rows: readonly DriftRow[]
  readonly breaches: readonly DriftRow[]
  /** Largest absolute gap. */
  readonly largest: number
  /** Why the answer may be wrong: frozen exposure that could hide a breach. Empty when conclusive. */
  readonly inconclusive: readonly string[]
}
