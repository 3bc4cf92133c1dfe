import { z } from 'zod'
import { exchange } from './exchange.js'
import { field } from './fields.js'

/** Who publishes. */
const feed = z.string().min(1).max(32)
/** One life of a feed's process, a random name: its numbers hold only within it. */
const run = z.string().min(1).max(32)
/** Sessions are counted from 1 without gaps within a run. */
const number = z.int().min(1)
const latest = z.int().min(0)

const text = z.string().max(64)

/** What was traded in a bar, unadjusted; from feeds that say. */
const traded = z.strictObject({ high: text, low: text, close: text, volume: text })

/** One instrument's bar of a session; `close` is decimal text as its source wrote it, judged by whoever uses it. */
export const barMessage = z.strictObject({
  feed,
  run,
  number,
  symbol: field.instrument,
  session: field.session,
  ts: field.instant,
  close: z.string().max(64),
  traded: traded.optional(),
})

/**
 * Sent after the last bar of a session: `number` tells a listener that missed one so, `bars` how many bars it should
 * have heard.
 */
export const sessionMessage = z.strictObject({
  feed,
  run,
  number,
  session: field.session,
  ts: field.instant,
  bars: z.int().min(0),
})

/** A feed is alive, whether or not prices change; `latest` betrays a lost last session, which no later one would. */
export const heartbeatMessage = z.strictObject({ feed, run, bar_size: field.barSize, latest, ts: field.instant })

/** Sessions already published, for whoever starts late or missed one: after a number, oldest first, a page at a time. */
export const historyExchange = exchange(
  z.strictObject({ after: z.int().min(0) }),
  z.looseObject({
    feed,
    run,
    sessions: z.array(
      z.looseObject({
        number,
        session: field.session,
        ts: field.instant,
        /** Symbol and close, judged one by one: a single bad one must not withhold the whole page. */
        closes: z.array(z.tuple([z.string(), z.string()])),
        /** Symbol, high, low, close and volume of what was traded; absent from feeds that do not say. */
        traded: z.array(z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()])).optional(),
      }),
    ),
    /** Number of the newest session published; 0 before the first. Ask again until it is reached. */
    latest,
  }),
)
