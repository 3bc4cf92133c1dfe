import type { Money } from '#units/money.js'

/** What a run does: `full` solves for targets and trades to them, the others keep those there are. */
export type RunType = 'full' | 'invest-cash' | 'withdraw-cash' | 'liquidate'

/**
 * What an operator asks of a run other than a rebalance as the policy has it: one that goes all the way to the targets, however
 * far the policy trades; put at most an amount to work; free an amount for a payout; or turn everything into cash.
 */
export type RunTask =
  | { readonly type: 'full'; readonly to: 'target' }
  | { readonly type: 'invest-cash' | 'withdraw-cash'; readonly amount: Money }
  | { readonly type: 'liquidate' }
