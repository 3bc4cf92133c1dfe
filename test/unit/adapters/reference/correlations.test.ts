import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCorrelations } from '#adapters/reference/correlations.js'
import { referenceFiles } from '#adapters/reference/files.js'
import { Fault } from '#units/fault.js'
import { midnight, sessionDate } from '#units/time.js'
import { tempDir } from '../../../support/temp-dir.js'

const PERCENT = { unit: 'percent', riskFree: 'RF' } as const
const PLAIN = '2024-03-01,AAA,BBB\nAAA,1,0.75\nBBB,0.75,1.0\n'

function file(text: string): string {
  const path = join(tempDir(), 'correlations.csv')
  writeFileSync(path, text)
  return path
}

const faultOf = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    return error
  }
}

describe('correlations from a CSV file', () => {
  it('are a dated square of names', () => {
    const { asOf, names, values } = readCorrelations(file(PLAIN))
    expect(asOf).toBe(midnight(sessionDate('2024-03-01')))
    expect(names).toEqual(['AAA', 'BBB'])
    expect([...values]).toEqual([1, 0.75, 0.75, 1])
  })

  it.each([
    ['', /no header line/],
    ['Name,AAA\nAAA,1\n', /its first cell is no date: "Name"/],
    ['2024-02-30,AAA\nAAA,1\n', /its first cell is no date/],
    ['2024-03-01\n', /there are no names/],
    ['2024-03-01,AAA,AAA\nAAA,1,1\nAAA,1,1\n', /two columns are named AAA/],
    ['2024-03-01,AAA,\nAAA,1,1\n,1,1\n', /a column has no name/],
    ['2024-03-01,AAA,BBB\nAAA,1,0.5\n', /1 rows where the header has 2 names/],
    ['2024-03-01,AAA,BBB\nAAA,1,0.5\nBBB,0.5\n', /line 3: 2 cells where there are 2 names/],
    ['2024-03-01,AAA,BBB\nBBB,1,0.5\nAAA,0.5,1\n', /line 2: BBB stands where AAA has to/],
    ['2024-03-01,AAA,BBB\nAAA,1,much\nBBB,0.5,1\n', /line 2: column BBB: "much" is no number from -1 to 1/],
    ['2024-03-01,AAA,BBB\nAAA,1,1.5\nBBB,1.5,1\n', /line 2: column BBB: "1.5" is no number from -1 to 1/],
    ['2024-03-01,AAA,BBB\nAAA,0.9,0.5\nBBB,0.5,1\n', /line 2: column AAA: "0.9" is not 1/],
    [
      '2024-03-01,AAA,BBB\nAAA,1,0.5\nBBB,0.6,1\n',
      /line 3: column AAA: "0.6" is another figure than that of AAA and BBB/,
    ],
    ['2024-03-01,A B\nA B,1\n', /instrument id/],
  ])('are refused: %j', (text, reason) => {
    const fault = faultOf(() => readCorrelations(file(text)))
    expect(fault).toBeInstanceOf(Fault)
    expect((fault as Fault).message).toMatch(reason)
  })
})

describe('files that rules name', () => {
  it('are read once while they are bad, named when they cannot be looked at, and taken once mended', () => {
    const path = file('2024-03-01,AAA\nAAA,2\n')
    const files = referenceFiles(join(path, '..'))
    const first = faultOf(() => files.correlations('correlations.csv'))
    expect(first).toMatchObject({ code: 'CORRELATIONS_INVALID' })
    expect(faultOf(() => files.correlations('correlations.csv'))).toBe(first)
    const { atime, mtime } = statSync(path)
    writeFileSync(path, '2024-03-01,AAA\nAAA,1\n')
    utimesSync(path, atime, mtime)
    expect(files.correlations('correlations.csv').names).toEqual(['AAA'])
    const long = 'x'.repeat(5_000)
    for (const read of [files.correlations, (name: string) => files.factors(name, PERCENT)]) {
      expect(faultOf(() => read(long))).toMatchObject({
        code: 'FILE_UNREADABLE',
        message: expect.stringContaining(long),
      })
      expect(faultOf(() => read('correlations.csv/below'))).toMatchObject({ code: 'FILE_NOT_FOUND' })
    }
  })

  it('of factors are read once for rules that read them alike, whatever else their terms are', () => {
    const path = file('date,M\n2024-01-02,1\n')
    const files = referenceFiles(join(path, '..'))
    const [one, other] = [
      { ...PERCENT, window: 20 },
      { ...PERCENT, window: 60 },
    ].map((how) => files.factors(path, how))
    expect(other).toBe(one)
    expect(files.factors(path, { ...PERCENT, unit: 'fraction' })).not.toBe(one)
  })

  it('are found in their folder, and read again when they have changed', () => {
    const path = file(PLAIN)
    const files = referenceFiles(join(path, '..'))
    const first = files.correlations('correlations.csv')
    expect(files.correlations(path)).toBe(first)
    writeFileSync(path, PLAIN.replaceAll('0.75', '0.25'))
    utimesSync(path, 1, 1)
    expect(files.correlations('correlations.csv').values[1]).toBe(0.25)
    rmSync(path)
    expect(faultOf(() => files.correlations('correlations.csv'))).toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})
