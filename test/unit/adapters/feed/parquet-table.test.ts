import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pricesIn } from '#adapters/feed/csv.js'
import { readTable } from '#adapters/feed/read-table.js'
import { pricesToReturns, type ReturnsMatrix, returnsIn } from '#adapters/feed/returns.js'
import { Fault } from '#units/fault.js'
import { seededRandom } from '../../../support/prices.js'
import { TemporaryFolder } from './files.js'

const folder = new TemporaryFolder()
afterAll(() => folder.remove())

/** Made by make.py beside them: written by Apache Arrow, three row groups each. */
const fixture = (name: string): string => join('test/fixtures/parquet', name)
const returns = async (name: string): Promise<ReturnsMatrix> => returnsIn(await readTable(fixture(name)))
const prices = async (name: string): Promise<ReturnsMatrix> =>
  pricesToReturns(pricesIn(await readTable(fixture(name)), { barSize: '1d' }))

/** All of a matrix with the bits of its numbers: -0 is not 0. */
const bits = ({ returns: values, ...rest }: ReturnsMatrix) => ({
  ...rest,
  bytes: Buffer.from(values.buffer).toString('hex'),
})

const faultOf = (reading: Promise<unknown>): Promise<Fault> =>
  reading.then(
    () => Promise.reject(new Error('expected a Fault, nothing was thrown')),
    (error: unknown) => (error instanceof Fault ? error : Promise.reject(error)),
  )

describe('a Parquet file', () => {
  it.each([
    ...['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'].map((codec) => [
      `compressed by ${codec}`,
      `returns-${codec}`,
    ]),
    ["with pandas's index last and without a name", 'returns-index'],
    ['with times at midnight UTC under another name', 'returns-session'],
    ['with dates as text, version 2 pages and bytes split by place', 'returns-v2'],
  ])('%s gives the returns of the CSV to the bit', async (_what, name) => {
    const expected = await returns('returns.csv')
    expect([expected.rows, expected.columns, expected.labels[0]]).toEqual([40, 5, '2024-01-01'])
    expect(bits(await returns(`${name}.parquet`))).toEqual(bits(expected))
  })

  it('without dates numbers its rows', async () => {
    const matrix = await returns('returns-undated.parquet')
    expect([matrix.names, matrix.labels.at(-1)]).toEqual([['AAA', 'BBB', 'CCC', 'DDD', 'EEE'], '40'])
  })

  it('of prices, wide with gaps or long in decimals, gives the returns of the CSV to the bit', async () => {
    const wide = await prices('prices.parquet')
    expect(bits(wide)).toEqual(bits(await prices('prices.csv')))
    expect(wide.rows).toBe(35)
    expect(bits(await prices('prices-long.parquet'))).toEqual(bits(await prices('prices-long.csv')))
  })

  it('is known by its first bytes under any name, and a CSV named .parquet is refused', async () => {
    const copy = folder.write('named.csv', readFileSync(fixture('returns-zstd.parquet')))
    expect(returnsIn(await readTable(copy)).rows).toBe(40)
    const fault = await faultOf(readTable(folder.write('text.parquet', 'date,AAA\n2024-01-01,0.1\n')))
    expect([fault.code, fault.message]).toEqual([
      'PARQUET_INVALID',
      expect.stringContaining('does not begin with PAR1'),
    ])
  })

  it.each([
    ['bad-nan', 'row 21 in row group 2: column CCC: NaN is no number', { rowGroup: 2, row: 21 }],
    ['bad-null', 'row 21 in row group 2: column CCC: "" is no number', { rowGroup: 2, row: 21 }],
    ['bad-noon', 'row 1 in row group 1: "2024-01-01T12:00:00.000Z" is no date', { rowGroup: 1, row: 1 }],
    ['bad-index', 'row 1 in row group 1: 0 is no date', { rowGroup: 1, row: 1 }],
  ])('%s is refused with the place of what is wrong', async (name, said, place) => {
    const fault = await faultOf(returns(`${name}.parquet`))
    expect([fault.code, fault.message]).toEqual(['BAD_RETURNS', `${fixture(name)}.parquet ${said}`])
    expect(fault.data).toMatchObject(place)
  })

  it('has a price that is none dropped with its place', async () => {
    const { dropped } = pricesIn(await readTable(fixture('bad-price.parquet')), { barSize: '1d' })
    expect(dropped.filter(({ reason }) => reason !== 'empty')).toEqual([
      { reason: 'not_positive', where: 'row 21 in row group 2 CCC' },
    ])
  })

  it.each([
    ['bad-nested', 'column AAA holds lists or records'],
    ['bad-bool', 'column AAA holds BOOLEAN'],
    ['bad-decimal', 'row group 1, column AAA: the decimal 123456789012345.67 has more digits than a float64 holds'],
  ])('%s is refused with its column', async (name, said) => {
    const fault = await faultOf(returns(`${name}.parquet`))
    expect([fault.code, fault.message]).toEqual(['PARQUET_INVALID', expect.stringContaining(said)])
  })

  it('that is cut off, encrypted or empty is refused in those words', async () => {
    const whole = readFileSync(fixture('returns-snappy.parquet'))
    for (const [bytes, said] of [
      [whole.subarray(0, -9), 'it was cut off'],
      [Buffer.concat([whole.subarray(0, -4), Buffer.from('PARE')]), 'it is encrypted'],
      [Buffer.from('PAR1PAR1'), 'is not a readable Parquet file'],
      [Buffer.from(''), 'does not begin with PAR1'],
    ] as const) {
      const fault = await faultOf(readTable(folder.write('cut.parquet', bytes)))
      expect([fault.code, fault.message]).toEqual(['PARQUET_INVALID', expect.stringContaining(said)])
    }
  })

  it('that is scratched anywhere is read or refused, and nothing else happens', async () => {
    const whole = readFileSync(fixture('returns-zstd.parquet'))
    const random = seededRandom(20261128)
    let refused = 0
    for (let n = 0; n < 300; n += 1) {
      const bytes = Buffer.from(whole)
      for (let scratches = 0; scratches < 3; scratches += 1)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      await readTable(folder.write('scratched.parquet', bytes)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(Fault)
        refused += 1
      })
    }
    expect(refused).toBeGreaterThan(100)
  })
})
