import type { OrderExplanation, RunExplanation, SymbolExplanation } from '#domain/explain/explanation.js'
import { explainOrder } from '#domain/explain/order.js'
import { explainRun } from '#domain/explain/run.js'
import { explainSymbol } from '#domain/explain/symbol.js'
import type { Run } from '#domain/run.js'
import { Fault } from '#units/fault.js'
import { instrumentId, type OrderId, type PortfolioId } from '#units/ids.js'
import { runsOf } from './runs.js'
import type { Sight } from './sight.js'

const RUN = /^R-\d+$/
const ORDER = /^[A-Z2-7]{26}$/
const PLAN = /^[0-9a-f]{6,64}$/
const SYMBOL = /^[A-Za-z0-9._-]{1,32}$/

/** What to explain: an order or run by its id, a plan by the start of its hash, a symbol. */
export interface ExplainAsked {
  readonly what: string
  /** Newest runs of a symbol at most. */
  readonly limit: number
}

/** What one portfolio has of it. */
export type Found =
  | { readonly by: 'run' | 'plan'; readonly run: RunExplanation }
  | { readonly by: 'order'; readonly order: OrderExplanation }
  /** `total` counts its runs, those beyond the limit too. */
  | { readonly by: 'symbol'; readonly symbol: SymbolExplanation; readonly total: number }
  | { readonly by: 'none' }

const NONE: Found = { by: 'none' }

/** What one portfolio's runs say of it. @throws Fault `AMBIGUOUS` when several of its plans begin so. */
export function explained(sight: Sight, portfolio: PortfolioId, { what, limit }: ExplainAsked): Found {
  const runs = runsOf(sight, portfolio)
  const planned = PLAN.test(what) ? runs.filter((run) => run.plan?.hash.startsWith(what)) : []
  if (RUN.test(what)) return runFound(runs, what)
  if (ORDER.test(what)) return orderFound(runs, what as OrderId)
  if (planned.length > 0) return { by: 'plan', run: explainRun(newestOfOnePlan(planned, what)) }
  return SYMBOL.test(what) ? symbolFound(runs, what, limit) : NONE
}

function runFound(runs: readonly Run[], what: string): Found {
  const run = runs.find(({ id }) => id === what)
  return run === undefined ? NONE : { by: 'run', run: explainRun(run) }
}

function orderFound(runs: readonly Run[], id: OrderId): Found {
  const run = runs.find((row) => Object.hasOwn(row.orders, id))
  const order = run && explainOrder(run, id)
  return order?.ok === true ? { by: 'order', order: order.value } : NONE
}

function symbolFound(runs: readonly Run[], what: string, limit: number): Found {
  const found = explainSymbol([...runs].sort(byStart), instrumentId(what))
  if (!found.ok) return NONE
  const { instrument, runs: parts } = found.value
  return { by: 'symbol', symbol: { instrument, runs: parts.slice(-limit) }, total: parts.length }
}

/** The newest run of a plan; equal plans have equal hashes. */
function newestOfOnePlan(found: readonly Run[], what: string): Run {
  if (new Set(found.map((run) => run.plan?.hash)).size > 1) throw severalPlans(what)
  return [...found].sort(byStart).at(-1)!
}

/**
 * One answer out of what several portfolios have.
 * @throws Fault `AMBIGUOUS` when several have a run or plan of that name, `NOT_FOUND` or `SYMBOL_UNKNOWN` when none.
 */
export function oneAnswer(found: readonly Found[], { what, limit }: ExplainAsked): Exclude<Found, { by: 'none' }> {
  const [named, planned] = [only(found, 'run'), only(found, 'plan')]
  const order = only(found, 'order')[0]
  const symbols = only(found, 'symbol')
  if (named.length > 1) {
    const owners = named.map(({ run }) => run.portfolio).join(', ')
    throw new Fault('AMBIGUOUS', `${what} is a run of ${owners}: say which with -p`, 'never')
  }
  if (new Set(planned.map(({ run }) => run.plan?.hash)).size > 1) throw severalPlans(what)
  const newest = [...planned].sort((a, b) => byStart(a.run, b.run)).at(-1)
  const one = named[0] ?? order ?? newest
  if (one !== undefined) return one
  const [first] = symbols
  if (first === undefined) throw nothing(what)
  const runs = symbols.flatMap(({ symbol }) => symbol.runs).sort(bySession)
  const total = symbols.reduce((sum, row) => sum + row.total, 0)
  return { by: 'symbol', symbol: { ...first.symbol, runs: runs.slice(-limit) }, total }
}

type Start = { readonly startedAt: number; readonly portfolio: string }
const byStart = (a: Start, b: Start): number => a.startedAt - b.startedAt || (a.portfolio < b.portfolio ? -1 : 1)

type InSession = SymbolExplanation['runs'][number]
const bySession = (a: InSession, b: InSession): number =>
  compared(a.session, b.session) || compared(a.portfolio, b.portfolio)
const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const only = <B extends Found['by']>(found: readonly Found[], by: B): readonly (Found & { readonly by: B })[] =>
  found.filter((row): row is Found & { readonly by: B } => row.by === by)

const severalPlans = (what: string): Fault =>
  new Fault('AMBIGUOUS', `several plans begin with ${what}: give more digits`, 'never')

function nothing(what: string): Fault {
  const kind = RUN.test(what) ? 'run' : ORDER.test(what) ? 'order' : 'order, run, plan or symbol'
  if (kind === 'order, run, plan or symbol' && SYMBOL.test(what))
    return new Fault('SYMBOL_UNKNOWN', `no run has held, wanted or considered ${what}`, 'never')
  return new Fault('NOT_FOUND', `there is no ${kind} ${what} in the journal`, 'never')
}
