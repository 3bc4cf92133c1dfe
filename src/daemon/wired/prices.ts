import { type MarketListener, marketListener } from '#adapters/feed/listener.js'
import { returnsRead } from '#domain/governance/judge.js'
import type { BarSize } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PriceSanity } from '#domain/price-sanity.js'
import { DETECTOR_SESSIONS } from '#domain/regime/reading.js'
import type { Bus } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'
import { announceDrops } from '../drops.js'
import { type SessionMarket, sessionMarket } from '../session-market.js'

/** Prices as they are heard on the bus. */
export interface Prices {
  readonly market: SessionMarket
  readonly listener: MarketListener
  /** The newest session the market shows; null before the first. */
  latest(): SessionBars | null
  /** The bars of a session by its number in the feed's present run; null when they are no longer remembered. */
  bars(number: number): SessionBars | null
  /** Milliseconds of real time since the feed was heard, heartbeats included; null before. */
  feedAgeMs(): number | null
  /** How far the feed's clock is away from ours by its last heartbeats, milliseconds, late ones aside; null before. */
  feedSkewMs(): number | null
}

/** Whose prices, and how they are heard. */
export interface PricesOptions {
  readonly bus: Bus
  readonly barSize: BarSize
  readonly policies: readonly PortfolioPolicy[]
  readonly sanity: PriceSanity
  readonly clock: Clock
  readonly timeoutMs: number
  readonly log: Log
  readonly metrics: Metrics
}

/** Sessions remembered beyond the longest window of scenarios or of the regime detector, so that a gap in one name is seen. */
const SPARE_SESSIONS = 2

/** Heartbeats of the feed that its skew is judged by. */
const BEATS = 3

/** Follows the feed for every instrument any portfolio may hold, remembering as many sessions as scenarios ask for. */
export function hearPrices({ policies, ...options }: PricesOptions): Prices {
  const { barSize, log, metrics } = options
  const universe = [...new Set(policies.flatMap(({ universe: specs }) => specs.map(({ id }) => id)))].sort()
  const scenarios = policies.map(({ optimiser }) => optimiser.scenarios.maximum)
  const window = Math.max(DETECTOR_SESSIONS, ...scenarios, ...policies.map(returnsRead)) + SPARE_SESSIONS
  const market = sessionMarket({ barSize, instruments: universe }, window, options.sanity)
  const shown = new Map<number, SessionBars>()
  let latest: SessionBars | null = null
  let heardAt: number | null = null
  const beats: number[] = []
  const listener = marketListener({
    ...options,
    universe,
    onHeard: () => {
      heardAt = performance.now()
      metrics.gauge('ballast_market_data_last_timestamp_seconds', Date.now() / 1000, { feed: 'bus' })
    },
    onBeat: (sentAt) => {
      beats.push(sentAt - options.clock.now())
      if (beats.length > BEATS) beats.shift()
    },
    onSession: (bars, number) => {
      announceDrops(market.advance(bars), log, metrics)
      latest = bars
      shown.set(number, bars)
      shown.delete(number - window)
    },
  })
  return {
    market,
    listener,
    latest: () => latest,
    bars: (number) => shown.get(number) ?? null,
    // One beat that was read late is no skew: the nearest of the last ones counts.
    feedSkewMs: () => (beats.length === 0 ? null : beats.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a))),
    feedAgeMs: () => (heardAt === null ? null : performance.now() - heardAt),
  }
}
