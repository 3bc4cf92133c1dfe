import { virtualClock } from '#adapters/clock/virtual.js'
import type { LoadedConfig } from '#daemon/config/load.js'
import type { LastMarket } from '#daemon/queries/sight.js'
import { feedHistory } from '#daemon/serve.js'
import { sessionMarket } from '#daemon/session-market.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import type { SessionDate } from '#units/time.js'
import type { Recorded } from './state.js'

/** The last session a portfolio has closed. @throws Fault `NOT_STARTED` when it has closed none. */
export function lastSession({ id, snapshot }: Recorded): SessionDate {
  const session = snapshot.context.book.nav.markedSession
  if (session !== null) return session
  throw new Fault('NOT_STARTED', `${id} has not closed a session yet: run ballast serve or ballast demo`, 'never')
}

/** The configured feed's history up to and including a session. @throws Fault `FEED_MISMATCH` when the feed has none of it. */
export function historyUntil(config: LoadedConfig, session: SessionDate): PriceHistory {
  const history = feedHistory(config)
  const sessions = history.sessions.filter((bars) => bars.session <= session)
  if (sessions.at(-1)?.session !== session)
    throw new Fault(
      'FEED_MISMATCH',
      `${config.system.feed.file} has no session ${session}, the last one journaled`,
      'never',
    )
  return { ...history, sessions }
}

/** The market at a portfolio's last closed session, from the configured feed; time stands at that close. */
export function lastMarket(config: LoadedConfig, portfolio: Recorded): LastMarket {
  const history = historyUntil(config, lastSession(portfolio))
  const market = sessionMarket(history, undefined, config.system.feed.jump)
  for (const bars of history.sessions) market.advance(bars)
  const clock = virtualClock(history.sessions.at(-1)!.at)
  return { market, clock, view: market.view(clock.now()) }
}
