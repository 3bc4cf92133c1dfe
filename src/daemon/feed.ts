import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { natsBus } from '#adapters/bus/nats.js'
import { systemClock } from '#adapters/clock/system.js'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { type MarketPublisher, marketPublisher } from '#adapters/feed/publisher.js'
import { type LogLevel, pinoLog } from '#adapters/log/pino.js'
import type { BarSize } from '#domain/market.js'
import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId } from '#units/ids.js'
import type { SessionDate } from '#units/time.js'
import { natsOptions } from './config/nats-files.js'
import type { NatsSettings } from './config/nats-schema.js'
import { announceDrops } from './drops.js'
import { version } from './version.js'

/** `setTimeout` fires at once beyond it. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1

/** What a feed process publishes, how and where. */
export interface FeedOptions {
  readonly nats: NatsSettings
  /** The feed's name: listeners follow one feed and refuse others. */
  readonly name: string
  /** CSV of prices, plain or gzip. */
  readonly prices: string
  /** First and last session, inclusive. */
  readonly from?: SessionDate
  readonly to?: SessionDate
  /** First session to publish; earlier ones are history from the beginning. */
  readonly start?: SessionDate
  readonly symbols?: readonly InstrumentId[]
  /** Whether highs, lows and volumes are published too. */
  readonly volumes?: boolean
  /** Absent means told from the file. */
  readonly barSize?: BarSize
  /** Sessions a second; 0 is as fast as it goes. */
  readonly speed: number
  /** End after the last session; otherwise history and heartbeats go on until the signal. */
  readonly once: boolean
  readonly logLevel: LogLevel
}

/**
 * Publishes what is left of a history, from `publisher.latest()` on, and returns after the last session or when the
 * signal fires.
 */
export type Drive = (
  publisher: MarketPublisher,
  history: PriceHistory,
  signal: AbortSignal,
  bus: Bus,
  log: Log,
) => Promise<void>

/**
 * Runs a feed until its end (`once`) or the signal: sessions of a file over NATS, each stamped with the time it is
 * published at; another `drive` sets another pace and other times. A lost connection does not stop it: who missed
 * sessions asks for them.
 * @throws Fault of `readPriceCsv` and `natsBus`; `NO_PRICES` when no session is left to publish, `SESSION_TOO_LARGE`
 */
export async function runFeed(options: FeedOptions, signal: AbortSignal, drive?: Drive): Promise<void> {
  const { name, start, once } = options
  const log = pinoLog({ level: options.logLevel })
  const history = historyOf(options)
  announceDrops(history.dropped, log, noMetrics)
  const { barSize, sessions } = history
  const first = start === undefined ? 0 : sessions.findIndex(({ session }) => session >= start)
  if (first < 0) throw new Fault('NO_PRICES', `${options.prices} has no session from ${start} on`, 'never')
  const service = { name: 'ballast-feed', version, description: 'Market data: sessions of recorded prices' }
  const connection = natsOptions(options.nats, { name: `ballast-feed-${name}`, service, log })
  const bus = await natsBus({ ...connection, signal }, 'once')
  const publisher = marketPublisher({ bus, feed: name, barSize, log })
  try {
    publisher.preload(sessions.slice(0, first))
    log.info({ feed: name, barSize, preloaded: first, sessions: sessions.length - first }, 'publishing')
    await (drive ?? paced(options.speed))(publisher, history, signal, bus, log)
    if (!signal.aborted) log.info({ feed: name, sessions: publisher.latest() }, 'feed ended')
    if (!once) await aborted(signal)
  } finally {
    log.info({}, 'stopping')
    publisher.close()
    await bus.close()
  }
}

function historyOf({ prices, from, to, symbols, barSize, volumes = false }: FeedOptions): PriceHistory {
  return readPriceCsv(prices, {
    volumes,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(symbols === undefined ? {} : { universe: symbols }),
    ...(barSize === undefined ? {} : { barSize }),
  })
}

/** Sessions at a steady pace by the machine's clock, each stamped with the present time. */
const paced =
  (speed: number): Drive =>
  async (publisher, { sessions }, signal) => {
    const clock = systemClock()
    while (publisher.latest() < sessions.length && !signal.aborted) {
      const number = publisher.latest() + 1
      publisher.publish(sessions[number - 1]!, number, clock.now())
      if (number === sessions.length) return
      if (speed > 0) await sleep(Math.min(1000 / speed, LONGEST_SLEEP_MS), undefined, { signal }).catch(() => undefined)
      else await turn() // the connection gets to write, history and heartbeats to answer
    }
  }

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
