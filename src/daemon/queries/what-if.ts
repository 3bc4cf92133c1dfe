import { virtualClock } from '#adapters/clock/virtual.js'
import type { MarketView, Quote } from '#domain/market.js'
import { type Changes, invalid, priceUnder } from '#domain/what-if/changes.js'
import type { Market } from '#ports/market.js'
import type { InstrumentId } from '#units/ids.js'
import type { Refusal } from '#units/outcome.js'
import { accept, type Outcome } from '#units/outcome.js'
import { DAY_MS, daysBetween, type Instant, later, type SessionDate } from '#units/time.js'
import { sessionMarket } from '../session-market.js'
import type { LastMarket } from './sight.js'

/**
 * The market as it is assumed to be. On an earlier day it is that session's, with what led to it; on a later one today's
 * prices, taken as of that day. An assumed price is no bar: the history that risk is estimated from stays what it was.
 *
 * Errors  refuses `WHAT_IF_INVALID` on a day before the history or without a session, on a name outside `instruments`, on a move
 *         from a price nobody has.
 */
export function assumedMarket(
  { market, view }: LastMarket,
  { prices, date }: Pick<Changes, 'prices' | 'date'>,
  instruments: readonly InstrumentId[],
): Outcome<LastMarket> {
  const dated = date === null ? accept({ market, at: view.at, move: unmoved }) : onDay(market, view, date, instruments)
  if (!dated.ok) return dated
  const { market: then, at, move } = dated.value
  const seen = move(then.view(at))
  const quotes: Record<InstrumentId, Quote> = { ...seen.quotes }
  const problems: Refusal[] = []
  for (const [instrument, assumption] of prices) {
    const found = instruments.includes(instrument)
      ? priceUnder(instrument, assumption, seen.quotes[instrument]?.price)
      : invalid([`price.${instrument}: is neither in the universe nor held`])
    if (found.ok) quotes[instrument] = { price: found.value, at: seen.at, sessionsOld: 0 }
    else problems.push(found.refusal)
  }
  if (problems.length > 0) return invalid(problems.map(({ message }) => message))
  const assumed = { ...seen, quotes }
  return accept({
    market: { view: () => assumed, sessions: (_at, count) => then.sessions(at, count) },
    clock: virtualClock(assumed.at),
    view: assumed,
  })
}

/** Where to look for prices, up to when, and what then becomes of the view. */
interface Dated {
  readonly market: Market
  readonly at: Instant
  readonly move: (view: MarketView) => MarketView
}

const unmoved = (view: MarketView): MarketView => view

function onDay(
  market: Market,
  view: MarketView,
  date: SessionDate,
  instruments: readonly InstrumentId[],
): Outcome<Dated> {
  const days = daysBetween(view.session, date)
  if (days >= 0) return accept({ market, at: view.at, move: (today) => postponed(today, date, days * DAY_MS) })
  const past = market.sessions(view.at, Number.MAX_SAFE_INTEGER).filter(({ session }) => session <= date)
  const last = past.at(-1)
  if (last?.session !== date)
    return invalid([`date: there is no session ${date} in the prices that are at hand, up to ${view.session}`])
  const then = sessionMarket({ barSize: view.barSize, instruments })
  for (const bars of past) then.advance(bars)
  return accept({ market: then, at: last.at, move: unmoved })
}

/** Today's prices as those of a later day: every one keeps the age it has. */
function postponed(view: MarketView, session: SessionDate, ms: number): MarketView {
  const quotes: Record<InstrumentId, Quote> = {}
  for (const [id, quote] of Object.entries(view.quotes))
    quotes[id as InstrumentId] = { ...quote, at: later(quote.at, ms) }
  return { ...view, at: later(view.at, ms), session, quotes }
}
