import type { BarSize, MarketView, Quote } from '#domain/market.js'
import type { DroppedPrice, DropReason, SessionBars } from '#ports/market-feed.js'
import type { InstrumentId } from '#units/ids.js'
import { price } from '#units/money.js'
import { type Instant, type SessionDate, sessionDate, toIso } from '#units/time.js'
import { faultOf } from './price-columns.js'

/** The latest price of every instrument, one slot each. */
export interface Conflation {
  /** Takes a session's bars in and returns what was dropped of them. The same session again replaces its prices. */
  apply(bars: SessionBars): readonly DroppedPrice[]
  /** The market as known now. Before the first bars it is empty and its session is the UTC date of `at`. */
  view(at: Instant): MarketView
  /** Prices dropped so far, by reason. */
  drops(): Readonly<Partial<Record<DropReason, number>>>
}

interface Slot {
  readonly price: Quote['price']
  readonly at: Instant
  /** How many sessions had been seen when it was set. */
  readonly seen: number
}

/**
 * Latest-wins slots between a feed and its readers: memory is bounded by the instruments, however fast the feed.
 * An invalid price is dropped and the slot keeps the last good one, whose age then grows by a session each time one
 * closes without a price for it; bars of an earlier session are dropped whole. With a universe, others are ignored.
 */
export function conflate(barSize: BarSize, universe?: readonly InstrumentId[]): Conflation {
  const wanted = universe === undefined ? undefined : new Set(universe)
  const slots = new Map<InstrumentId, Slot>()
  const counts: Partial<Record<DropReason, number>> = {}
  let session: SessionDate | undefined
  let seen = 0

  const take = (bars: SessionBars): readonly DroppedPrice[] => {
    if (session !== undefined && bars.session < session)
      return [{ reason: 'out_of_order', where: `${bars.session} after ${session}` }]
    if (bars.session !== session) seen += 1
    session = bars.session
    const drops: DroppedPrice[] = []
    for (const [name, text] of Object.entries(bars.closes)) {
      const instrument = name as InstrumentId
      if (wanted !== undefined && !wanted.has(instrument)) continue
      const reason = faultOf(text)
      if (reason === undefined) slots.set(instrument, { price: price(text), at: bars.at, seen })
      else drops.push({ reason, where: `${bars.session} ${instrument}` })
    }
    return drops
  }

  return {
    apply: (bars) => {
      const drops = take(bars)
      for (const { reason } of drops) counts[reason] = (counts[reason] ?? 0) + 1
      return drops
    },
    view: (at) => {
      const quotes: Record<InstrumentId, Quote> = {}
      for (const [instrument, slot] of slots)
        quotes[instrument] = { price: slot.price, at: slot.at, sessionsOld: seen - slot.seen }
      return { at, session: session ?? sessionDate(toIso(at).slice(0, 10)), barSize, quotes }
    },
    drops: () => ({ ...counts }),
  }
}
