import { conflate } from '#adapters/feed/conflate.js'
import type { Market } from '#ports/market.js'
import type { DroppedPrice, PriceHistory, SessionBars } from '#ports/market-feed.js'

/** A market that shows one session after the other. */
export interface SessionMarket extends Market {
  /** Closes the next session; returns the prices that had to be dropped. */
  advance(bars: SessionBars): readonly DroppedPrice[]
}

/** Nothing is visible until it has been advanced to. `keep` bounds how many sessions are remembered; default all. */
export function sessionMarket(
  { barSize, instruments }: Pick<PriceHistory, 'barSize' | 'instruments'>,
  keep: number = Number.POSITIVE_INFINITY,
): SessionMarket {
  const slots = conflate(barSize, instruments)
  const shown: SessionBars[] = []
  return {
    advance(bars) {
      shown.push(bars)
      if (shown.length > keep) shown.shift()
      return slots.apply(bars)
    },
    view: (at) => slots.view(at),
    sessions: (at, count) => {
      let end = shown.length
      while (end > 0 && shown[end - 1]!.at > at) end -= 1
      return shown.slice(Math.max(0, end - count), end)
    },
  }
}
