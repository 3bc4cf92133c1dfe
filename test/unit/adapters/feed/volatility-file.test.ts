import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { describe, expect, it, vi } from 'vitest'
import { closingTimes } from '#adapters/feed/dates.js'
import { remembered } from '#adapters/feed/remembered.js'
import { readLevels, volatilityFiles } from '#adapters/feed/volatility-file.js'
import { Fault } from '#units/fault.js'
import { addDays, sessionDate, toIso } from '#units/time.js'
import { tempDir } from '../../../support/temp-dir.js'

function file(text: string): string {
  const path = join(tempDir(), 'vix.csv')
  writeFileSync(path, text)
  return path
}

function faultOf(read: () => unknown): Fault {
  try {
    read()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  return expect.fail('it was read')
}

describe('levels of a volatility index in a file', () => {
  it('are as of 16:15 in New York, summer and winter', () => {
    const readings = readLevels(file('date,close\n2024-03-08,14.74\n2024-03-11,15.22\nNov 4 2024,21.98\n'))
    expect(readings.map(({ level, at }) => [level, toIso(at)])).toEqual([
      [14.74, '2024-03-08T21:15:00.000Z'],
      [15.22, '2024-03-11T20:15:00.000Z'],
      [21.98, '2024-11-04T21:15:00.000Z'],
    ])
  })

  it.each(['1e3', '0', '0.000', '-1', '.5', 'Infinity', '0x10', ' '])(
    'are in plain notation above 0: not %j',
    (cell) => {
      expect(faultOf(() => readLevels(file(`date,close\n2024-03-08,${cell}\n`))).message).toMatch(/line 2: .* no level/)
    },
  )
})

describe('closing times', () => {
  const zones = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC', 'Pacific/Apia']

  it('are those of the calendar of the zone, in whatever order dates come', () => {
    const first = sessionDate('1985-01-01')
    const days = fc.array(fc.tuple(fc.nat(16_000), fc.nat(12)), { minLength: 1, maxLength: 8 })
    const times = fc.constantFrom('00:30', '01:30', '02:30', '16:15', '23:59:30')
    fc.assert(
      fc.property(days, fc.constantFrom(...zones), times, (runs, timeZone, time) => {
        const at = closingTimes(timeZone, time)
        const plainTime = Temporal.PlainTime.from(time)
        for (const [from, length] of runs)
          for (let day = from; day <= from + length; day += 1) {
            const session = addDays(first, day)
            const close = Temporal.PlainDate.from(session).toZonedDateTime({ timeZone, plainTime })
            expect(at(session)).toBe(close.epochMilliseconds)
          }
      }),
    )
  })

  it('ask the calendar no more than once between two changes of the clocks', () => {
    const at = closingTimes('America/New_York', '16:15')
    const first = sessionDate('2000-01-01')
    const asked = vi.spyOn(Temporal.PlainDate, 'from')
    for (let day = 0; day < 3_652; day += 1) at(addDays(first, day))
    expect(asked.mock.calls.length).toBeLessThanOrEqual(21)
    asked.mockRestore()
  })
})

describe('a file that is remembered', () => {
  const GOOD = 'date,close\n2024-03-01,15\n'
  const BAD = 'date,close\n2024-03-01,no\n'

  it('is read once while it stays as it is, whether it can be read or not', () => {
    for (const text of [GOOD, BAD]) {
      const path = file(text)
      let reads = 0
      const read = remembered((name: string, _how: undefined) => {
        reads += 1
        return readLevels(name)
      })
      const outcome = () => {
        try {
          return read(path, undefined)
        } catch (error) {
          return error
        }
      }
      const first = outcome()
      expect(outcome()).toBe(first)
      expect(reads).toBe(1)
    }
  })

  it('is read again once mended, even to the same size and time', () => {
    const path = file(BAD)
    const levels = volatilityFiles(join(path, '..'))
    const fault = faultOf(() => levels('vix.csv'))
    expect(faultOf(() => levels('vix.csv'))).toBe(fault)
    const { atime, mtime } = statSync(path)
    writeFileSync(path, BAD.replace('no', '15'))
    utimesSync(path, atime, mtime)
    expect(levels('vix.csv')).toMatchObject([{ level: 15 }])
    writeFileSync(path, BAD)
    expect(faultOf(() => levels('vix.csv')).code).toBe('CSV_FORMAT')
    rmSync(path)
    expect(faultOf(() => levels('vix.csv'))).toMatchObject({ code: 'FILE_NOT_FOUND', data: { path } })
    writeFileSync(path, GOOD)
    expect(levels('vix.csv')).toHaveLength(1)
  })

  it('is named when nothing can be known of it', () => {
    const levels = volatilityFiles(join(file(GOOD), '..'))
    expect(faultOf(() => levels('vix.csv/below'))).toMatchObject({ code: 'FILE_NOT_FOUND' })
    const long = 'x'.repeat(5_000)
    expect(faultOf(() => levels(long))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining(long),
    })
    expect(faultOf(() => levels('.'))).toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})
