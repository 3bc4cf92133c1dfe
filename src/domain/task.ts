import type { Money } from '#units/money.js'

/**
 * What a run does: `full` solves for targets and trades to them, the others keep those there are; `cure` takes what is past a
 * limit back to it.
 */
export type RunType = 'full' | 'invest-cash' | 'withdraw-cash' | 'liquidate' | 'cure'

/**
 * What is asked of a run other than a rebalance as the policy has it. By an operator: one that goes all the way to the targets, however
 * far the policy trades; put at most an amount to work; free an amount for a payout; or turn everything into cash. By a breach
 * that is overdue: to cure it.
 */
export type RunTask =
  | { readonly type: 'full'; readonly to: 'target' }
  | { readonly type: 'invest-cash' | 'withdraw-cash'; readonly amount: Money }
  | { readonly type: 'liquidate' | 'cure' }
