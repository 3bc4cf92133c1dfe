import { readTable } from '#adapters/feed/read-table.js'
import type { Table } from '#adapters/feed/table.js'
import { listed } from '#domain/explain/words.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import type { BarSeries } from '#numerics/volatility.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { CliError, EXIT } from '../failure.js'
import { dateOf, type PriceSpan, pricesWithin } from '../optimise/input.js'

/** Which prices to size by. `from` and `to` bound the sessions the returns end in, inclusive. */
export interface PriceRequest {
  readonly prices: string
  readonly symbols?: string
  readonly from?: string
  readonly to?: string
}

/** Prices as a sizing method sees them. */
export interface SizingInput {
  readonly scenarios: ScenarioSet
  readonly bars: ReadonlyMap<InstrumentId, BarSeries> | null
}

/** Names that an error lists before it only counts. */
const NAMED = 6
/** Columns of a bar beside its close. */
const RANGE = ['open', 'high', 'low'] as const

/**
 * Prices from a file of CSV, plain or gzip, or of Parquet: the last `window` returns (null for all of the span, 0 for none) of
 * every name, and with `ranges` their bars. Strict: a name that lacks one of them is refused, not left out.
 * @throws CliError 64 naming what is wrong or missing and where; Faults of the readers.
 */
export async function sizingInput(request: PriceRequest, window: number | null, ranges: boolean): Promise<SizingInput> {
  const [from, to] = [dateOf('--from', request.from), dateOf('--to', request.to)]
  const table = await readTable(request.prices)
  const span = { from, to, names: request.symbols === undefined ? undefined : symbolsOf(request.symbols) }
  const history = pricesWithin(table, span)
  const { instruments, sessions } = history
  if (from !== undefined && sessions.at(-1)!.session < from)
    throw new CliError(EXIT.usage, 'NO_PRICES', `${table.path} has no price from ${from} to ${to ?? 'the end'}`)
  const rows = Math.max(1, window ?? sessions.length - 1)
  const scenarios = scenarioSet({ instruments, sessions, minimum: rows, maximum: rows })
  refuseGaps(table.path, history, scenarios, window === 0)
  return { scenarios, bars: ranges ? barsOf(table, span, history, rows) : null }
}

function symbolsOf(text: string): readonly InstrumentId[] {
  return text.split(',').map((symbol) => {
    try {
      return instrumentId(symbol.trim())
    } catch {
      throw new CliError(EXIT.usage, 'USAGE', `--symbols: ${JSON.stringify(symbol)} is no symbol`)
    }
  })
}

/** A size of a name whose prices ended, or have a hole, would be made of whatever came before. */
function refuseGaps(path: string, { sessions }: PriceHistory, { excluded }: ScenarioSet, onlyLatest: boolean): void {
  const last = sessions.at(-1)!
  const missing = excluded.filter(({ instrument }) => !onlyLatest || !Object.hasOwn(last.closes, instrument))
  if (missing.length === 0) return
  const causes = missing.map(({ instrument, reason }) => `${instrument} ${reason}`)
  const message = `${path}: prices to ${last.session} are missing: ${listed(causes, NAMED)}; choose others with --symbols, or dates with --from and --to`
  throw new CliError(EXIT.usage, 'PRICES_MISSING', message, { missing })
}

/**
 * The last bars of every name, scaled to the close that returns are made of: in a file with adjusted closes a split or a
 * dividend is then no move overnight.
 */
function barsOf(
  table: Table,
  span: PriceSpan,
  history: PriceHistory,
  rows: number,
): ReadonlyMap<InstrumentId, BarSeries> {
  const names = new Set(table.header.map((name) => name.toLowerCase()))
  const absent = [...RANGE, 'close'].filter((column) => !names.has(column))
  if (absent.length > 0)
    throw new CliError(
      EXIT.usage,
      'BARS_MISSING',
      `${table.path} has no ${listed(absent, NAMED)}: ranges need a file with the columns symbol, date, open, high, low and close`,
    )
  const columns = (['close', ...RANGE] as const).map((column) => {
    const found = pricesWithin(table, { ...span, column }).sessions
    return [column, new Map(found.map(({ session, closes }) => [session, closes]))] as const
  })
  const [close, open, high, low] = columns
  const [before, ...bars] = history.sessions.slice(-rows - 1)
  const series = (name: InstrumentId): BarSeries => {
    const priced = bars.map(({ closes }) => Number(closes[name]))
    const scaled = ([column, prices]: (typeof columns)[number]): Float64Array =>
      Float64Array.from(bars, ({ session }, at) => {
        const own = (from: typeof prices, what: string): number => {
          const text = from.get(session)?.[name]
          if (text !== undefined) return Number(text)
          throw new CliError(EXIT.usage, 'BARS_MISSING', `${table.path}: ${name} has no ${what} on ${session}`)
        }
        return own(prices, column) * (priced[at]! / own(close![1], 'close'))
      })
    return {
      opens: scaled(open!),
      highs: scaled(high!),
      lows: scaled(low!),
      closes: Float64Array.from(priced),
      before: Number(before!.closes[name]),
    }
  }
  return new Map(history.instruments.map((name) => [name, series(name)]))
}
