import type { TradedBar } from '#domain/liquidity/estimate.js'
import type { BarSize } from '#domain/market.js'
import type { DroppedPrice, DropReason, PriceHistory, SessionBars } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId } from '#units/ids.js'
import { daysBetween, type SessionDate } from '#units/time.js'
import { readCsvTable } from './csv-table.js'
import { closingTimes } from './dates.js'
import { dropped, faultOf, priceCells } from './price-columns.js'
import type { Table } from './table.js'

/** How to read a price file; all optional. */
export interface PriceCsvOptions {
  /** First and last session wanted, inclusive. */
  readonly from?: SessionDate
  readonly to?: SessionDate
  /** Instruments wanted, in this order; absent means all, in the file's order. */
  readonly universe?: readonly InstrumentId[]
  /** The price column of a long file. */
  readonly column?: string
  /** Whether highs, lows and volumes are read too, of a long file. */
  readonly volumes?: boolean
  /** Absent means told from the median distance between sessions. */
  readonly barSize?: BarSize
  /** When a session closes: IANA zone and `HH:MM`; New York, 16:00. */
  readonly timezone?: string
  readonly closeTime?: string
}

/**
 * Reads a price history from a CSV file, wide or long, plain or gzip (see `priceCells` for the headers).
 * What is no price is dropped with its reason and place and never becomes a zero; prices of sessions and instruments
 * not asked for are skipped. Sessions without any price are left out. Cost: linear, about 1 s per 10 MB.
 * Faults (never): those of `readCsvTable`, `CSV_FORMAT`, `UNKNOWN_INSTRUMENT` (names it), `NO_PRICES`, `BAD_OPTION`,
 * `BAR_SIZE` (bars neither daily nor monthly and no `barSize` given).
 */
export const readPriceCsv = (path: string, options: PriceCsvOptions = {}): PriceHistory =>
  pricesIn(readCsvTable(path), options)

/** The price history in a table, as {@link readPriceCsv} reads it. */
export function pricesIn(table: Table, options: PriceCsvOptions = {}): PriceHistory {
  const { path } = table
  const closeOf = closingTimes(options.timezone ?? 'America/New_York', options.closeTime ?? '16:00')
  const drops: DroppedPrice[] = []
  const drop = (reason: DropReason, row: number, what: string) => drops.push(dropped(table, reason, row, what))
  const found = priceCells(table, options.column, drop, options.volumes)
  const instruments = chosen(path, found.instruments, options.universe)
  const wanted = new Set(instruments)
  const bySession = new Map<SessionDate, Map<InstrumentId, string>>()
  const bars = new Map<SessionDate, Record<InstrumentId, TradedBar>>()
  const latest = new Map<InstrumentId, SessionDate>()
  for (const { session, instrument, text, row, traded } of found.cells) {
    if (!wanted.has(instrument) || !within(session, options)) continue
    const before = latest.get(instrument)
    const reason = before !== undefined && session < before ? 'out_of_order' : faultOf(text)
    const closes = bySession.get(session)
    if (closes?.has(instrument)) drop('duplicate', row, instrument)
    else if (reason !== undefined) drop(reason, row, instrument)
    else {
      latest.set(instrument, session)
      if (closes === undefined) bySession.set(session, new Map([[instrument, text]]))
      else closes.set(instrument, text)
      if (traded !== undefined) noted(bars, session)[instrument] = traded
    }
  }
  if (bySession.size === 0) throw noPrices(path, options, drops.length)
  const dates = [...bySession.keys()].sort()
  const sessions = dates.map((session): SessionBars => {
    const closes = bySession.get(session)!
    const ordered = instruments.filter((name) => closes.has(name)).map((name) => [name, closes.get(name)!])
    const traded = bars.get(session)
    const all = { session, at: closeOf(session), closes: Object.fromEntries(ordered) }
    return traded === undefined ? all : { ...all, traded }
  })
  return { barSize: options.barSize ?? inferredBarSize(path, dates), instruments, sessions, dropped: drops }
}

/** The bars noted of a session so far. */
function noted(
  bars: Map<SessionDate, Record<InstrumentId, TradedBar>>,
  session: SessionDate,
): Record<InstrumentId, TradedBar> {
  const known = bars.get(session) ?? {}
  bars.set(session, known)
  return known
}

const within = (session: SessionDate, { from, to }: PriceCsvOptions): boolean =>
  (from === undefined || session >= from) && (to === undefined || session <= to)

function chosen(
  path: string,
  known: readonly InstrumentId[],
  universe: readonly InstrumentId[] | undefined,
): readonly InstrumentId[] {
  if (universe === undefined) return known
  const names = new Set(known)
  const unknown = universe.filter((name) => !names.has(name))
  if (unknown.length > 0)
    throw new Fault('UNKNOWN_INSTRUMENT', `${path} has no prices of ${unknown.join(', ')}`, 'never', { path, unknown })
  return [...new Set(universe)]
}

/** Daily below five days (a week with holidays), monthly from four weeks to five. */
function inferredBarSize(path: string, dates: readonly SessionDate[]): BarSize {
  const gaps = dates.slice(1).map((date, index) => daysBetween(dates[index]!, date))
  const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 1
  if (median < 5) return '1d'
  if (median >= 28 && median <= 35) return '1mo'
  throw new Fault('BAR_SIZE', `${path}: sessions ${median} days apart are neither daily nor monthly`, 'never', { path })
}

function noPrices(path: string, { from, to }: PriceCsvOptions, count: number): Fault {
  const span = from === undefined && to === undefined ? '' : ` from ${from ?? 'the start'} to ${to ?? 'the end'}`
  return new Fault('NO_PRICES', `${path} has no usable price${span}; ${count} were dropped`, 'never', { path })
}
