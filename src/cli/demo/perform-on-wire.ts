import { join } from 'node:path'
import { natsBus } from '#adapters/bus/nats.js'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { sessionMessage } from '#adapters/wire/market.js'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import { recoverState } from '#runtime/recover.js'
import { instant } from '#units/time.js'
import type { Evidence } from './examine.js'
import type { Finished, Performance } from './performance.js'
import { demoPortfolios } from './portfolios.js'
import { type Subprocess, startNats, startProcess } from './processes.js'
import { freshStage } from './stage.js'
import { writeStage } from './write-stage.js'

/** How long a process may take to say that it serves, and to end when told to, milliseconds. */
const PROCESS_MS = 60_000

/**
 * Runs the same three portfolios as the embedded demo with feed, gateway and daemon as processes of their own over a
 * NATS server, in simulated time moved by the feed, and hands the books they left behind to `inspect`.
 */
export async function performOnWire<T>(
  show: Performance,
  inspect: (finished: Finished & Evidence) => Promise<T>,
): Promise<T> {
  const { history, stateDir, signal } = show
  freshStage(stateDir)
  const nats = show.nats === null ? await startNats(join(stateDir, 'nats')) : null
  const url = show.nats ?? nats!.url
  const files = writeStage(stateDir, { url, portfolios: demoPortfolios(history), barSize: history.barSize, show })
  const start = (name: string, args: readonly string[]): Subprocess =>
    startProcess(name, args, join(stateDir, `${name}.log`))
  const running: Subprocess[] = []
  try {
    const gateway = start('gateway', files.gateway)
    running.push(gateway)
    const daemon = start('daemon', files.daemon)
    running.push(daemon)
    await gateway.said('"serving"', PROCESS_MS)
    const serving = await daemon.said('"serving"', PROCESS_MS)
    show.onServing(/"http":"([^"]+)"/.exec(serving)?.[1] ?? '')
    const stopFollowing = await follow(url, show)
    const feed = start('feed', files.feed)
    running.push(feed)
    const stop = (): void => feed.stop()
    signal.addEventListener('abort', stop, { once: true })
    const lost = Promise.race([gateway.ended, daemon.ended]).then(() => feed.stop())
    await feed.finished()
    signal.removeEventListener('abort', stop)
    await stopFollowing()
    for (const process of [daemon, gateway]) process.stop()
    await Promise.all([daemon.finished(), gateway.finished(), lost])
  } finally {
    for (const process of running) process.kill()
    await nats?.close()
  }
  return aftermath(stateDir, inspect)
}

/** Tells of sessions and ends of runs as they are announced. */
async function follow(url: string, show: Performance): Promise<() => Promise<void>> {
  const bus = await natsBus({ servers: [url], name: 'ballast-demo' }, 'once')
  const { history } = show
  bus.subscribe(subjects.session(history.barSize), ({ body }) => {
    const read = sessionMessage.safeParse(JSON.parse(body))
    if (read.success) show.onSession(read.data, read.data.number, history.sessions.length)
  })
  for (const topic of ['commit', 'rollback'] as const)
    bus.subscribe(subjects.event('*', topic), ({ subject, body }) => {
      const { ts, run_id, status, outcome } = JSON.parse(body) as Record<string, string>
      show.onTold(
        `${topic === 'commit' ? '●' : '■'} ${ts?.slice(0, 10)}  ${portfolioOf(subject).padEnd(13)}  ${run_id}  ${status}  ${outcome}`,
      )
    })
  return () => bus.close()
}

/** The books and the venue as their processes left them. */
async function aftermath<T>(stateDir: string, inspect: (finished: Finished & Evidence) => Promise<T>): Promise<T> {
  const journal = openJournalForReading({ dir: join(stateDir, 'journal') })
  const venue = openPaperVenue({ dir: join(stateDir, 'gateway', 'venue'), clock: virtualClock(instant(0)) })
  try {
    return await inspect({
      portfolios: [...journal.portfolios()].sort(),
      journal,
      venue,
      snapshot: (portfolio) => recoverState(portfolio, journal.recover(portfolio)).snapshot,
    })
  } finally {
    await venue.close()
    await journal.close()
  }
}
