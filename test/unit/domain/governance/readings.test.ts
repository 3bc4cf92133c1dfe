import { describe, expect, it } from 'vitest'
import { type ClusterReading, isNewReading, sessionsSince } from '#domain/governance/readings.js'
import { instrumentId } from '#units/ids.js'
import { addDays, DAY_MS, instant, later, midnight, sessionDate, weekday } from '#units/time.js'

const at = (date: string) => instant(Date.parse(`${date}T21:00:00Z`))

describe('the age of a reading', () => {
  it('is counted in weekdays, in months on monthly bars', () => {
    expect(sessionsSince(at('2024-03-01'), at('2024-03-01'), '1d')).toBe(0)
    expect(sessionsSince(at('2024-03-01'), at('2024-03-03'), '1d')).toBe(0)
    expect(sessionsSince(at('2024-03-01'), at('2024-03-04'), '1d')).toBe(1)
    expect(sessionsSince(at('2024-03-01'), at('2024-03-15'), '1m')).toBe(10)
    expect(sessionsSince(at('2024-03-04'), at('2024-03-01'), '1d')).toBe(0)
    expect(sessionsSince(at('2023-11-30'), at('2024-02-29'), '1mo')).toBe(3)
  })

  it('is the number of weekdays that are counted one by one', () => {
    const from = sessionDate('2024-02-27')
    let count = 0
    for (let days = 1; days <= 40; days += 1) {
      const to = addDays(from, days)
      if (weekday(to) !== 0 && weekday(to) !== 6) count += 1
      expect(sessionsSince(midnight(from), midnight(to), '1d')).toBe(count)
    }
  })
})

describe('news of a reading', () => {
  const known: ClusterReading = { asOf: at('2024-03-04'), least: 0.7, clusters: [[instrumentId('AAA')]] }
  const aged = (days: number, more: Partial<ClusterReading> = {}) => ({
    ...known,
    asOf: later(known.asOf, days * DAY_MS),
    ...more,
  })

  it('is the first one, another one, and one that renews what has used up half of its age', () => {
    expect(isNewReading(undefined, known, { maxAge: 5, barSize: '1d' })).toBe(true)
    expect(isNewReading(known, aged(1), { maxAge: 5, barSize: '1d' })).toBe(false)
    expect(isNewReading(known, aged(2), { maxAge: 5, barSize: '1d' })).toBe(false)
    expect(isNewReading(known, aged(3), { maxAge: 5, barSize: '1d' })).toBe(true)
    expect(isNewReading(known, aged(1, { least: 0.6 }), { maxAge: 5, barSize: '1d' })).toBe(true)
    expect(isNewReading(known, aged(1, { clusters: [] }), { maxAge: 5, barSize: '1d' })).toBe(true)
  })

  it('is only what is said to make it another, where that is not all of it', () => {
    const next = aged(1, { clusters: [] })
    expect(isNewReading(known, next, { maxAge: 5, barSize: '1d' }, ({ least }) => least)).toBe(false)
  })

  it('is never an older one', () => {
    expect(isNewReading(known, aged(-1, { clusters: [] }), { maxAge: 5, barSize: '1d' })).toBe(false)
  })
})
