import type { TradedBar } from '#domain/liquidity/estimate.js'
import type { DroppedPrice, DropReason } from '#ports/market-feed.js'
import { decimalFromFloat, parseDecimal } from '#units/decimal.js'
import { Fault } from '#units/fault.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import type { SessionDate } from '#units/time.js'
import { parseDate } from './dates.js'
import type { Cell, Table } from './table.js'

const PRICE_COLUMNS = ['adj_close', 'adj close', 'adjclose', 'close', 'price']

/** One price as text with its row in the table. */
interface PriceCell {
  readonly session: SessionDate
  readonly instrument: InstrumentId
  readonly text: string
  readonly row: number
  /** What was traded; absent unless asked for. */
  readonly traded?: TradedBar
}

/** What a file says: every price cell asked for, the rows that could not be read, the names it knows. */
export interface PriceCells {
  readonly instruments: readonly InstrumentId[]
  readonly cells: Iterable<PriceCell>
}

/** Where a dropped row or cell is noted. */
export type Drop = (reason: DropReason, row: number, what: string) => void

/**
 * Finds the prices in a table by its header. Wide: a date column, then one column per instrument. Long: columns
 * `symbol` and `date` and a price column, the first there is of adj_close, close, price unless `column` names one. With
 * `volumes` also what was traded, from the columns high, low, close and volume of a long file.
 * Faults (never): `CSV_FORMAT` when the header is neither, or lacks what is asked for.
 */
export function priceCells(table: Table, column: string | undefined, drop: Drop, volumes = false): PriceCells {
  const names = table.header.map((name) => name.toLowerCase())
  const symbol = names.findIndex((name) => name === 'symbol' || name === 'ticker')
  const date = names.indexOf('date')
  if (symbol >= 0 && date >= 0)
    return longCells(
      table,
      { date, symbol, price: priceColumn(table, names, column), traded: volumes ? tradedColumns(table, names) : null },
      drop,
    )
  if (volumes) throw format(table, 'volumes need a file with the columns symbol, date, high, low, close and volume')
  if (date === 0 && names.length > 1 && !(names.includes('open') && names.includes('close')))
    return wideCells(table, drop)
  throw format(table, `its header (${table.header.join(',')}) is neither Date,NAME,NAME,… nor symbol,date,price`)
}

/** Why a cell's text is no usable price; undefined when it is one. */
export function faultOf(text: string): DropReason | undefined {
  if (text === '') return 'empty'
  const value = parseDecimal(text)
  if (value === undefined) return 'not_a_number'
  return value.gt(0) ? undefined : 'not_positive'
}

/** Where a price was dropped, for people. */
export const dropped = (table: Table, reason: DropReason, row: number, what: string): DroppedPrice => ({
  reason,
  where: [table.place(row).text, what].join(' ').trim(),
})

function wideCells(table: Table, drop: Drop): PriceCells {
  const instruments = table.header.slice(1).map((name) => named(table, name))
  const twice = instruments.find((name, index) => instruments.indexOf(name) !== index)
  if (twice !== undefined) throw format(table, `two columns are named ${twice}`)
  return { instruments, cells: wideRows(table, instruments, drop) }
}

function* wideRows(table: Table, instruments: readonly InstrumentId[], drop: Drop): Generator<PriceCell> {
  let latest: SessionDate | undefined
  for (let row = 0; row < table.rows; row += 1) {
    const session = dateIn(table, row, 0, drop)
    if (session === undefined) continue
    if (latest !== undefined && session <= latest) {
      drop(session === latest ? 'duplicate' : 'out_of_order', row, '')
      continue
    }
    latest = session
    for (const [index, instrument] of instruments.entries())
      yield { session, instrument, text: textOf(table.cell(row, index + 1)), row }
  }
}

interface LongColumns {
  readonly date: number
  readonly symbol: number
  readonly price: number
  readonly traded: Readonly<Record<keyof TradedBar, number>> | null
}

function longCells(table: Table, columns: LongColumns, drop: Drop): PriceCells {
  const instruments = new Set<InstrumentId>()
  const cells: PriceCell[] = []
  const ids = new Map<string, InstrumentId | undefined>()
  for (let row = 0; row < table.rows; row += 1) {
    const session = dateIn(table, row, columns.date, drop)
    if (session === undefined) continue
    const name = String(table.cell(row, columns.symbol))
    if (!ids.has(name)) ids.set(name, idOf(name))
    const instrument = ids.get(name)
    if (instrument === undefined) {
      drop('malformed', row, '')
      continue
    }
    instruments.add(instrument)
    const cell = { session, instrument, text: textOf(table.cell(row, columns.price)), row }
    cells.push(columns.traded === null ? cell : { ...cell, traded: tradedIn(table, row, columns.traded) })
  }
  return { instruments: [...instruments], cells }
}

function dateIn(table: Table, row: number, column: number, drop: Drop): SessionDate | undefined {
  const session = table.width(row) === table.header.length ? parseDate(String(table.cell(row, column))) : undefined
  if (session === undefined) drop('malformed', row, '')
  return session
}

/** A price as plain decimal text: a float as the shortest that reads back as it. */
const textOf = (cell: Cell): string =>
  typeof cell === 'number' && Number.isFinite(cell) ? decimalFromFloat(cell).toFixed() : String(cell)

/** What a row says was traded; whoever uses it judges the figures. */
const tradedIn = (table: Table, row: number, columns: Readonly<Record<keyof TradedBar, number>>): TradedBar => ({
  high: textOf(table.cell(row, columns.high)),
  low: textOf(table.cell(row, columns.low)),
  close: textOf(table.cell(row, columns.close)),
  volume: textOf(table.cell(row, columns.volume)),
})

function tradedColumns(table: Table, names: readonly string[]): Readonly<Record<keyof TradedBar, number>> {
  const columnOf = (name: string): number => {
    const found = names.indexOf(name)
    if (found < 0) throw format(table, `volumes need a column ${name}: ${table.header.join(',')}`)
    return found
  }
  return { high: columnOf('high'), low: columnOf('low'), close: columnOf('close'), volume: columnOf('volume') }
}

function priceColumn(table: Table, names: readonly string[], column: string | undefined): number {
  const wanted = column === undefined ? PRICE_COLUMNS : [column.toLowerCase()]
  const found = wanted.map((name) => names.indexOf(name)).find((index) => index >= 0)
  if (found === undefined) throw format(table, `it has no column ${wanted.join(' or ')}: ${table.header.join(',')}`)
  return found
}

function named(table: Table, name: string): InstrumentId {
  const id = idOf(name)
  if (id === undefined) throw format(table, `${JSON.stringify(name)} in its header is no instrument name`)
  return id
}

function idOf(name: string): InstrumentId | undefined {
  try {
    return instrumentId(name)
  } catch {
    return undefined
  }
}

const format = (table: Table, why: string): Fault =>
  new Fault('CSV_FORMAT', `${table.path}: ${why}`, 'never', { path: table.path })
