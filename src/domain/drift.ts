import type { InstrumentId } from '#units/ids.js'
import type { Valuation } from './book/valuation.js'
import type { DriftBand } from './policy.js'
import type { TargetSet } from './targets/target-set.js'

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

/** Float64 loses about 1e-16 of a weight: what is this close below a limit is at it (0.30 − 0.25 is below 0.05, and 1 − 0.9 below 0.1). */
const AT_LIMIT = 1e-12
/** The absolute band where a relative one says nothing. Source: design domain.md section 2. */
const ABSOLUTE_BAND = 0.05

/**
 * Every held or targeted instrument against its target, and cash when the band includes it.
 *
 * Units   weights are fractions of equity; an untargeted holding has target 0, an absent holding weighs 0.
 * Edges   the limit itself breaches: 25 % → 30 % at absolute 0.05, 25 % → 26.25 % at relative 0.05. A relative band
 *         gives way to the absolute 0.05 at |target| below `relativeFloor` and at 0 (both within 1e-12). A holding that is frozen (price
 *         missing, stale or invalid) has no row, its weight being unknown, and makes the analysis inconclusive, as does
 *         equity that is not positive. A target not held needs no price: its gap is its weight.
 * Errors  none: total on every input. Cost O(n log n).
 * Source  design domain.md section 2.
 */
export function analyseDrift(valuation: Valuation, targets: TargetSet, band: DriftBand): DriftAnalysis {
  if (!valuation.equity.gt(0))
    return { rows: [], breaches: [], largest: 0, inconclusive: [`equity is ${valuation.equity.toFixed()}`] }
  const unpriced = new Set(valuation.unpriced)
  const frozen = new Map(
    valuation.frozen
      .filter(({ instrument }) => unpriced.has(instrument) || weighs(instrument, valuation, targets))
      .map(({ instrument, reason }) => [instrument, reason.message]),
  )
  const ids = [...Object.keys(valuation.values), ...Object.keys(targets.weights)] as InstrumentId[]
  const rows = [...new Set(ids)]
    .filter((instrument) => !frozen.has(instrument))
    .map((instrument) =>
      row(instrument, valuation.weights[instrument] ?? 0, targets.weights[instrument] ?? 0, band, instrument),
    )
  if (band.includeCash) rows.push(row('CASH', valuation.cashWeight, targets.cash, band, null))
  rows.sort((a, b) => widest(b) - widest(a) || (a.instrument < b.instrument ? -1 : 1))
  return {
    rows,
    breaches: rows.filter(({ breached }) => breached),
    largest: rows.reduce((largest, { held, target }) => Math.max(largest, Math.abs(held - target)), 0),
    inconclusive: [...frozen.values()].sort(),
  }
}

function weighs(instrument: InstrumentId, { values }: Valuation, { weights }: TargetSet): boolean {
  return values[instrument]?.isZero() === false || (weights[instrument] ?? 0) !== 0
}

/** A gap in units of its band; a band of zero is infinitely far behind any gap. */
const widest = ({ gap, band }: DriftRow): number => (band > 0 ? gap / band : Number.MAX_VALUE)

/** The band that applies to an instrument (null: cash) at a target weight, and whether it is relative to that weight. */
function bandOf(
  target: number,
  policy: DriftBand,
  instrument: InstrumentId | null,
): { readonly kind: DriftRow['kind']; readonly band: number } {
  const size = Math.abs(target)
  const own = (instrument === null ? undefined : policy.perInstrument[instrument]) ?? policy.band
  const relative = policy.type === 'relative' && size > AT_LIMIT && size >= policy.relativeFloor - AT_LIMIT
  if (relative) return { kind: 'relative', band: own }
  return { kind: 'absolute', band: policy.type === 'absolute' ? own : ABSOLUTE_BAND }
}

/** How far a weight may be from its target, as a fraction of equity, before its band is breached (within 1e-12 of the band). */
export function widthOf(target: number, policy: DriftBand, instrument: InstrumentId | null): number {
  const { kind, band } = bandOf(target, policy, instrument)
  return kind === 'relative' ? band * Math.abs(target) : band
}

function row(
  instrument: DriftRow['instrument'],
  held: number,
  target: number,
  policy: DriftBand,
  override: InstrumentId | null,
): DriftRow {
  const { kind, band } = bandOf(target, policy, override)
  const gap = kind === 'relative' ? Math.abs(held - target) / Math.abs(target) : Math.abs(held - target)
  return { instrument, held, target, gap, band, kind, breached: gap >= band - AT_LIMIT }
}
