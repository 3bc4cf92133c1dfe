import { conflate } from '#adapters/feed/conflate.js'
import type { Market } from '#ports/market.js'
import type { DroppedPrice, PriceHistory, SessionBars } from '#ports/market-feed.js'

/** A market that shows a price history one session at a time. */
export interface ReplayMarket extends Market {
  /** Closes the next session; returns the prices that had to be dropped. */
  advance(bars: SessionBars): readonly DroppedPrice[]
}

/** Nothing of the history is visible until it has been advanced to. */
export function replayMarket(history: PriceHistory): ReplayMarket {
  const slots = conflate(history.barSize, history.instruments)
  const shown: SessionBars[] = []
  return {
    advance(bars) {
      shown.push(bars)
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
