import { type Mutant, one } from './mutant.js'

/** Faults in runs that move cash, and in its payment. */
export const CASH: readonly Mutant[] = [
  one(
    'withdrawal-buys',
    'a withdrawal that has sold goes on to buy what its targets lack',
    'machines/guards.ts',
    "context.run?.type === 'withdraw-cash' && allComplete(context.run)",
    'context.run === null && allComplete(context.run)',
  ),
  one(
    'investment-sells',
    'an investment of cash sells what is over its target',
    'src/domain/lifecycle/planning.ts',
    "  if (run.type === 'invest-cash') return quiet(withRun(state, { plan: buyPlan(state, targets, run.view) }))\n",
    '',
  ),
  one(
    'liquidation-leaves-trading-on',
    'a liquidation does not pause trading',
    'machines/portfolio.machine.ts',
    '{ ...PERMISSION, triggered: LIQUIDATES, filled:',
    '{ ...PERMISSION, filled:',
  ),
  one(
    'payment-unchecked',
    'more cash is paid out than is free',
    'src/daemon/control/cash.ts',
    "    if (flow === 'payout') assertCovered(",
    "    if (flow === 'payout' && parts === undefined) assertCovered(",
  ),
  one(
    'promised-cash-paid-out',
    'cash that open orders were promised is paid out',
    'src/domain/book/collateral.ts',
    'minus(spendableCash(book, false), collateral(',
    'minus(spendableCash({ ...book, reservations: {} }, false), collateral(',
  ),
]
