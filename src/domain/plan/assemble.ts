import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { greatest, type Money, plus, ratio, total } from '#units/money.js'
import { sumCosts } from '../cost/registry.js'
import type { Leg, Plan, SkippedLeg } from './plan.js'

/** Text order by code unit, the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byExecution = (a: Leg, b: Leg): number =>
  (a.side === b.side ? 0 : a.side === 'sell' ? -1 : 1) ||
  b.value.comparedTo(a.value) ||
  byText(a.instrument, b.instrument)

/**
 * Makes a plan of legs in any order: sells before buys, by value descending inside a side, ties by id; skipped by
 * instrument and reason. Turnover is one-way and 0 unless equity is positive.
 */
export function assemble(legs: readonly Leg[], skipped: readonly SkippedLeg[], equity: Money): Plan {
  const ordered = [...legs].sort(byExecution)
  const sells = total(ordered.filter((leg) => leg.side === 'sell').map((leg) => leg.value))
  const buys = total(ordered.filter((leg) => leg.side === 'buy').map((leg) => leg.value))
  return {
    legs: ordered,
    skipped: [...skipped].sort((a, b) => byText(a.instrument, b.instrument) || byText(a.reason, b.reason)),
    equity,
    turnover: equity.gt(0) ? ratio(greatest(buys, sells), equity) : 0,
    cost: sumCosts(
      ordered.map((leg) => leg.cost),
      plus(buys, sells),
    ),
    hash: digest(encode(ordered)),
  }
}
