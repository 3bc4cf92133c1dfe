import { pricesIn } from '#adapters/feed/csv.js'
import { readTable } from '#adapters/feed/read-table.js'
import { sessionMarket } from '#daemon/session-market.js'
import type { MarketView, Quote } from '#domain/market.js'
import type { InstrumentId } from '#units/ids.js'
import { price } from '#units/money.js'
import { type Instant, instant, sessionDate, toIso } from '#units/time.js'
import { CliError, EXIT } from '../failure.js'
import { type BookSettings, type PlanSettings, timeOf } from './schema.js'

/** Where prices come from, and when the plan is judged. */
export interface MarketOptions {
  readonly prices?: string
  readonly at?: string
}

/** A look at the market, and when the plan is judged. */
export interface StatedMarket {
  readonly view: MarketView
  readonly at: Instant
}

/**
 * The market that a plan is judged in. With a file of prices: its last closes at the time given, or at all; what the book or the
 * plan states of other names stands beside them. Without one the stated prices are quotes of the moment, of a market by the minute.
 * @throws CliError 64 for a time that is none and for a cell that is no price; Faults of the readers.
 */
export async function marketOf(options: MarketOptions, book: BookSettings, plan: PlanSettings): Promise<StatedMarket> {
  const asked = options.at === undefined ? plan.at : instantOf(options.at)
  const known = options.prices === undefined ? null : await closesOf(options.prices, asked)
  const at = asked ?? known?.at ?? instant(Date.now())
  const stated = quotesOf(book, plan, at)
  if (known === null) {
    const session = sessionDate(toIso(at).slice(0, 10))
    return { at, view: { at, session, barSize: '1m', quotes: stated } }
  }
  return { at, view: { ...known, quotes: { ...stated, ...known.quotes } } }
}

function instantOf(text: string): Instant {
  const at = timeOf(text)
  if (at !== undefined) return at
  const message = `--at must be a time with its zone, such as 2024-07-05T15:00:00Z, got ${JSON.stringify(text)}`
  throw new CliError(EXIT.usage, 'USAGE', message)
}

/** The market of a file of prices at a time, or at its end. */
async function closesOf(file: string, asked: Instant | undefined): Promise<MarketView> {
  const history = pricesIn(await readTable(file))
  const bad = history.dropped.find(({ reason }) => reason !== 'empty')
  if (bad !== undefined) {
    const why = `the price is ${bad.reason.replaceAll('_', ' ')}`
    throw new CliError(EXIT.usage, 'BAD_PRICE', `${file} ${bad.where}: ${why}`, { ...bad })
  }
  const shown = history.sessions.filter(({ at }) => asked === undefined || at <= asked)
  const last = shown.at(-1)
  if (last === undefined)
    throw new CliError(
      EXIT.usage,
      'NO_PRICES',
      `${file} has no price of before ${asked === undefined ? '' : toIso(asked)}`,
    )
  const market = sessionMarket(history, 1)
  for (const bars of shown) market.advance(bars)
  return market.view(asked ?? last.at)
}

/** Prices as the files state them; where a name is held and ordered the book's is the last price, the plan's the decision's. */
function quotesOf(book: BookSettings, plan: PlanSettings, at: Instant): Readonly<Record<InstrumentId, Quote>> {
  const quotes: Record<InstrumentId, Quote> = {}
  for (const row of [...plan.orders, ...book.positions])
    if (row.price !== undefined) quotes[row.symbol] = { price: price(row.price), at, sessionsOld: 0 }
  return quotes
}
