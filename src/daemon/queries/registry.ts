import { driftOf } from './drift.js'
import { entryRows } from './entries.js'
import { explained } from './explain.js'
import { fillRows } from './fills.js'
import { orderRows } from './orders.js'
import { planOf } from './plan.js'
import { holdingsOf } from './positions.js'
import { runRows, runShown } from './runs.js'
import { shadowOf } from './shadow.js'
import { statusOf } from './status.js'

/** Every question about one portfolio, by the verb it is asked with; answers are plain data that JSON can carry. */
export const queries = {
  status: statusOf,
  drift: driftOf,
  plan: planOf,
  explain: explained,
  runs: runRows,
  'run-show': runShown,
  orders: orderRows,
  fills: fillRows,
  positions: holdingsOf,
  journal: entryRows,
  shadow: shadowOf,
} as const

/** A question's verb. */
export type QueryName = keyof typeof queries
/** What a question asks beside the portfolio; an empty object when nothing. */
export type Asked<Q extends QueryName> =
  Parameters<(typeof queries)[Q]> extends [unknown, unknown, infer A] ? A : Readonly<Record<string, never>>
/** What a question is answered with. */
export type Told<Q extends QueryName> = Awaited<ReturnType<(typeof queries)[Q]>>
