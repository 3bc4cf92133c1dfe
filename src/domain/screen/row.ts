import type { InstrumentId } from '#units/ids.js'
import { cashOf } from '../book/book.js'
import { widthOf } from '../drift.js'
import type { PortfolioState } from '../portfolio/state.js'
import { MARGIN, moderate } from './bands.js'

/**
 * What a portfolio holds and is measured against, as numbers: entry 0 is cash, entry k + 1 the k-th name. A value
 * strictly between `low` and `high` times equity is within its band by more than the margin.
 */
export interface ScreenRow {
  readonly names: readonly InstrumentId[]
  /** Units × contract multiplier; cash in money. NaN when it is no moderate number: such a row is never quiet. */
  readonly units: Float64Array
  /** Fractions of equity. */
  readonly low: Float64Array
  readonly high: Float64Array
  /** Which of the names is in the universe, the first of them; -1 when none is. */
  readonly anchor: number
}

/**
 * The row of a portfolio; null when no band can be breached, for want of a drift trigger or of effective targets.
 * Total. Source: design domain.md section 2; ADR 0028.
 */
export function screenRow({ policy, book, effective }: PortfolioState): ScreenRow | null {
  const { drift } = policy.triggers
  if (drift === null || effective === null) return null
  const multipliers = new Map(policy.universe.map((spec) => [spec.id, Number(spec.multiplier)]))
  const names = [...new Set([...Object.keys(book.positions), ...Object.keys(effective.weights)])] as InstrumentId[]
  const size = names.length + 1
  const row = { units: new Float64Array(size), low: new Float64Array(size), high: new Float64Array(size) }
  const set = (at: number, units: number, target: number, width: number): void => {
    const margin = MARGIN * Math.max(1, Math.abs(target), Number.isFinite(width) ? width : 0)
    row.units[at] = moderate(units)
    row.low[at] = target - width + margin
    row.high[at] = target + width - margin
  }
  const cashWidth = drift.includeCash ? widthOf(effective.cash, drift, null) : Number.POSITIVE_INFINITY
  set(0, cashOf(book).toNumber(), effective.cash, cashWidth)
  for (const [index, name] of names.entries()) {
    const units = (book.positions[name]?.quantity.toNumber() ?? 0) * (multipliers.get(name) ?? 1)
    const target = effective.weights[name] ?? 0
    set(index + 1, units, target, widthOf(target, drift, name))
  }
  return { ...row, names, anchor: names.findIndex((name) => multipliers.has(name)) }
}
