import { Decimal } from '#units/decimal.js'
import { money, total } from '#units/money.js'
import type { ShadowOutcome, ShadowRecord } from './record.js'
import type { ShadowSide } from './side.js'

/** Means over the runs compared, of the live policy and of its candidate. */
export interface ShadowMeans {
  /** One-way, fraction of equity. */
  readonly turnover: number
  /** Estimated cost of a run, decimal text. */
  readonly cost: string
}

/** What the records of one candidate come to. */
export interface ShadowSummary {
  /** The candidate of the newest record; null without any. */
  readonly candidate: string | null
  /** Its records by outcome. */
  readonly runs: Readonly<Record<ShadowOutcome, number>>
  /** Runs that could be compared: `same` and `differs`. */
  readonly compared: number
  /** Means over {@link compared}; null when there are none. */
  readonly live: ShadowMeans | null
  readonly shadow: ShadowMeans | null
  /** Mean distance of their targets, where both sides had some; null where none had. */
  readonly distance: number | null
  /** Records of earlier candidates: they are in no figure. */
  readonly others: number
}

/** Sums up records, oldest first, of the newest one's candidate: figures of different candidates do not add up to anything. */
export function summaryOf(records: readonly ShadowRecord[]): ShadowSummary {
  const candidate = records.at(-1)?.candidate ?? null
  const mine = records.filter((record) => record.candidate === candidate)
  const runs = { same: 0, differs: 0, failed: 0, dropped: 0 }
  for (const { outcome } of mine) runs[outcome] += 1
  const pairs = mine.flatMap(({ outcome, live, shadow, difference }) =>
    (outcome === 'same' || outcome === 'differs') && shadow !== null ? [{ live, shadow, difference }] : [],
  )
  const distances = pairs.flatMap(({ difference }) => difference?.distance ?? [])
  return {
    candidate,
    runs,
    compared: pairs.length,
    live: meansOf(pairs.map(({ live }) => live)),
    shadow: meansOf(pairs.map(({ shadow }) => shadow)),
    distance: distances.length === 0 ? null : mean(distances),
    others: records.length - mine.length,
  }
}

function meansOf(sides: readonly ShadowSide[]): ShadowMeans | null {
  if (sides.length === 0) return null
  return {
    turnover: mean(sides.map(({ turnover }) => turnover)),
    cost: total(sides.map(({ cost }) => money(cost)))
      .dividedBy(new Decimal(String(sides.length)))
      .toFixed(2),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
