import { type Money, minus } from '#units/money.js'
import { cashOf, reservedCash } from '../book/book.js'
import { collateral } from '../book/collateral.js'
import { amount } from '../explain/words.js'
import { specsOf } from '../instrument/registry.js'
import { cashKept } from '../plan/withdraw-cash.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import { value } from './begin.js'

/**
 * Fractions of equity that a withdrawal leaves in cash: the reserve of the policy, or the targets' cash when that is more;
 * and the reserve beside what shorts tie up.
 */
export function sharesKept({ policy, effective }: PortfolioState): { readonly kept: number; readonly reserve: number } {
  const reserve = Math.max(0, policy.targets.cashReserve)
  return { kept: Math.max(reserve, effective?.cash ?? 0), reserve }
}

/**
 * What a withdrawal's run has freed, in a sentence, when that is less than was asked for: its sales may have brought less
 * than planned. Null when cash beside what is kept of the rest covers the amount, and for every other run.
 */
export function shortOfAmount(state: PortfolioState, { trigger: { task }, view }: Run): string | null {
  if (task?.type !== 'withdraw-cash') return null
  const { equity, values } = value(state, view)
  const tied = collateral({ book: state.book, specs: specsOf(state.policy.universe), values }, true)
  const kept = cashKept(minus(equity, task.amount), tied, sharesKept(state))
  const freed: Money = minus(minus(cashOf(state.book), reservedCash(state.book)), kept)
  return freed.gte(task.amount) ? null : `frees ${amount(freed)} of ${amount(task.amount)}`
}
