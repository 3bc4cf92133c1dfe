import { describe, expect, it } from 'vitest'
import { addDays, addWeekdays, daysBetween, instant, later, sessionDate, toIso, weekday } from '#units/time.js'

describe('instants', () => {
  it('are whole milliseconds', () => {
    expect(later(instant(1_000), 0.6)).toBe(1_001)
    expect(toIso(instant(0))).toBe('1970-01-01T00:00:00.000Z')
    for (const bad of [0.5, Number.NaN, Infinity, 2 ** 53]) expect(() => instant(bad)).toThrow(RangeError)
  })
})

describe('session dates', () => {
  it('are real days written YYYY-MM-DD', () => {
    for (const day of ['2024-02-29', '1999-12-31', '2000-01-01']) expect(sessionDate(day)).toBe(day)
    for (const bad of ['2023-02-29', '2024-2-1', '2024-02-30', '2024-13-01', '', '20240101', '2024-01-01T00:00:00Z'])
      expect(() => sessionDate(bad)).toThrow(RangeError)
  })

  it('count calendar days across leap days and years', () => {
    expect(daysBetween(sessionDate('2024-02-28'), sessionDate('2024-03-01'))).toBe(2)
    expect(daysBetween(sessionDate('2023-02-28'), sessionDate('2023-03-01'))).toBe(1)
    expect(daysBetween(sessionDate('2024-01-01'), sessionDate('2023-12-31'))).toBe(-1)
    expect(addDays(sessionDate('2023-12-31'), 1)).toBe('2024-01-01')
    expect(addDays(sessionDate('2024-03-01'), -1)).toBe('2024-02-29')
  })

  it('count weekdays from any day, Saturdays and Sundays left out', () => {
    const friday = sessionDate('2024-03-01')
    expect(weekday(friday)).toBe(5)
    expect(addWeekdays(friday, 0)).toBe('2024-03-01')
    expect(addWeekdays(friday, 1)).toBe('2024-03-04')
    expect(addWeekdays(friday, 5)).toBe('2024-03-08')
    expect(addWeekdays(sessionDate('2024-03-02'), 1)).toBe('2024-03-04')
    expect(addWeekdays(sessionDate('2024-03-03'), 2)).toBe('2024-03-05')
  })
})
