import { join } from 'node:path'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import { portfolioId } from '#units/ids.js'
import { instant } from '#units/time.js'

/** Events after which a portfolio is in the middle of a run. */
const MID_RUN: ReadonlySet<string> = new Set(['triggered', 'solved', 'observed', 'orderNews', 'filled'])

/** What must not depend on where the process was killed. */
export interface End {
  readonly portfolio: string
  readonly book: string
  readonly orders: readonly string[]
  readonly executions: string
  readonly verified: boolean
}

/** The end of a state directory, examined after its processes are gone. */
export interface Examined {
  readonly ends: readonly End[]
  readonly acceptedOnce: boolean
  /** Whether the journal holds exactly the executions the venue made. */
  readonly everyExecution: boolean
  /** Restarts that found a portfolio in the middle of a run. */
  readonly interrupted: number
}

/** Examines a daemon's state directory and the venue's. */
export async function endOf(state: string, venueDir: string = join(state, 'venue')): Promise<Examined> {
  const journal = openJournal({ dir: join(state, 'journal') })
  const booked = journal.portfolios().flatMap((id) => journal.executions(id).map((execution) => execution.id as string))
  const ends = journal.portfolios().map((portfolio) => {
    const { snapshot } = recoverState(portfolio, journal.recover(portfolio))
    const orders = journal.runs(portfolio).flatMap((run) => Object.values(run.orders))
    return {
      portfolio,
      book: encode(snapshot.context.book),
      orders: orders.map((order) => `${order.id} ${order.status} ${order.cumulative}`).sort(),
      executions: encode([...journal.executions(portfolio)].sort((a, b) => (a.id < b.id ? -1 : 1))),
      verified: journal.verify(portfolio).ok,
    }
  })
  const interrupted = journal.portfolios().reduce((sum, portfolio) => {
    const entries = journal.entries(portfolio, 1, 1_000_000)
    return (
      sum +
      entries.filter(({ event }, at) => event.type === 'opened' && MID_RUN.has(entries[at - 1]?.event.type ?? ''))
        .length
    )
  }, 0)
  await journal.close()
  const venue = openPaperVenue({ dir: venueDir, clock: virtualClock(instant(0)) })
  const acceptances = venue.acceptances()
  const traded: string[] = []
  for (const { portfolio } of ends)
    for (const { execution } of await venue.executions(portfolioId(portfolio), '')) traded.push(execution.id)
  const accepted = new Set(acceptances.map((row) => row.orderId as string))
  const acceptedOnce =
    acceptances.every((row) => row.times === 1) &&
    ends.every((end) => end.orders.every((order) => accepted.has(order.split(' ')[0]!)))
  await venue.close()
  const everyExecution = encode(booked.sort()) === encode(traded.sort())
  return { ends, acceptedOnce, everyExecution, interrupted }
}
