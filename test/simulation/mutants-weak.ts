import { type Mutant, one } from './mutant.js'

/** Faults in how gateways that promise less are worked with. */
export const WEAK: readonly Mutant[] = [
  one(
    'not-asked-first',
    'an order is sent again to a gateway that would take it twice',
    'src/runtime/dispatch.ts',
    'context.support?.idempotent === false',
    'context.support?.idempotent === undefined',
  ),
  one(
    'never-lapses',
    'an order the gateway cannot promise never to take is waited for beyond its day',
    'machines/orders.ts',
    'dayOver: isDayOver(state, order, event.at),',
    'dayOver: isDayOver(state, order, event.at) && order.sends < 0,',
  ),
  one(
    'listed-all-the-same',
    'executions are asked of a gateway that cannot list them',
    'src/runtime/reconcile.ts',
    '  if (stateIn(host, portfolio).support?.replay === false) return\n',
    '',
  ),
]
