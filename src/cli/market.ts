import { virtualClock } from '#adapters/clock/virtual.js'
import type { LoadedConfig } from '#daemon/config/load.js'
import { replayMarket } from '#daemon/replay-market.js'
import { feedHistory } from '#daemon/serve.js'
import type { MarketView } from '#domain/market.js'
import type { Clock } from '#ports/clock.js'
import type { Market } from '#ports/market.js'
import type { PriceHistory } from '#ports/market-feed.js'
import type { SessionDate } from '#units/time.js'
import { CliError, EXIT } from './failure.js'
import type { Recorded } from './state.js'

/** The market as a portfolio last saw it. */
export interface LastMarket {
  readonly market: Market
  readonly clock: Clock
  readonly view: MarketView
}

/** The last session a portfolio has closed. @throws CliError 1 when it has closed none. */
export function lastSession({ id, snapshot }: Recorded): SessionDate {
  const session = snapshot.context.book.nav.markedSession
  if (session !== null) return session
  throw new CliError(
    EXIT.failed,
    'NOT_STARTED',
    `${id} has not closed a session yet: run ballast serve or ballast demo`,
  )
}

/** The configured feed's history up to and including a session. @throws CliError 64 when the feed has none of it. */
export function historyUntil(config: LoadedConfig, session: SessionDate): PriceHistory {
  const history = feedHistory(config)
  const sessions = history.sessions.filter((bars) => bars.session <= session)
  if (sessions.at(-1)?.session !== session)
    throw new CliError(
      EXIT.usage,
      'FEED_MISMATCH',
      `${config.system.feed.file} has no session ${session}, the last one journaled`,
    )
  return { ...history, sessions }
}

/** The market at a portfolio's last closed session, from the configured feed; time stands at that close. */
export function lastMarket(config: LoadedConfig, portfolio: Recorded): LastMarket {
  const history = historyUntil(config, lastSession(portfolio))
  const market = replayMarket(history)
  for (const bars of history.sessions) market.advance(bars)
  const clock = virtualClock(history.sessions.at(-1)!.at)
  return { market, clock, view: market.view(clock.now()) }
}
