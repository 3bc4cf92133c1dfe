import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { BarSize } from '#domain/market.js'
import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { hold } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId } from '#units/ids.js'
import { type Instant, SECOND_MS, toIso } from '#units/time.js'
import { systemClock } from '../clock/system.js'
import { answering } from '../wire/exchange.js'
import { type barMessage, type heartbeatMessage, historyExchange, type sessionMessage } from '../wire/market.js'
import { subjects } from '../wire/subjects.js'

/** Sessions in one answer, bytes of JSON; room is left for headers and for one session larger than this. */
const PAGE_BYTES = 48 * 1024
/** The most one session may take, so that it fits into a message alone: about 3,000 instruments, 900 with what was traded. */
const SESSION_BYTES = 60 * 1024

/** Where prices are published, and under which name. */
export interface MarketPublisherOptions {
  readonly bus: Bus
  /** The feed's name: listeners follow one feed and refuse others. */
  readonly feed: string
  readonly barSize: BarSize
  readonly log: Log
}

/** The publishing end of market data. */
export interface MarketPublisher {
  /** Number of the newest session that can be had, preloaded ones included; 0 before the first. */
  latest(): number
  /**
   * Makes earlier sessions available as history, numbered on from the latest; before the first publish only.
   * @throws Fault as `publish` does
   */
  preload(sessions: readonly SessionBars[]): void
  /**
   * Publishes a session: a bar for each instrument, then the session itself. History has it from here on, whoever heard
   * it. `number` is the latest + 1; `at` replaces the time of the bars.
   * @throws Fault `SESSION_TOO_LARGE` (never) when it fits into no message, `CLOSED` when the bus is
   */
  publish(bars: SessionBars, number: number, at?: Instant): void
  /** Ends heartbeats and answers. The bus is its owner's to close. */
  close(): void
}

/** A session as history gives it. */
type Entry = z.input<typeof historyExchange.answer>['sessions'][number]

/**
 * Publishes sessions over a bus, sends a heartbeat at once and then every second of real time, and answers for what it
 * has published: never for a session that is still to come.
 */
export function marketPublisher(options: MarketPublisherOptions): MarketPublisher {
  const { bus, feed, barSize, log } = options
  const run = randomBytes(9).toString('base64url')
  const clock = systemClock()
  const published: { readonly entry: Entry; readonly bytes: number }[] = []
  let live = false
  const record = (bars: SessionBars, at: Instant): Entry => {
    const kept = entryOf(bars, published.length + 1, at)
    published.push(kept)
    return kept.entry
  }
  const beat = (): void => {
    if (bus.state() !== 'connected') return
    const ts = toIso(clock.now())
    const message: z.input<typeof heartbeatMessage> = { feed, run, bar_size: barSize, latest: published.length, ts }
    bus.publish(subjects.heartbeat, JSON.stringify(message))
  }
  const stopAnswering = answering(bus, historyExchange, subjects.history(barSize), async ({ after }) => ({
    feed,
    run,
    sessions: pageOf(published, after),
    latest: published.length,
  }))
  const heart = setInterval(beat, SECOND_MS)
  beat()
  return {
    latest: () => published.length,
    preload(sessions) {
      hold(!live, 'preload-first', () => `${published.length} sessions are out already`)
      for (const bars of sessions) record(bars, bars.at)
    },
    publish(bars, number, at = bars.at) {
      hold(number === published.length + 1, 'session-number', () => `${number} after ${published.length}`)
      live = true
      const { session, ts, closes } = record(bars, at)
      for (const [symbol, close] of closes) {
        const traded = bars.traded?.[symbol as InstrumentId]
        const plain = { feed, run, number, symbol, session, ts, close }
        const bar: z.input<typeof barMessage> = traded === undefined ? plain : { ...plain, traded }
        bus.publish(subjects.bar(barSize, tokens(symbol)), JSON.stringify(bar))
      }
      const closing: z.input<typeof sessionMessage> = { feed, run, number, session, ts, bars: closes.length }
      bus.publish(subjects.session(barSize), JSON.stringify(closing))
      log.debug({ number, session, bars: closes.length }, 'session published')
    },
    close() {
      clearInterval(heart)
      stopAnswering()
    },
  }
}

function entryOf(
  { session, closes, traded }: SessionBars,
  number: number,
  at: Instant,
): { entry: Entry; bytes: number } {
  const plain: Entry = { number, session, ts: toIso(at), closes: Object.entries(closes) }
  const entry: Entry = traded === undefined ? plain : { ...plain, traded: tradedRows(traded) }
  const bytes = Buffer.byteLength(JSON.stringify(entry))
  if (bytes > SESSION_BYTES)
    throw new Fault(
      'SESSION_TOO_LARGE',
      `${session} has ${entry.closes.length} instruments, ${bytes} bytes; the limit is ${SESSION_BYTES}`,
      'never',
      { session, bytes },
    )
  return { entry, bytes }
}

const tradedRows = (traded: NonNullable<SessionBars['traded']>): NonNullable<Entry['traded']> =>
  Object.entries(traded).map(([symbol, { high, low, close, volume }]) => [symbol, high, low, close, volume])

/** The sessions after a number, oldest first, as many as fit; at least one when there is one. */
function pageOf(published: readonly { readonly entry: Entry; readonly bytes: number }[], after: number): Entry[] {
  const page: Entry[] = []
  let room = PAGE_BYTES
  for (let index = after; index < published.length; index += 1) {
    const { entry, bytes } = published[index]!
    room -= bytes
    if (room < 0 && page.length > 0) break
    page.push(entry)
  }
  return page
}

/** A symbol as subject tokens. Two dots in a row, or one at an end, would leave an empty token; the body is exact. */
const tokens = (symbol: string): string =>
  symbol
    .split('.')
    .map((token) => token || '_')
    .join('.')
