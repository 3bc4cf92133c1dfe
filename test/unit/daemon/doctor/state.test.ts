import { describe, expect, it } from 'vitest'
import { judgeDirectory, judgeJournal, judgeLock } from '#daemon/doctor/state.js'

const directory = {
  kind: 'directory',
  path: '/s',
  mode: 0o700,
  journalMode: 0o700,
  owner: 7,
  asker: 7,
  writable: true,
} as const
const holder = { pid: 41, host: 'here', since: '2026-01-05T10:00:00.000Z' }

describe('the doctor on a state directory', () => {
  it('takes one that only its owner may look into', () => {
    expect(judgeDirectory(directory)).toMatchObject({ status: 'ok', detail: '/s, mode 700, owner uid 7' })
  })

  it.each([
    [0o750, 0o755, 'warn'],
    [0o701, 0o704, 'warn'],
    [0o755, 0o700, 'ok'],
    [0o700, 0o755, 'ok'],
    [0o755, null, 'ok'],
  ])('of mode %o over a journal of %o is %s', (mode, journalMode, status) => {
    const hint = status === 'warn' ? 'chmod 0700 /s' : null
    expect(judgeDirectory({ ...directory, mode, journalMode })).toMatchObject({ status, hint })
  })

  it("fails when its owner cannot write, and cannot tell of another user's", () => {
    expect(judgeDirectory({ ...directory, writable: false }).status).toBe('FAIL')
    expect(judgeDirectory({ ...directory, writable: false, asker: 8 })).toMatchObject({
      status: 'warn',
      detail: '/s, mode 700, owner uid 7: not writable by uid 8',
      hint: expect.stringContaining('sudo -u'),
    })
  })

  it('needs none yet when it can be made', () => {
    expect(judgeDirectory({ kind: 'absent', path: '/s', makeable: true }).status).toBe('ok')
    expect(judgeDirectory({ kind: 'absent', path: '/s', makeable: false }).status).toBe('warn')
    expect(judgeDirectory({ kind: 'other', path: '/s', trouble: 'not a directory' })).toMatchObject({
      status: 'FAIL',
      detail: '/s: not a directory',
    })
  })
})

describe('the doctor on a lock', () => {
  it.each([
    [{ kind: 'free' }, 'ok', 'no process holds'],
    [{ kind: 'held', ...holder }, 'ok', 'held by pid 41 on here since 2026-01-05T10:00:00.000Z'],
    [{ kind: 'held', ...holder, pid: 0 }, 'ok', 'a process that has not said who it is'],
    [{ kind: 'left', ...holder }, 'warn', 'stale: left by pid 41'],
    [{ kind: 'elsewhere', ...holder }, 'FAIL', 'another machine'],
    [{ kind: 'unreadable', trouble: 'EACCES' }, 'FAIL', 'EACCES'],
  ] as const)('%j is %s', (reading, status, words) => {
    expect(judgeLock(reading)).toMatchObject({ status, detail: expect.stringContaining(words) })
  })

  it('says what happens next to a stale one, and warns before anything is deleted', () => {
    expect(judgeLock({ kind: 'left', ...holder }).hint).toContain('the next start takes it over')
    expect(judgeLock({ kind: 'elsewhere', ...holder }).hint).toContain('only when you know')
  })
})

describe('the doctor on a journal', () => {
  it('tells layout and heads, and how to check the entries', () => {
    const heads = [
      { portfolio: 'core', seq: 12 },
      { portfolio: 'sat', seq: 3 },
    ]
    expect(judgeJournal({ kind: 'open', layout: 1, heads })).toEqual({
      status: 'ok',
      detail: 'layout 1; core at 12, sat at 3; entries not checked, ballast journal verify does that',
      hint: null,
      more: [],
    })
    expect(judgeJournal({ kind: 'open', layout: 1, heads: [] }).detail).toContain('no portfolio yet')
    expect(judgeJournal({ kind: 'none' }).status).toBe('ok')
    expect(judgeJournal({ kind: 'skipped', why: 'held' })).toMatchObject({ status: 'skip', detail: 'held' })
  })

  it('fails one that is damaged or of another layout, with another hint for each', () => {
    const refused = (code: string) => judgeJournal({ kind: 'refused', code, trouble: 'said so' })
    expect(refused('JOURNAL_VERSION')).toMatchObject({ status: 'FAIL', hint: expect.stringContaining('version') })
    expect(refused('JOURNAL_CORRUPT')).toMatchObject({
      status: 'FAIL',
      hint: expect.stringContaining('change nothing'),
    })
  })
})
