import type { Execution } from '#domain/book/events.js'
import { drawdown, openBook } from '#domain/book/evolve.js'
import { positionAccount } from '#domain/book/postings.js'
import { valuation } from '#domain/book/valuation.js'
import { specsOf } from '#domain/instrument/registry.js'
import { bookDeposit, bookFill, markSession } from '#domain/lifecycle/booking.js'
import { resetMark } from '#domain/lifecycle/losses.js'
import type { BarSize, MarketView } from '#domain/market.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import { freshMemory, type PortfolioState } from '#domain/portfolio/state.js'
import type { Run } from '#domain/run.js'
import type { Journal } from '#ports/journal.js'
import { hold } from '#units/assert.js'
import { Decimal } from '#units/decimal.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { noMoney, total, worth } from '#units/money.js'
import type { PortfolioHistory, PositionSummary, RunSummary, SessionClose, Trade } from './portfolio-history.js'

/** What of a journal a report reads. */
export type ReadableHistory = Pick<Journal, 'entries' | 'runs' | 'executions' | 'verify' | 'head'>

/** Entries read at a time: bounds memory, whatever the length of the history. */
const PAGE = 1_000

/**
 * A portfolio's history as its journal tells it. The books are folded from the entries by the same decisions the
 * engine made them with (deposits, fills, marks), so every close is exact; runs come from the journal's index.
 * A policy counts from its entry on, which for the books means its instruments' terms.
 *
 * Errors  @throws Fault JOURNAL_CORRUPT when an entry cannot be read or the portfolio was never created; a chain that
 *         reads but does not verify is reported in `verification`.
 * Cost    linear in the entries, times the instruments held for each mark.
 */
export function collect(journal: ReadableHistory, portfolio: PortfolioId): PortfolioHistory {
  const { state, sessions, weights, lastView } = foldBooks(journal, portfolio)
  const { policy, book } = state
  const runs = journal.runs(portfolio).map(summaryOf)
  const { deposited, bought, sold, fees } = book.tally
  return {
    portfolio,
    name: policy.name,
    currency: policy.currency,
    targets: policy.targets.name,
    barSize: lastView?.barSize ?? ('1d' satisfies BarSize),
    sessions,
    weights: [...weights.keys()].sort().map((instrument) => ({
      instrument,
      values: padded(weights.get(instrument)!, sessions.length),
    })),
    runs,
    trades: journal
      .executions(portfolio)
      .filter(({ id }) => state.corrections?.busted.includes(id) !== true)
      .map((execution) => tradeOf(execution, state)),
    totals: {
      deposited,
      bought,
      sold,
      fees,
      estimatedCost: total(runs.map((run) => run.estimatedCost ?? noMoney)),
      realisedCost: total(runs.map((run) => run.realisedCost)),
    },
    positions: positionsOf(state, lastView),
    cash: book.accounts.cash ?? noMoney,
    head: journal.head(portfolio),
    verification: journal.verify(portfolio),
  }
}

interface Folded {
  readonly state: PortfolioState
  readonly sessions: readonly SessionClose[]
  readonly weights: ReadonlyMap<InstrumentId, readonly number[]>
  readonly lastView: MarketView | null
}

function foldBooks(journal: ReadableHistory, portfolio: PortfolioId): Folded {
  let state: PortfolioState | null = null
  let lastView: MarketView | null = null
  const sessions: SessionClose[] = []
  const weights = new Map<InstrumentId, number[]>()
  for (let from = 1; ; from += PAGE) {
    const page = journal.entries(portfolio, from, PAGE)
    for (const { event } of page) {
      state = state === null ? opened(event) : booked(state, event)
      if (event.type !== 'marked') continue
      lastView = event.view
      noteClose(state, event.view, sessions, weights)
    }
    if (page.length < PAGE) break
  }
  if (state === null)
    throw new Fault('JOURNAL_CORRUPT', `the journal holds no entry of ${portfolio}`, 'never', { portfolio })
  return { state, sessions, weights, lastView }
}

function opened(event: PortfolioEvent): PortfolioState {
  hold(event.type === 'created', 'create', () => `a history cannot begin with ${event.type}`)
  const { policy, incarnation } = event
  return {
    policy,
    incarnation,
    epoch: 0,
    book: openBook(policy.currency),
    effective: null,
    memory: freshMemory,
    runs: 0,
    run: null,
    permissionReason: '',
  }
}

/** The books after an event: the part of the statechart that is open at all times, whatever a run is doing. */
function booked(state: PortfolioState, event: PortfolioEvent): PortfolioState {
  switch (event.type) {
    case 'deposited':
      return bookDeposit(state, event).state
    case 'filled':
      return bookFill(state, event).state
    case 'marked':
      return markSession(state, event).state
    case 'markReset':
      return resetMark(state, event).state
    case 'configured':
    case 'restored':
      return { ...state, policy: event.policy }
    default:
      return state
  }
}

function noteClose(
  state: PortfolioState,
  view: MarketView,
  sessions: SessionClose[],
  weights: Map<InstrumentId, number[]>,
): void {
  const { book, policy } = state
  const valued = valuation(book, view, specsOf(policy.universe))
  for (const [instrument, weight] of Object.entries(valued.weights) as [InstrumentId, number][]) {
    const values = weights.get(instrument) ?? []
    while (values.length < sessions.length) values.push(0)
    values.push(weight)
    weights.set(instrument, values)
  }
  sessions.push({
    session: view.session,
    equity: book.nav.equity,
    level: book.nav.perUnit.toNumber(),
    drawdown: drawdown(book),
    cash: valued.cashWeight,
  })
}

const padded = (values: readonly number[], length: number): readonly number[] =>
  values.length === length ? values : [...values, ...new Array<number>(length - values.length).fill(0)]

function summaryOf(run: Run): RunSummary {
  const orders = Object.values(run.orders)
  const traded = (side: 'buy' | 'sell') =>
    total(orders.filter((order) => order.body.side === side).map((order) => order.value))
  const answer = run.answer?.kind === 'targets' ? run.answer : null
  return {
    id: run.id,
    session: run.session,
    trigger: run.trigger.kind,
    why: run.trigger.why,
    status: run.status,
    outcome: run.outcome,
    turnover: run.plan?.turnover ?? null,
    estimatedCost: run.plan?.cost.total ?? null,
    realisedCost: run.realisedCost,
    cvarBefore: answer?.riskBefore?.cvar ?? null,
    cvarAfter: answer?.riskAfter?.cvar ?? null,
    bought: traded('buy'),
    sold: traded('sell'),
  }
}

function tradeOf(execution: Execution, { policy }: PortfolioState): Trade {
  const { session, instrument, side, quantity, price, fee } = execution
  const multiplier = new Decimal(policy.universe.find((spec) => spec.id === instrument)?.multiplier ?? '1')
  return { session, instrument, side, quantity, price, value: worth(quantity, price, multiplier), fee }
}

/** Positions at the last mark, the largest first. */
function positionsOf({ book, policy }: PortfolioState, view: MarketView | null): readonly PositionSummary[] {
  const valued = view === null ? null : valuation(book, view, specsOf(policy.universe))
  const names = Object.keys(book.positions).sort() as InstrumentId[]
  return names
    .map((instrument) => ({
      instrument,
      quantity: book.positions[instrument]!.quantity,
      price: view?.quotes[instrument]?.price ?? null,
      value: valued?.values[instrument] ?? null,
      weight: valued?.weights[instrument] ?? 0,
      cost: book.accounts[positionAccount(instrument)] ?? noMoney,
    }))
    .sort((a, b) => b.weight - a.weight)
}
