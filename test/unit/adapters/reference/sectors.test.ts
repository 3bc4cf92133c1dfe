import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSectors } from '#adapters/reference/sectors.js'
import { Fault } from '#units/fault.js'
import { tempDir } from '../../../support/temp-dir.js'

const GICS = join(import.meta.dirname, '../../../../../shared/data/reference/sp500_constituents_gics.csv')

function file(text: string): string {
  const path = join(tempDir(), 'sectors.csv')
  writeFileSync(path, text)
  return path
}

describe('sectors from a CSV file', () => {
  it('are read by the headings of their columns, quoted cells and blanks included', () => {
    const text = 'Name,Ticker,Sector\n"Alfa, Inc.",ALFA, Energy \nBravo,BRAVO,\n,,\nCharlie,C.D,Health Care\n'
    expect([...readSectors(file(text))]).toEqual([
      ['ALFA', 'Energy'],
      ['C.D', 'Health Care'],
    ])
  })

  it('may be said twice if it is the same, and rows may be short', () => {
    expect([...readSectors(file('Symbol,GICS Sector\nA,Energy\nB\nA,Energy\n'))]).toEqual([['A', 'Energy']])
  })

  it.each([
    ['', /no header line/],
    ['Symbol,Name\n', /has no column GICS Sector or Sector/],
    ['GICS Sector\nEnergy\n', /has no column Symbol or Ticker/],
    ['Symbol,GICS Sector\nA,Energy\nA,Materials\n', /line 3 gives A a second sector/],
    ['Symbol,GICS Sector\nA,"x\ny"\n', /has a sector that is no name/],
    [`Symbol,GICS Sector\nA,${'x'.repeat(65)}\n`, /has a sector that is no name/],
  ])('are refused: %j', (text, reason) => {
    const path = file(text)
    expect(() => readSectors(path)).toThrow(Fault)
    expect(() => readSectors(path)).toThrow(reason)
  })

  it.skipIf(!existsSync(GICS))('are the eleven of GICS for the S&P 500 (skipped without ../shared/data)', () => {
    const sectors = readSectors(GICS)
    expect(sectors.size).toBeGreaterThan(490)
    expect(new Set(sectors.values()).size).toBe(11)
    expect([sectors.get('XOM'), sectors.get('MSFT'), sectors.get('BRK.B')]).toEqual([
      ...['Energy', 'Information Technology', 'Financials'],
    ])
  })
})
