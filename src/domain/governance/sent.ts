import type { InstrumentId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import { type Instant, MINUTE_MS, toIso } from '#units/time.js'

/**
 * What has been sent lately, as a decision counts it: orders count with all of their value, traded or not. Journaled with the event
 * the decision was made on. All portfolios are those of one journal.
 */
export interface Sent {
  /** Orders sent in the {@link MINUTE_MS} before: this portfolio's, and all portfolios'. */
  readonly orders: { readonly own: number; readonly firm: number }
  /** Value of orders sent since midnight UTC, at their decision prices: its own, and all of portfolios in its currency. */
  readonly value: { readonly own: Money; readonly firm: Money }
  /** The same of all portfolios by name, of the names it may hold; an absent one has none. */
  readonly names: Readonly<Record<InstrumentId, Money>>
}

/** The day orders count to: by UTC, so that a session of US shares is always within one. */
export const countedDay = (at: Instant): string => toIso(at).slice(0, 10)

/** Whether an order sent then is still counted by the minute. */
export const withinMinute = (sentAt: Instant, now: Instant): boolean => now - sentAt < MINUTE_MS

/** Whether an order sent then counts as of `now`, by the day or by the minute. */
export const isCounted = (sentAt: Instant, now: Instant): boolean =>
  countedDay(sentAt) >= countedDay(now) || withinMinute(sentAt, now)
