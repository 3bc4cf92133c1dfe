import { describe, expect, it } from 'vitest'
import { ballast, dataOf, errorOf } from './cli-process.js'

interface Sessions {
  readonly sessions: readonly { readonly date: string; readonly close: string; readonly early: string }[]
  readonly holidays: readonly { readonly date: string; readonly name: string }[]
}

describe('ballast calendar', () => {
  it('lists sessions, early closes and holidays of an exchange', async () => {
    const range = ['--from', '2026-12-24', '--to', '2026-12-28']
    const { sessions, holidays } = dataOf<Sessions>(await ballast(['calendar', 'sessions', ...range, '-o', 'json']))
    expect(sessions.map(({ date, early }) => [date, early])).toEqual([
      ['2026-12-24', 'Christmas Eve'],
      ['2026-12-28', ''],
    ])
    expect(holidays).toEqual([{ date: '2026-12-25', name: 'Christmas Day' }])
    const text = await ballast(['calendar', 'sessions', ...range])
    expect(text.stdout).toMatch(/^2026-12-24 {2}Thu 09:30 {2}Thu 13:00 {2}2026-12-24T18:00:00\.000Z {2}Christmas Eve$/m)
    expect(text.stdout).toMatch(/^2026-12-25 .*closed: Christmas Day$/m)
  })

  it('says what is next, and how far it reaches', async () => {
    const ended = await ballast(['calendar', 'next', '--exchange', 'XCME', '-o', 'json'])
    const data = dataOf<{ next: { open: string; close: string }; now: string; reaches: string }>(ended)
    expect(data.reaches).toBe('2035-12-31')
    expect(data.now < data.next.open && data.next.open < data.next.close).toBe(true)
  })

  it('refuses what it does not know, by name', async () => {
    for (const [args, code, message] of [
      [['next', '--exchange', 'XLON'], 'UNKNOWN_EXCHANGE', 'there are XNYS, XCME, 24/7'],
      [['sessions', '--from', '2035-12-30', '--to', '2036-01-04'], 'BEYOND_HORIZON', 'from 2010-01-01 to 2035-12-31'],
      [['sessions', '--from', '2026-02-30'], 'USAGE', '--from: not a date'],
      [['sessions', '--from', '2026-02-03', '--to', '2026-02-02'], 'USAGE', 'is before'],
    ] as const) {
      const ended = await ballast(['calendar', ...args, '-o', 'json'])
      expect([ended.code, errorOf(ended).code]).toEqual([64, code])
      expect(errorOf(ended).message).toContain(message)
    }
  })
})
