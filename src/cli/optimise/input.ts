import { pricesIn } from '#adapters/feed/csv.js'
import { readTable } from '#adapters/feed/read-table.js'
import { pricesToReturns, type ReturnsMatrix, returnsIn } from '#adapters/feed/returns.js'
import type { Table } from '#adapters/feed/table.js'
import type { DroppedPrice, PriceHistory } from '#ports/market-feed.js'
import type { InstrumentId } from '#units/ids.js'
import { type SessionDate, sessionDate } from '#units/time.js'
import { CliError, EXIT } from '../failure.js'

/** Which scenarios to read. `from` and `to` bound the sessions the returns end in, inclusive. */
export interface InputRequest {
  readonly returns?: string
  readonly prices?: string
  readonly from?: string
  readonly to?: string
}

/**
 * Scenario returns from a file of returns or of prices: CSV, plain or gzip, or Parquet. The first return of a price file
 * may rest on a price from before `from`.
 * @throws CliError 64 without exactly one file, for a cell that is no price (naming its place), or when nothing is left
 * in the span; Faults of the readers.
 */
export async function scenarioReturns({ returns, prices, from, to }: InputRequest): Promise<ReturnsMatrix> {
  const [first, last] = [dateOf('--from', from), dateOf('--to', to)]
  if ((returns === undefined) === (prices === undefined))
    throw new CliError(EXIT.usage, 'USAGE', 'give either --returns FILE or --prices FILE')
  const table = await readTable(returns ?? prices!)
  return between(returns === undefined ? fromPrices(table, first, last) : returnsIn(table), first, last)
}

const fromPrices = (table: Table, from: SessionDate | undefined, to: SessionDate | undefined): ReturnsMatrix =>
  pricesToReturns(pricesWithin(table, { from, to }))

/** Which prices of a table to take: sessions of the returns, inclusive, names and column; absent for all and the usual one. */
export interface PriceSpan {
  readonly from: SessionDate | undefined
  readonly to: SessionDate | undefined
  readonly names?: readonly InstrumentId[] | undefined
  readonly column?: string | undefined
}

/**
 * The prices of a table, those of the session before `from`, which the first return starts at, included.
 * @throws CliError 64 for a cell that is no price, naming its place; Faults of the readers.
 */
export function pricesWithin(table: Table, span: PriceSpan): PriceHistory {
  const history = historyOf(table, { ...span, from: baseOf(table, span) })
  const bad = history.dropped.find(({ reason }) => reason !== 'empty')
  if (bad !== undefined) throw badPrice(table.path, bad)
  return history
}

/** The last session before `from`: the price its first return starts at. */
function baseOf(table: Table, span: PriceSpan): SessionDate | undefined {
  const { from } = span
  if (from === undefined) return undefined
  const before = historyOf(table, { ...span, from: undefined }).sessions
  return before.findLast(({ session }) => session < from)?.session ?? from
}

function historyOf(table: Table, { from, to, names, column }: PriceSpan): PriceHistory {
  return pricesIn(table, {
    barSize: '1d', // scenarios may be of any period; it only sets the age a live price may have
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(names === undefined ? {} : { universe: names }),
    ...(column === undefined ? {} : { column }),
  })
}

function between(matrix: ReturnsMatrix, from: SessionDate | undefined, to: SessionDate | undefined): ReturnsMatrix {
  const { labels, columns } = matrix
  if (from === undefined && to === undefined) return matrix
  if (labels.some((label) => !/^\d{4}-\d{2}-\d{2}$/.test(label)))
    throw new CliError(EXIT.usage, 'USAGE', '--from and --to need a first column of dates')
  const kept = [...labels.keys()].filter((row) => {
    const label = labels[row]!
    return (from === undefined || label >= from) && (to === undefined || label <= to)
  })
  if (kept.length === 0)
    throw new CliError(EXIT.usage, 'NO_RETURNS', `there is no return from ${from ?? 'the start'} to ${to ?? 'the end'}`)
  const returns = new Float64Array(kept.length * columns)
  for (const [at, row] of kept.entries())
    returns.set(matrix.returns.subarray(row * columns, (row + 1) * columns), at * columns)
  return { ...matrix, rows: kept.length, returns, labels: kept.map((row) => labels[row]!) }
}

/** The date an option names, if it is given. @throws CliError 64 when it is none. */
export function dateOf(option: string, text: string | undefined): SessionDate | undefined {
  if (text === undefined) return undefined
  try {
    return sessionDate(text)
  } catch {
    throw new CliError(EXIT.usage, 'USAGE', `${option} must be a date YYYY-MM-DD, got ${JSON.stringify(text)}`)
  }
}

const badPrice = (file: string, { reason, where }: DroppedPrice): CliError =>
  new CliError(EXIT.usage, 'BAD_PRICE', `${file} ${where}: the price is ${reason.replaceAll('_', ' ')}`, {
    reason,
    where,
  })
