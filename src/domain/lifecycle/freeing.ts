import { decimalFromFloat } from '#units/decimal.js'
import { type Money, minus, scaled } from '#units/money.js'
import { cashOf, reservedCash } from '../book/book.js'
import { amount } from '../explain/words.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import { value } from './begin.js'

/** Fraction of equity that a withdrawal leaves in cash: the reserve of the policy, or the targets' cash when that is more. */
export const keptBeside = ({ policy, effective }: PortfolioState): number =>
  Math.max(0, policy.targets.cashReserve, effective?.cash ?? 0)

/**
 * What a withdrawal's run has freed, in a sentence, when that is less than was asked for: its sales may have brought less
 * than planned. Null when cash beside what is kept of the rest covers the amount, and for every other run.
 */
export function shortOfAmount(state: PortfolioState, { trigger: { task }, view }: Run): string | null {
  if (task?.type !== 'withdraw-cash') return null
  const kept = scaled(minus(value(state, view).equity, task.amount), decimalFromFloat(keptBeside(state)))
  const freed: Money = minus(minus(cashOf(state.book), reservedCash(state.book)), kept)
  return freed.gte(task.amount) ? null : `frees ${amount(freed)} of ${amount(task.amount)}`
}
