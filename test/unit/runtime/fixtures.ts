import { virtualClock } from '#adapters/clock/virtual.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import type { Execution } from '#domain/book/events.js'
import type { Order } from '#domain/order.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { Commit, Journal } from '#ports/journal.js'
import { type Log, silentLog } from '#ports/log.js'
import type { Staged } from '#runtime/actor.js'
import { Host } from '#runtime/host.js'
import type { Origin } from '#runtime/record.js'
import { executionId, incarnation, instrumentId, orderId, type PortfolioId, portfolioId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import type { Approved } from '#units/proof.js'
import { policy, SESSION, START, targets, viewAt } from '../../machine/fixtures.js'

/** The portfolios of these tests. */
export const CORE = portfolioId('core')
/** See {@link CORE}. */
export const OTHER = portfolioId('other')

/** A paper policy of that name. */
export const policyFor = (id: PortfolioId, changes: Partial<PortfolioPolicy> = {}): PortfolioPolicy =>
  policy({ id, ...changes })

/** The first fact of a portfolio. */
export const created = (id: PortfolioId, changes: Partial<PortfolioPolicy> = {}): PortfolioFact => ({
  type: 'created',
  policy: policyFor(id, changes),
  incarnation: incarnation('incarnation1'),
})

/** Cash in. */
export const deposit = (amount = '1000'): PortfolioFact => ({
  type: 'deposited',
  amount: money(amount),
  view: viewAt(START),
})

/** An execution of an order nobody tracks. */
export const executionOf = (id: string, changes: Partial<Execution> = {}): Execution => ({
  id: executionId(id),
  orderId: orderId('A'.repeat(26)),
  instrument: instrumentId('AAA'),
  side: 'buy',
  quantity: quantity('2'),
  price: price('100'),
  fee: money('0'),
  at: START,
  session: SESSION,
  venue: 'paper',
  ...changes,
})

/** A fill that no book can take: its price is no number. */
export const impossible = (): PortfolioFact => ({
  type: 'filled',
  execution: executionOf('bad', { price: price('NaN') }),
})

/** A host on a real journal, with everything it was told of. */
export interface Hosted {
  readonly host: Host
  readonly journal: Journal
  readonly clock: ReturnType<typeof virtualClock>
  readonly durable: Staged[]
  readonly batches: (readonly Commit[])[]
  readonly fatal: unknown[]
}

/** Opens a host on the journal of a directory; `disk` may stand between it and the journal's commits. */
export function openHost(
  dir: string,
  disk?: (commit: Journal['commit']) => Journal['commit'],
  log: Log = silentLog,
): Hosted {
  const real = openJournal({ dir })
  const batches: (readonly Commit[])[] = []
  const write = disk?.(real.commit) ?? real.commit
  const journal: Journal = {
    ...real,
    commit: (commits) => {
      batches.push(commits)
      return write(commits)
    },
  }
  const clock = virtualClock(START)
  const durable: Staged[] = []
  const fatal: unknown[] = []
  const host = new Host({
    journal,
    clock,
    log,
    onDurable: (staged) => durable.push(staged),
    onFatal: (error) => fatal.push(error),
  })
  return { host, journal, clock, durable, batches, fatal }
}

/** Takes a portfolio from nothing to a run whose buys of AAA and BBB wait for the venue's answer. */
export async function buying(host: Host, id: PortfolioId = CORE): Promise<readonly Approved<Order>[]> {
  const view = viewAt(START)
  const trigger = { kind: 'manual', at: START, session: SESSION, why: 'test', evidence: {} } as const
  const facts: readonly PortfolioFact[] = [
    created(id),
    { type: 'opened', epoch: 1 },
    { type: 'reconciled', decision: 'resume', reason: '' },
    deposit('100000'),
    { type: 'triggered', trigger, view },
  ]
  for (const fact of facts) await host.deliver(id, fact, 'test')
  const answer = targets({ AAA: 0.5, BBB: 0.4 })
  await host.deliver(id, { type: 'solved', request: 'R-1', answer, view }, 'R-1', answering('solve:R-1'))
  await host.deliver(id, { type: 'observed', request: 'R-1.1', view }, 'R-1', answering('observe:R-1.1'))
  return Object.values(host.snapshot(id)!.context.run!.orders)
}

/** The origin of an event that answers a request. */
export const answering = (key: string): Origin => ({ answers: [key], inbox: null })
