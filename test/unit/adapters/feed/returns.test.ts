import { afterAll, describe, expect, it } from 'vitest'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { readCsvTable } from '#adapters/feed/csv-table.js'
import { pricesToReturns, type ReturnsMatrix, returnsIn } from '#adapters/feed/returns.js'
import { instrumentId } from '#units/ids.js'
import { barsOf, simulatedPrices } from '../../../support/prices.js'
import { faultOf, TemporaryFolder } from './files.js'

const folder = new TemporaryFolder()
afterAll(() => folder.remove())
const readReturnsCsv = (path: string): ReturnsMatrix => returnsIn(readCsvTable(path))

describe('a returns file', () => {
  it('is a matrix with its names, one row per period', () => {
    const matrix = readReturnsCsv(folder.write('plain.csv', 'AAA,BBB\n0.01,-0.02\n+.5,1e-3\n'))
    expect(matrix).toEqual({
      names: ['AAA', 'BBB'],
      rows: 2,
      columns: 2,
      returns: Float64Array.of(0.01, -0.02, 0.5, 0.001),
      labels: ['1', '2'],
    })
  })

  it.each([
    ['Date,AAA', 'a date column by its name'],
    [',AAA', 'a date column without a name'],
    ['period,AAA', 'a date column by its content'],
  ])('%s: knows %s', (header) => {
    const matrix = readReturnsCsv(folder.write('dated.csv', `${header}\n2020-01-31,0.25\n2020-02-29,-1\n`, true))
    expect(matrix.names).toEqual(['AAA'])
    expect(matrix.labels).toEqual(['2020-01-31', '2020-02-29'])
    expect([...matrix.returns]).toEqual([0.25, -1])
  })

  it.each([
    ['AAA,BBB\n0.1,0.2\n0.1,NaN\n', 'line 3: column BBB: "NaN" is no number'],
    ['AAA,BBB\n0.1,\n', 'line 2: column BBB: "" is no number'],
    ['AAA,BBB\n0x10,1\n', 'line 2: column AAA: "0x10" is no number'],
    ['AAA\n1e999\n', 'line 2: column AAA: "1e999" is no number'],
    ['AAA,BBB\n0.1,0.2\n0.1\n', 'line 3: 1 cells where the header has 2'],
    ['AAA,BBB\n0.1,0.2,0.3\n', 'line 2: 3 cells where the header has 2'],
    ['Date,AAA\nyesterday,0.1\n', 'line 2: "yesterday" is no date'],
    ['AAA,AAA\n0.1,0.2\n', 'line 1: two columns are named AAA'],
    ['Date\n2020-01-01\n', 'line 1: there is no column of returns'],
    ['AAA\n', 'line 1: there is no row of returns'],
  ])('is refused with the place of what is wrong: %j', (text, message) => {
    const fault = faultOf(() => readReturnsCsv(folder.write('bad.csv', text)))
    expect(fault.code).toBe('BAD_RETURNS')
    expect(fault.message).toContain(message)
  })
})

describe('returns from prices', () => {
  it('are simple returns of neighbouring sessions in which every instrument has a price', () => {
    const full = readPriceCsv(
      folder.write(
        'gap.csv',
        'Date,AAA,BBB\n2020-01-02,100,50\n2020-01-03,110,40\n2020-01-06,,41\n2020-01-07,99,44\n2020-01-08,99,22\n',
      ),
    )
    const matrix = pricesToReturns(full)
    expect(matrix.names).toEqual(['AAA', 'BBB'])
    expect(matrix.labels).toEqual(['2020-01-03', '2020-01-08'])
    // 110/100 and 40/50 are exact to one rounding each.
    for (const [at, value] of [0.1, -0.2, 0, -0.5].entries()) expect(matrix.returns[at]).toBeCloseTo(value, 14)
    expect(pricesToReturns(full, '2020-01-07', '2020-01-08').rows).toBe(1)
  })

  it('are refused when no two sessions price everything, naming the shortest history', () => {
    const history = {
      barSize: '1d' as const,
      instruments: [instrumentId('AAA'), instrumentId('BBB')],
      sessions: [barsOf('2020-01-02', { AAA: '1', BBB: '1' }), barsOf('2020-01-03', { AAA: '2' })],
      dropped: [],
    }
    const fault = faultOf(() => pricesToReturns(history))
    expect(fault.code).toBe('NO_RETURNS')
    expect(fault.message).toContain('BBB has 1 prices')
  })

  it('of a simulated history are one fewer than its sessions, and the same seed gives the same bytes', () => {
    const options = { seed: 7, instruments: ['AAA', 'BBB', 'CCC'], sessions: 500 }
    const matrix = pricesToReturns(simulatedPrices(options))
    expect([matrix.rows, matrix.columns]).toEqual([499, 3])
    expect(simulatedPrices(options)).toEqual(simulatedPrices(options))
    expect(simulatedPrices({ ...options, seed: 8 })).not.toEqual(simulatedPrices(options))
    const mean = matrix.returns.reduce((sum, value) => sum + value, 0) / matrix.returns.length
    const variance = matrix.returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / matrix.returns.length
    // 1,497 draws of standard deviation 0.01, partly in common: within a tenth.
    expect(Math.sqrt(variance)).toBeGreaterThan(0.009)
    expect(Math.sqrt(variance)).toBeLessThan(0.011)
  })
})
