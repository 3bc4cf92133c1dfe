import type { PaperVenue } from '#adapters/gateway/paper.js'
import { cashOf } from '#domain/book/book.js'
import { assertBook } from '#domain/book/invariants.js'
import { explainOrder } from '#domain/explain/order.js'
import { isComplete } from '#domain/order.js'
import { FINAL_RUN, type Run } from '#domain/run.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Journal } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import { type Money, minus, negated, noQuantity, plus, type Quantity, worth } from '#units/money.js'

/** What a portfolio's books and journal look like when examined afterwards, from the outside. */
export interface Examination {
  readonly portfolio: PortfolioId
  readonly runs: Readonly<Record<string, number>>
  /** Runs accepted that traded. */
  readonly committed: number
  readonly orders: number
  readonly explained: number
  readonly fills: number
  readonly fees: Money
  readonly cash: Money
  readonly equity: Money
  /** Cash in the books less cash recomputed from the venue's own record of executions; zero when nothing was lost. */
  readonly cashDifference: Money
  /** Instruments whose position differs from the venue's. */
  readonly positionDifferences: readonly string[]
  readonly acceptedTwice: number
  readonly head: string
  readonly entries: number
  /** Digest of the whole book, and of all order ids in order: equal runs have equal ones, however they were run. */
  readonly book: string
  readonly orderIds: string
  /** Everything found wrong; empty when all is well. */
  readonly faults: readonly string[]
}

/** What is examined: the journal, the state it gives, and the venue. */
export interface Evidence {
  readonly journal: Pick<Journal, 'runs' | 'verify'>
  readonly snapshot: (portfolio: PortfolioId) => PortfolioSnapshot | undefined
  readonly venue: Pick<PaperVenue, 'acceptances' | 'executions'>
}

/**
 * Examines a portfolio with evidence the engine did not make: the venue's executions against the books, the journal's
 * bytes against its hash chain, every order against its explanation.
 */
export async function examine(evidence: Evidence, portfolio: PortfolioId): Promise<Examination> {
  const { journal, venue } = evidence
  const snapshot = evidence.snapshot(portfolio)
  if (snapshot === undefined) throw new RangeError(`${portfolio} is not hosted`)
  const { book } = snapshot.context
  assertBook(book)
  const runs = journal.runs(portfolio)
  const orders = runs.flatMap((run) => Object.values(run.orders).map((order) => ({ run, order })))
  const explained = orders.filter(({ run, order }) => explainOrder(run, order.id).ok).length
  const recomputed = await recompute({ venue }, portfolio, snapshot.context.policy.initialCash)
  const verified = journal.verify(portfolio)
  const twice = new Set(
    venue
      .acceptances()
      .filter((row) => row.times !== 1)
      .map((row) => row.orderId),
  )
  const acceptedTwice = orders.filter(({ order }) => twice.has(order.id as OrderId)).length
  const names = new Set([...Object.keys(recomputed.units), ...Object.keys(book.positions)])
  const positionDifferences = [...names].sort().filter((name) => {
    const ours =
      (book.positions as Readonly<Record<string, { readonly quantity: Quantity }>>)[name]?.quantity ?? noQuantity
    return !ours.eq(recomputed.units[name] ?? noQuantity)
  })
  const cashDifference = minus(cashOf(book), recomputed.cash)
  const open = runs.filter((run) => !FINAL_RUN.has(run.status)).length
  const incomplete = orders.filter(({ order }) => !isComplete(order)).length
  return {
    portfolio,
    runs: countBy(runs.map((run) => run.status)),
    committed: runs.filter(tradedAndCommitted).length,
    orders: orders.length,
    explained,
    fills: book.tally.fills,
    fees: book.tally.fees,
    cash: cashOf(book),
    equity: book.nav.equity,
    cashDifference,
    positionDifferences,
    acceptedTwice,
    head: verified.ok ? verified.head : '',
    entries: verified.ok ? verified.entries : 0,
    book: digest(encode(book)),
    orderIds: digest(encode(orders.map(({ order }) => order.id).sort())),
    faults: [
      ...(verified.ok ? [] : [`journal: ${verified.message}`]),
      ...(explained === orders.length ? [] : [`${orders.length - explained} orders have no explanation`]),
      ...(cashDifference.isZero() ? [] : [`cash differs from the venue's executions by ${cashDifference}`]),
      ...positionDifferences.map((name) => `position in ${name} differs from the venue's`),
      ...(acceptedTwice === 0 ? [] : [`${acceptedTwice} orders were accepted twice`]),
      ...(open === 0 ? [] : [`${open} runs never ended`]),
      ...(incomplete === 0 ? [] : [`${incomplete} orders never completed`]),
      ...(snapshot.value.permission === 'active' ? [] : [`trading is ${snapshot.value.permission}`]),
    ],
  }
}

const tradedAndCommitted = (run: Run): boolean =>
  run.status.startsWith('COMPLETED') && Object.values(run.orders).some((order) => order.cumulative.gt(0))

async function recompute(
  { venue }: Pick<Evidence, 'venue'>,
  portfolio: PortfolioId,
  deposited: Money,
): Promise<{ readonly cash: Money; readonly units: Readonly<Record<string, Quantity>> }> {
  let cash = deposited
  const units: Record<string, Quantity> = {}
  for (const { execution } of await venue.executions(portfolio, '')) {
    const { instrument, side, quantity, price, fee } = execution
    const value = worth(quantity, price)
    cash = minus(plus(cash, side === 'sell' ? value : negated(value)), fee)
    units[instrument] = plus(units[instrument] ?? noQuantity, side === 'buy' ? quantity : negated(quantity))
  }
  return { cash, units: Object.fromEntries(Object.entries(units).filter(([, held]) => !held.isZero())) }
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
