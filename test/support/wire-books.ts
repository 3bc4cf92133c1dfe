import { join } from 'node:path'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { cashOf } from '#domain/book/book.js'
import type { Execution } from '#domain/book/events.js'
import { TERMINAL } from '#domain/order.js'
import type { Entry } from '#domain/portfolio/entry.js'
import { FINAL_RUN, type Run } from '#domain/run.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { portfolioId } from '#units/ids.js'
import { instant } from '#units/time.js'
import { INITIAL_CASH } from './wire-world.js'

/** A portfolio's journal after its daemon has ended. */
export interface Kept {
  readonly runs: readonly Run[]
  readonly entries: readonly Entry[]
  readonly permission: string
}

/** What a world left on disk, and everything in it that must never be. */
export interface Books {
  readonly kept: Readonly<Record<string, Kept>>
  /** One sentence for each thing that is wrong; empty when all is sound. */
  readonly wrong: readonly string[]
}

/** What an examination holds the books against. */
export interface Ought {
  /** When the last fault was over; runs have their deadlines from then on. */
  readonly healedAt?: number
  /** Longest a run may take after that, milliseconds: its own deadlines. */
  readonly deadlineMs?: number
  readonly venues?: readonly string[]
}

/** A run of these tests takes a few seconds once nothing is in its way; the longest back-off is 8 s. */
const DEADLINE_MS = 20_000

/**
 * Examines journal and venue: every chain verifies, journal and venue hold the same executions, every order id was
 * accepted once and none that was given up, cash is what the venue's executions make of the initial cash, and no run
 * is open or took longer than its deadlines.
 */
export async function booksOf(state: string, venueDir: string, ought: Ought = {}): Promise<Books> {
  const wrong: string[] = []
  const kept: Record<string, Kept> = {}
  const journal = openJournal({ dir: join(state, 'journal') })
  const venue = openPaperVenue({ dir: venueDir, clock: virtualClock(instant(0)) })
  try {
    const accepted = new Map(venue.acceptances().map(({ orderId, times }) => [orderId as string, times]))
    for (const [id, times] of accepted) if (times !== 1) wrong.push(`order ${id} was accepted ${times} times`)
    for (const id of journal.portfolios()) {
      const verified = journal.verify(id)
      if (!verified.ok) wrong.push(`journal of ${id}: ${verified.message}`)
      const listed = await venue.executions(portfolioId(id), '')
      const made = listed.map(({ execution }) => execution)
      const stands = listed.filter(({ bust }) => bust === undefined).map(({ execution }) => execution)
      const { snapshot } = recoverState(id, journal.recover(id))
      if (texts(made) !== texts(journal.executions(id)))
        wrong.push(`${id}: ${made.length} executions at the venue, ${journal.executions(id).length} booked, or others`)
      const cash = cashOf(snapshot.context.book)
      if (!cash.eq(cashAfter(stands)))
        wrong.push(`${id}: cash ${cash}, the venue's executions make it ${cashAfter(stands)}`)
      const held = Object.entries(snapshot.context.book.positions).map(([name, { quantity }]) => [
        name,
        quantity.toFixed(),
      ])
      const theirs = Object.entries((await venue.holdings(portfolioId(id))).positions)
      if (encode(held.sort()) !== encode(theirs.map(([name, units]) => [name, units.toFixed()])))
        wrong.push(`${id}: holds ${encode(held)}, at the venue ${encode(theirs)}`)
      const runs = journal.runs(id)
      for (const run of runs) wrong.push(...faultsOf(run, accepted, ought))
      kept[id] = { runs, entries: journal.entries(id, 1, 1_000_000), permission: snapshot.value.permission }
    }
  } finally {
    await venue.close()
    await journal.close()
  }
  return { kept, wrong }
}

function faultsOf(run: Run, accepted: ReadonlyMap<string, number>, ought: Ought): readonly string[] {
  const { healedAt = 0, deadlineMs = DEADLINE_MS } = ought
  const wrong: string[] = []
  if (run.endedAt === null || !FINAL_RUN.has(run.status)) wrong.push(`${run.id} is still ${run.status}`)
  else if (run.endedAt - Math.max(run.startedAt, healedAt) > deadlineMs)
    wrong.push(`${run.id} took ${run.endedAt - run.startedAt} ms`)
  for (const order of Object.values(run.orders)) {
    if (!TERMINAL.has(order.status)) wrong.push(`order ${order.id} is still ${order.status}`)
    if ((order.status === 'abandoned') === accepted.has(order.id))
      wrong.push(`order ${order.id} is ${order.status}, accepted: ${accepted.has(order.id)}`)
    if (order.reported !== null && !order.cumulative.eq(order.reported))
      wrong.push(`order ${order.id} booked ${order.cumulative}, the venue says ${order.reported}`)
  }
  return wrong
}

/** The initial cash after executions, by nothing but their own figures. */
function cashAfter(executions: readonly Execution[]): Decimal {
  let cash = new Decimal(INITIAL_CASH)
  for (const { side, quantity, price, fee } of executions) {
    const value = new Decimal(quantity.toFixed()).times(price.toFixed())
    cash = (side === 'buy' ? cash.minus(value) : cash.plus(value)).minus(fee.toFixed())
  }
  return cash
}

const texts = (executions: readonly Execution[]): string =>
  encode([...executions].sort((a, b) => (a.id < b.id ? -1 : 1)))
