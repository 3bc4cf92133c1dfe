import { z } from 'zod'
import { exchange } from './exchange.js'
import { field } from './fields.js'

const close = z.string().min(1).max(32)

/** One instrument's bar of a session; `close` is decimal text as its source wrote it, checked by whoever uses it. */
export const barMessage = z.strictObject({ symbol: field.instrument, session: field.session, ts: field.instant, close })

/**
 * Sent after the last bar of a session: `number` counts sessions from 1 without gaps, so a listener that missed one
 * knows it; `bars` says how many bars it should have heard.
 */
export const sessionMessage = z.strictObject({
  feed: z.string().min(1).max(32),
  session: field.session,
  ts: field.instant,
  number: z.int().min(1),
  bars: z.int().min(0),
})

/** A feed is alive, whether or not prices change. */
export const heartbeatMessage = z.strictObject({ feed: z.string().min(1).max(32), ts: field.instant })

/** Sessions already published, for whoever starts late or missed one: after a number, oldest first, a page at a time. */
export const historyExchange = exchange(
  z.strictObject({ after: z.int().min(0) }),
  z.looseObject({
    feed: z.string(),
    sessions: z.array(
      z.looseObject({
        number: z.int().min(1),
        session: field.session,
        ts: field.instant,
        closes: z.array(z.tuple([field.instrument, close])),
      }),
    ),
    /** Number of the newest session published; 0 before the first. Ask again until it is reached. */
    latest: z.int().min(0),
  }),
)
