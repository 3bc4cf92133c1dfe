import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFactors } from '#adapters/reference/factors.js'
import { Fault } from '#units/fault.js'
import { tempDir } from '../../../support/temp-dir.js'

function file(text: string): string {
  const path = join(tempDir(), 'factors.csv')
  writeFileSync(path, text)
  return path
}
const PERCENT = { unit: 'percent', riskFree: 'RF' } as const

describe('returns of factors from a CSV file', () => {
  it('are fractions by date, those without risk apart', () => {
    const { factors, sessions } = readFactors(
      file('date,Mkt-RF,SMB,RF\n2024-01-02,1,-0.5,0.02\n20240103,0.25,0,0.02\n'),
      PERCENT,
    )
    expect(factors).toEqual(['Mkt-RF', 'SMB'])
    expect([...sessions]).toEqual([
      ['2024-01-02', { returns: [0.01, -0.005], riskFree: 0.0002 }],
      ['2024-01-03', { returns: [0.0025, 0], riskFree: 0.0002 }],
    ])
    const plain = readFactors(file('day,M\n2024-01-02,0.01\n'), { unit: 'fraction', riskFree: 'RF' })
    expect([...plain.sessions]).toEqual([['2024-01-02', { returns: [0.01], riskFree: 0 }]])
  })

  it('are none of days where one is missing, whatever mark says so', () => {
    const days = (text: string, unit: 'percent' | 'fraction' = 'percent') => [
      ...readFactors(file(`date,A,B,RF\n2024-01-02,0.5,-0.25,0\n${text}`), { unit, riskFree: 'RF' }).sessions.keys(),
    ]
    for (const row of ['1,-99.99,0', '-999,1,0', '1,1,-99.990', '-999.00,-99.99,-999'])
      expect(days(`2024-01-03,${row}\n2024-01-04,100,-100,0\n`)).toEqual(['2024-01-02', '2024-01-04'])
    for (const row of ['0.1,-99.99,0', '-0.9999,0.1,0', '0.1,-9.99,0', '0.1,0.1,-999'])
      expect(days(`2024-01-03,${row}\n2024-01-04,1,-1,0\n`, 'fraction')).toEqual(['2024-01-02', '2024-01-04'])
  })

  it.each([
    ['', /no header line/],
    ['date\n2024-01-02\n', /no column of a factor/],
    ['date,RF\n2024-01-02,1\n', /no column of a factor/],
    ['date,M\n', /no row of returns/],
    ['date,M,M\n2024-01-02,1,1\n', /two columns are named M/],
    ['date,M,\n2024-01-02,1,1\n', /a column has no name/],
    ['date,M\nsoon,1\n', /line 2: "soon" is no date/],
    ['date,M\n2024-01-02,1\n2024-01-02,1\n', /line 3: 2024-01-02 does not come after 2024-01-02/],
    ['date,M\n2024-01-02,1,2\n', /line 2: 3 cells where the header has 2/],
    ['date,M\n2024-01-02,\n', /line 2: column M: "" is no number/],
    ['date,M\n2024-01-02,1\n2024-01-03,100.01\n', /line 3: column M: "100.01" is beyond ±100 % a day/],
    ['date,M,RF\n2024-01-02,1,-1e9\n', /line 2: column RF: "-1e9" is beyond ±100 % a day/],
    ['date,M\n2024-01-02,-99.991\n2024-01-03,-998\n', /line 3: column M: "-998" is beyond/],
    ['date,M\n2024-01-02,-99.99\n2024-01-03,-999\n', /no row of returns where none is missing/],
    ['date,M\n2024-01-02,-99.99\n2024-01-02,1\n', /line 3: 2024-01-02 does not come after 2024-01-02/],
  ])('are refused: %j', (text, reason) => {
    let fault: unknown
    try {
      readFactors(file(text), PERCENT)
    } catch (error) {
      fault = error
    }
    expect(fault).toBeInstanceOf(Fault)
    expect((fault as Fault).message).toMatch(reason)
  })
})
