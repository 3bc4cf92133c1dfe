import { conflate } from '#adapters/feed/conflate.js'
import { LIQUIDITY_WINDOW, liquidityOf } from '#domain/liquidity/estimate.js'
import type { Liquidities } from '#domain/liquidity/liquidity.js'
import type { PriceSanity } from '#domain/price-sanity.js'
import type { Market } from '#ports/market.js'
import type { DroppedPrice, PriceHistory, SessionBars } from '#ports/market-feed.js'
import type { InstrumentId } from '#units/ids.js'

/** A market that shows one session after the other. */
export interface SessionMarket extends Market {
  /** Closes the next session; returns the prices that had to be dropped. */
  advance(bars: SessionBars): readonly DroppedPrice[]
}

/** A close that is not believed yet, and the closes it was taken out of. */
interface Withheld {
  readonly closes: Record<InstrumentId, string>
  readonly close: string
}

/**
 * Nothing is visible until it has been advanced to. `keep` bounds how many sessions are remembered; default all. A price
 * in quarantine is no part of the history either; once confirmed it is put back where it was.
 */
export function sessionMarket(
  { barSize, instruments }: Pick<PriceHistory, 'barSize' | 'instruments'>,
  keep: number = Number.POSITIVE_INFINITY,
  sanity?: PriceSanity,
): SessionMarket {
  const slots = conflate(barSize, instruments, sanity)
  const shown: SessionBars[] = []
  /** Closes held back from the history for their jump, oldest first, until they are confirmed or given up. */
  const withheld = new Map<InstrumentId, Withheld[]>()
  let trades = false
  let known: Liquidities | null = null
  const show = (bars: SessionBars): void => {
    const { quotes } = slots.view(bars.at)
    const mine = { ...bars, closes: { ...bars.closes } }
    for (const [instrument, rows] of withheld) {
      if (quotes[instrument]?.doubt !== undefined) continue
      if (slots.confirmed().has(instrument)) for (const { closes, close } of rows) closes[instrument] = close
      withheld.delete(instrument)
    }
    for (const instrument of instruments) {
      const close = mine.closes[instrument]
      if (close === undefined || quotes[instrument]?.doubt === undefined) continue
      delete mine.closes[instrument]
      withheld.set(instrument, [...(withheld.get(instrument) ?? []), { closes: mine.closes, close }])
    }
    shown.push(mine)
    if (shown.length > keep) shown.shift()
  }
  const liquidity = (): Liquidities => {
    known ??= liquidityOf(shown.slice(-LIQUIDITY_WINDOW))
    return known
  }
  return {
    advance(bars) {
      const dropped = slots.apply(bars)
      show(bars)
      // Twenty days are days: of bars of another size nothing is said.
      trades ||= barSize === '1d' && bars.traded !== undefined
      known = null
      return dropped
    },
    view: (at) => {
      const view = slots.view(at)
      return trades ? { ...view, liquidity: liquidity() } : view
    },
    sessions: (at, count) => {
      let end = shown.length
      while (end > 0 && shown[end - 1]!.at > at) end -= 1
      return shown.slice(Math.max(0, end - count), end)
    },
  }
}
