import type { BarSize, MarketView, Quote } from '#domain/market.js'
import { confirms, PLAIN_SANITY, type PriceSanity, type Trust, trustAfter } from '#domain/price-sanity.js'
import type { DroppedPrice, DropReason, SessionBars } from '#ports/market-feed.js'
import type { InstrumentId } from '#units/ids.js'
import { price } from '#units/money.js'
import { type Instant, type SessionDate, sessionDate, toIso } from '#units/time.js'
import { faultOf } from './price-columns.js'

/** The latest price of every instrument, one slot each. */
export interface Conflation {
  /** Takes a session's bars in and returns what was dropped of them. The same session again replaces its prices. */
  apply(bars: SessionBars): readonly DroppedPrice[]
  /**
   * The market as known now. Before the first bars it is empty and its session is the UTC date of `at`. Its quotes are one
   * object until bars are applied: whoever saw them knows that there is nothing new.
   */
  view(at: Instant): MarketView
  /** Instruments whose doubted price the last bars made the trusted one. */
  confirmed(): ReadonlySet<InstrumentId>
  /** Prices dropped so far, by reason. */
  drops(): Readonly<Partial<Record<DropReason, number>>>
}

interface Slot {
  readonly trust: Trust
  /** When the trusted price was set, and how many sessions had been seen by then. */
  readonly at: Instant
  readonly seen: number
}

/**
 * Latest-wins slots between a feed and its readers: memory is bounded by the instruments, however fast the feed.
 * An invalid price is dropped and the slot keeps the last good one, whose age then grows by a session each time one
 * closes without a price for it; bars of an earlier session are dropped whole. A price that jumps is dropped too and casts doubt
 * on the instrument until further bars confirm it or it returns. With a universe, others are ignored.
 */
export function conflate(
  barSize: BarSize,
  universe?: readonly InstrumentId[],
  sanity: PriceSanity = PLAIN_SANITY,
): Conflation {
  const wanted = universe === undefined ? undefined : new Set(universe)
  const slots = new Map<InstrumentId, Slot>()
  /** Slots as they were before the present session: the same session again is judged against them. */
  const earlier = new Map<InstrumentId, Slot | undefined>()
  const confirmed = new Set<InstrumentId>()
  const counts: Partial<Record<DropReason, number>> = {}
  let session: SessionDate | undefined
  let seen = 0
  let shown: MarketView['quotes'] | null = null

  const take = (bars: SessionBars): readonly DroppedPrice[] => {
    if (session !== undefined && bars.session < session)
      return [{ reason: 'out_of_order', where: `${bars.session} after ${session}` }]
    if (bars.session !== session) {
      seen += 1
      earlier.clear()
    }
    session = bars.session
    confirmed.clear()
    const drops: DroppedPrice[] = []
    for (const [instrument, text] of Object.entries(bars.closes) as [InstrumentId, string][]) {
      if (wanted !== undefined && !wanted.has(instrument)) continue
      const reason = faultOf(text)
      const where = `${bars.session} ${instrument}`
      if (reason !== undefined) {
        drops.push({ reason, where })
        continue
      }
      // The same session may come again with names it lacked: they too are judged against what was before it.
      if (!earlier.has(instrument)) earlier.set(instrument, slots.get(instrument))
      const before = earlier.get(instrument)
      const trust = trustAfter(before?.trust, price(text), sanity)
      if (confirms(before?.trust, trust, sanity)) confirmed.add(instrument)
      const believed = trust.doubted === null
      slots.set(instrument, believed ? { trust, at: bars.at, seen } : { ...before!, trust })
      if (!believed) drops.push({ reason: 'jump', where })
    }
    return drops
  }

  return {
    apply: (bars) => {
      const drops = take(bars)
      shown = null
      for (const { reason } of drops) counts[reason] = (counts[reason] ?? 0) + 1
      return drops
    },
    view: (at) => {
      shown ??= quotesOf(slots, seen, sanity)
      return { at, session: session ?? sessionDate(toIso(at).slice(0, 10)), barSize, quotes: shown }
    },
    confirmed: () => confirmed,
    drops: () => ({ ...counts }),
  }
}

function quotesOf(slots: ReadonlyMap<InstrumentId, Slot>, seen: number, sanity: PriceSanity): MarketView['quotes'] {
  const quotes: Record<InstrumentId, Quote> = {}
  for (const [instrument, slot] of slots) quotes[instrument] = quoteOf(slot, seen, sanity)
  return quotes
}

function quoteOf({ trust, at, seen: seenThen }: Slot, seen: number, sanity: PriceSanity): Quote {
  const quote = { price: trust.price, at, sessionsOld: seen - seenThen }
  return trust.doubted === null ? quote : { ...quote, doubt: doubtOf(trust.doubted, sanity) }
}

const doubtOf = (
  { price: doubted, confirmed }: NonNullable<Trust['doubted']>,
  { factor, confirm }: PriceSanity,
): string =>
  `jumped to ${doubted.toString()}, by more than a factor of ${factor}: not believed before ${confirm - confirmed} further bars confirm it`
