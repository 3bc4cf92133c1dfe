import type { Execution } from '#domain/book/events.js'
import { ENTRY_VERSION, type Entry, GENESIS, seal } from '#domain/portfolio/entry.js'
import type { PortfolioEvent, PortfolioFact } from '#domain/portfolio/event.js'
import { stateHashOf } from '#domain/portfolio/state-hash.js'
import type { Run } from '#domain/run.js'
import type { Commit, Snapshot } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { executionId, instrumentId, orderId, type PortfolioId, portfolioId, runId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'

/** 2026-01-05T14:30:00Z. */
export const START = instant(1_767_623_400_000)

/** Three portfolios whose names are prefixes of each other: their rows must not mix. */
export const PORTFOLIOS: readonly PortfolioId[] = ['core', 'core-2', 'c'].map(portfolioId)

/** A deposit with decimals a float cannot hold. */
export const deposit: PortfolioFact = {
  type: 'deposited',
  amount: money('100000.10'),
  view: {
    at: START,
    session: sessionDate('2026-01-05'),
    barSize: '1d',
    quotes: { [instrumentId('MSFT')]: { price: price('412.3300000000000000000001'), at: START, sessionsOld: 0 } },
  },
}

/** An execution, its id and price taken from `n`. */
export const executionOf = (n: number): Execution => ({
  id: executionId(`X-${n}`),
  orderId: orderId('ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  instrument: instrumentId('MSFT'),
  side: 'buy',
  quantity: quantity(`${n}.5`),
  price: price('412.33'),
  fee: money('0.35'),
  at: instant(START + n),
  session: sessionDate('2026-01-05'),
  venue: 'paper',
})

/** A run's record as far as a journal looks into it: its id and number. */
export const runOf = (portfolio: PortfolioId, number: number, outcome = ''): Run =>
  ({
    id: runId(number),
    portfolio,
    number,
    status: 'COMPLETED',
    realisedCost: money('12.34'),
    outcome,
  }) as unknown as Run

/** The state after entry `seq` of every sample, as its snapshot. */
export const snapshotOf = (seq: number): Snapshot => ({ seq, text: encode({ seq }) })

/** The commit that continues `prev` with a fact, changing nothing but the entry unless told. */
export function commitAfter(
  portfolio: PortfolioId,
  prev: Pick<Entry, 'seq' | 'hash'>,
  fact: PortfolioFact = deposit,
  changes: Partial<Omit<Commit, 'entry'>> = {},
): Commit {
  const seq = prev.seq + 1
  const event: PortfolioEvent = { ...fact, seq, at: instant(START + seq), cause: `cause-${seq}` }
  const draft = {
    v: ENTRY_VERSION,
    portfolio,
    seq,
    at: event.at,
    epoch: 1,
    event,
    effects: [],
    stateHash: stateHashOf((changes.snapshot ?? snapshotOf(seq)).text, ENTRY_VERSION),
  }
  return {
    entry: seal(draft, prev.hash),
    outboxPut: [],
    outboxRemove: [],
    timersPut: [],
    timersRemove: [],
    inboxPut: [],
    snapshot: null,
    run: null,
    execution: null,
    ...changes,
  }
}

/** A chain of plain commits from the beginning. */
export function commitsOf(portfolio: PortfolioId, count: number): readonly Commit[] {
  const commits: Commit[] = []
  for (let made = 0; made < count; made += 1)
    commits.push(commitAfter(portfolio, commits.at(-1)?.entry ?? { seq: 0, hash: GENESIS }))
  return commits
}
