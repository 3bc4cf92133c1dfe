import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { instrumentId } from '#units/ids.js'
import { sessionDate, toIso } from '#units/time.js'
import { faultOf, TemporaryFolder } from './files.js'

const folder = new TemporaryFolder()
afterAll(() => folder.remove())

const A = instrumentId('AAA')
const B = instrumentId('BBB')

describe('a wide price file', () => {
  it('gives each date its closes, as the decimal text of the file', () => {
    const history = readPriceCsv(folder.write('wide.csv', 'Date,AAA,BBB\n2020-01-02,10.50,20\n2020-01-03,11,0.2040\n'))
    expect(history.barSize).toBe('1d')
    expect(history.instruments).toEqual([A, B])
    expect(history.sessions.map((bars) => [bars.session, bars.closes])).toEqual([
      ['2020-01-02', { AAA: '10.50', BBB: '20' }],
      ['2020-01-03', { AAA: '11', BBB: '0.2040' }],
    ])
    expect(history.dropped).toEqual([])
  })

  it('is read from gzip whatever the file is called, and with a byte order mark and CRLF lines', () => {
    const text = '\uFEFFDate,AAA\r\n2020-01-02,10\r\n'
    const plain = readPriceCsv(folder.write('bom.csv', text))
    const packed = readPriceCsv(folder.write('packed.csv', text, true))
    expect(plain.sessions[0]!.closes).toEqual({ AAA: '10' })
    expect(packed).toEqual(plain)
  })

  it('closes sessions at 16:00 in New York, summer and winter, or at the given place and time', () => {
    const path = folder.write('dst.csv', 'Date,AAA\n2020-01-02,10\n2020-07-01,11\n')
    const closes = (history: ReturnType<typeof readPriceCsv>) => history.sessions.map((bars) => toIso(bars.at))
    expect(closes(readPriceCsv(path, { barSize: '1d' }))).toEqual([
      '2020-01-02T21:00:00.000Z',
      '2020-07-01T20:00:00.000Z',
    ])
    expect(closes(readPriceCsv(path, { barSize: '1d', timezone: 'UTC', closeTime: '23:59' }))).toEqual([
      '2020-01-02T23:59:00.000Z',
      '2020-07-01T23:59:00.000Z',
    ])
  })

  it('drops every kind of bad cell with its reason and place, and none becomes a zero', () => {
    const rows = [
      'Date,AAA,BBB',
      '2020-01-02,,NaN',
      '2020-01-03,0,-5',
      '2020-01-06,abc,1e3',
      '2020-01-07,10,"1,000"',
      '2020-01-08,11,inf',
    ]
    const history = readPriceCsv(folder.write('cells.csv', rows.join('\n')))
    expect(history.sessions.map((bars) => bars.closes)).toEqual([{ AAA: '10' }, { AAA: '11' }])
    expect(history.dropped.map(({ reason, where }) => `${where}: ${reason}`)).toEqual([
      'line 2 AAA: empty',
      'line 2 BBB: not_a_number',
      'line 3 AAA: not_positive',
      'line 3 BBB: not_positive',
      'line 4 AAA: not_a_number',
      'line 4 BBB: not_a_number',
      'line 5 BBB: not_a_number',
      'line 6 BBB: not_a_number',
    ])
  })

  it('drops rows that are ragged, undated, repeated or out of order, blank lines not counted against it', () => {
    const rows = [
      'Date,AAA',
      '2020-01-02,1',
      '2020-01-03,2,3',
      '',
      '2020-02-30,4',
      '2020-01-06,5',
      '2020-01-06,6',
      '2020-01-03,7',
      'x,8',
      '2020-01-07',
    ]
    const history = readPriceCsv(folder.write('rows.csv', rows.join('\n')))
    expect(history.sessions.map((bars) => [bars.session, bars.closes[A]])).toEqual([
      ['2020-01-02', '1'],
      ['2020-01-06', '5'],
    ])
    expect(history.dropped.map(({ reason, where }) => `${where}: ${reason}`)).toEqual([
      'line 3: malformed',
      'line 5: malformed',
      'line 7: duplicate',
      'line 8: out_of_order',
      'line 9: malformed',
      'line 10: malformed',
    ])
  })

  it('keeps only the universe and the span asked for, and says nothing of the rest', () => {
    const path = folder.write('span.csv', 'Date,AAA,BBB\n2020-01-02,1,x\n2020-01-03,2,x\n2020-01-06,3,x\n')
    const from = sessionDate('2020-01-03')
    const history = readPriceCsv(path, { universe: [A], from, to: from })
    expect(history.instruments).toEqual([A])
    expect(history.sessions.map((bars) => bars.closes)).toEqual([{ AAA: '2' }])
    expect(history.dropped).toEqual([])
  })
})

describe('a long price file', () => {
  it('prefers the adjusted close, takes the named column instead, and merges the symbols by date', () => {
    const path = folder.write(
      'long.csv',
      'date,symbol,open,close,adj_close\n2020-01-02,BBB,1,2,3\n2020-01-03,BBB,4,5,6\n2020-01-03,AAA,7,8,9\n',
    )
    const closes = (column?: string) =>
      readPriceCsv(path, column === undefined ? {} : { column }).sessions.map((bars) => bars.closes)
    expect(closes()).toEqual([{ BBB: '3' }, { BBB: '6', AAA: '9' }])
    expect(closes('close')).toEqual([{ BBB: '2' }, { BBB: '5', AAA: '8' }])
    expect(faultOf(() => closes('volume')).message).toContain('no column volume')
  })

  it('reads dates with month names and tells monthly bars', () => {
    const path = folder.write(
      'named.csv',
      'symbol,date,price\nAAA,Jan 1 2000,1\nAAA,"Feb 1, 2000",2\nAAA,March 1 2000,3\n',
    )
    const history = readPriceCsv(path)
    expect(history.barSize).toBe('1mo')
    expect(history.sessions.map((bars) => bars.session)).toEqual(['2000-01-01', '2000-02-01', '2000-03-01'])
  })

  it('drops duplicates and out-of-order dates of one symbol without touching the others', () => {
    const rows = ['symbol,date,price', 'AAA,2020-01-03,1', 'AAA,2020-01-02,2', 'AAA,2020-01-03,3', 'BBB,2020-01-02,4']
    const history = readPriceCsv(
      folder.write('order.csv', [...rows, 'no name,2020-01-03,5', 'BBB,2020-01-03,0'].join('\n')),
    )
    expect(history.sessions.map((bars) => [bars.session, bars.closes])).toEqual([
      ['2020-01-02', { BBB: '4' }],
      ['2020-01-03', { AAA: '1' }],
    ])
    expect(history.dropped.map(({ reason, where }) => `${where}: ${reason}`).sort()).toEqual([
      'line 3 AAA: out_of_order',
      'line 4 AAA: duplicate',
      'line 6: malformed',
      'line 7 BBB: not_positive',
    ])
  })
})

describe('a price file that cannot be used', () => {
  const cases: readonly [string, string, string][] = [
    ['neither wide nor long', 'date,open,high,low,close\n2020-01-02,1,2,3,4\n', 'CSV_FORMAT'],
    ['a name no instrument can have', 'Date,A B\n2020-01-02,1\n', 'CSV_FORMAT'],
    ['a column twice', 'Date,AAA,AAA\n2020-01-02,1,2\n', 'CSV_FORMAT'],
    ['nothing at all', '', 'CSV_INVALID'],
    ['a quote that never ends', 'Date,AAA\n2020-01-02,"1\n', 'CSV_INVALID'],
    ['no usable price', 'Date,AAA\n2020-01-02,NaN\n', 'NO_PRICES'],
    ['bars of an unknown size', 'Date,AAA\n2020-01-03,1\n2020-01-10,2\n2020-01-17,3\n', 'BAR_SIZE'],
  ]
  it.each(cases)('is refused: %s', (_what, text, code) => {
    const path = folder.write('bad.csv', text)
    const fault = faultOf(() => readPriceCsv(path))
    expect(fault.code).toBe(code)
    expect(fault.message).toContain(path)
    expect(fault.retry).toBe('never')
  })

  it('is refused when absent, by its path', () => {
    const path = join(folder.path, 'absent.csv')
    const fault = faultOf(() => readPriceCsv(path))
    expect([fault.code, fault.data.path]).toEqual(['FILE_NOT_FOUND', path])
  })

  it('is refused as damaged gzip, as text in another encoding, and as a directory', () => {
    const cut = folder.write('cut.csv', Buffer.from([0x1f, 0x8b, 8, 0]))
    const latin = folder.write('latin.csv', Buffer.from('Date,M\u00fc\n2020-01-02,1\n', 'latin1'))
    expect(faultOf(() => readPriceCsv(cut)).code).toBe('CSV_INVALID')
    expect(faultOf(() => readPriceCsv(latin)).code).toBe('CSV_INVALID')
    expect(faultOf(() => readPriceCsv(folder.path)).code).toBe('FILE_UNREADABLE')
  })

  it('is refused for universe members it does not have, all of them named', () => {
    const path = folder.write('universe.csv', 'Date,AAA\n2020-01-02,1\n')
    const fault = faultOf(() => readPriceCsv(path, { universe: [A, B, instrumentId('CCC')] }))
    expect(fault.code).toBe('UNKNOWN_INSTRUMENT')
    expect(fault.message).toContain('BBB, CCC')
  })

  it('is refused for a span without prices and for a zone that does not exist', () => {
    const path = folder.write('empty-span.csv', 'Date,AAA\n2020-01-02,1\n')
    expect(faultOf(() => readPriceCsv(path, { from: sessionDate('2021-01-01') })).message).toContain('2021-01-01')
    expect(faultOf(() => readPriceCsv(path, { timezone: 'Mars/Olympus' })).code).toBe('BAD_OPTION')
  })
})

describe('real price files', () => {
  const real = (name: string) => join(import.meta.dirname, '../../../../../shared/data/market', name)
  const sp500 = real('skfolio_sp500_dataset.csv.gz')
  const ohlcv = real('ohlcv_us45_daily_2016_2021.csv.gz')

  it.skipIf(!existsSync(sp500))('twenty US shares, 1990 to 2022 (skipped without ../shared/data)', () => {
    const history = readPriceCsv(sp500)
    expect([history.sessions.length, history.instruments.length, history.barSize]).toEqual([8313, 20, '1d'])
    expect(history.sessions.at(-1)!.closes[instrumentId('XOM')]).toBe('106.627')
    expect(history.dropped).toEqual([])
  })

  it.skipIf(!existsSync(ohlcv))('45 shares in long form, 2016 to 2021 (skipped without ../shared/data)', () => {
    const history = readPriceCsv(ohlcv)
    expect([history.sessions.length, history.instruments.length, history.barSize]).toEqual([1334, 45, '1d'])
    expect(history.sessions[0]!.closes[instrumentId('AAPL')]).toBe('24.36134')
    expect(history.sessions.every((bars) => Object.keys(bars.closes).length === 45)).toBe(true)
  })

  it('the monthly stocks of vega-datasets', () => {
    const history = readPriceCsv(join(import.meta.dirname, '../../../../node_modules/vega-datasets/data/stocks.csv'))
    expect(history.barSize).toBe('1mo')
    expect(history.instruments).toEqual(['MSFT', 'AMZN', 'IBM', 'GOOG', 'AAPL'])
    expect(history.sessions[0]).toMatchObject({ session: '2000-01-01', closes: { MSFT: '39.81', AAPL: '25.94' } })
    expect(history.sessions.length).toBe(123)
    expect(history.dropped).toEqual([])
  })
})
