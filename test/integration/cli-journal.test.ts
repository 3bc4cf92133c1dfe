import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { backUpJournal } from '#adapters/journal/backup.js'
import { readExport } from '#adapters/journal/export.js'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { importHistory, restoreJournal } from '#daemon/renewal.js'
import { encode } from '#units/canonical.js'
import { portfolioId } from '#units/ids.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { playWorkspace, writeWorkspace } from './cli-workspace.js'

const FIXED = portfolioId('fixed')

/** Heads of every portfolio in a journal, all chains verified. */
async function headsIn(dir: string): Promise<Readonly<Record<string, { seq: number; hash: string }>>> {
  const journal = openJournalForReading({ dir })
  try {
    return Object.fromEntries(
      journal.portfolios().map((id) => {
        expect(journal.verify(id)).toMatchObject({ ok: true })
        return [id, journal.head(id)]
      }),
    )
  } finally {
    await journal.close()
  }
}

describe('the journal as files', () => {
  const origin = suiteTempDir()
  let folder: string
  const run = (...args: string[]): Promise<Ended> => ballast(args, { cwd: folder })
  const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))
  const journalDir = (): string => join(folder, 'state', 'journal')

  beforeAll(async () => {
    await playWorkspace(writeWorkspace(origin))
  })

  beforeEach(() => {
    folder = tempDir()
    cpSync(origin, folder, { recursive: true })
  })

  it('diff shows what a range of versions changed, and knows which versions there are', async () => {
    const heads = await headsIn(journalDir())
    const changes = await json<{ kind: string }[]>('journal', 'diff', 'fixed', '1')
    const kinds = new Set(changes.map(({ kind }) => kind))
    for (const kind of ['cash', 'position', 'order', 'run', 'target', 'value', 'setting']) expect(kinds).toContain(kind)
    expect((await run('journal', 'diff', 'fixed', '1', '2')).stdout).toMatch(/^WHAT +BEFORE +AFTER\nepoch +0 +1/)
    const beyond = await run('journal', 'diff', 'fixed', '1', '9999', '-o', 'json')
    expect(beyond.code).toBe(5)
    expect(errorOf(beyond).message).toContain(`1 to ${heads.fixed?.seq}`)
  })

  it('backup and compact keep every head, and a backup goes nowhere where something is', async () => {
    const heads = await headsIn(journalDir())
    expect((await run('journal', 'backup', 'copy')).stdout).toMatch(
      /^3 portfolios with \d+ entries verified; .* in copy/,
    )
    expect(await headsIn(join(folder, 'copy'))).toEqual(heads)
    await expect(backUpJournal({ dir: journalDir(), to: join(folder, 'copy') })).rejects.toThrow('is not empty')
    const before = statSync(join(journalDir(), 'data.mdb')).size
    expect((await run('journal', 'compact')).code).toBe(0)
    expect(statSync(join(journalDir(), 'data.mdb')).size).toBeLessThan(before)
    expect(await headsIn(journalDir())).toEqual(heads)
    expect(existsSync(join(journalDir(), 'compacting'))).toBe(false)
  })

  it('restore renews every portfolio, keeps what was there, and order ids made afterwards are new', async () => {
    const backup = join(folder, 'copy')
    await backUpJournal({ dir: journalDir(), to: backup })
    const orders = async (): Promise<string[]> => {
      const journal = openJournalForReading({ dir: journalDir() })
      const ids = journal.runs(FIXED).flatMap((row) => Object.keys(row.orders))
      await journal.close()
      return ids
    }
    const aim = (weights: string): void => {
      const file = join(folder, 'config', 'portfolios', 'fixed.yaml')
      writeFileSync(file, readFileSync(file, 'utf8').replace(/weights: \{[^}]*\}/, `weights: {${weights}}`))
    }
    const early = await orders()
    aim('AAA: 0.18, BBB: 0.30, CCC: 0.24, DDD: 0.24')
    expect((await run('run', 'fixed', '--reason', 'after the backup', '--actor', 'pm')).code).toBe(0)
    const lost = (await orders()).filter((id) => !early.includes(id))
    await expect(
      restoreJournal({ backup, dir: journalDir(), replace: false, reason: 'lost disk' }),
    ).rejects.toMatchObject({ code: 'JOURNAL_EXISTS' })
    const restored = await run('journal', 'restore', 'copy', '--reason', 'lost disk', '--replace')
    expect(restored).toMatchObject({ code: 0, stderr: '' })
    expect(existsSync(join(folder, 'state', 'journal.before-restore', 'data.mdb'))).toBe(true)
    const last = (await json<{ event: Record<string, unknown> }[]>('journal', 'show', 'fixed')).slice(-2)
    expect(last.map(({ event }) => event)).toMatchObject([
      { type: 'renewed', reason: 'lost disk' },
      { type: 'permitted', to: 'halted', reason: 'lost disk', actor: 'restore' },
    ])
    expect(await orders()).toEqual(early)
    aim('AAA: 0.06, BBB: 0.42, CCC: 0.24, DDD: 0.24') // the same legs once more: the same ids, were it not for the incarnation
    const once = ['run', 'fixed', '--reason', 'once more', '--actor', 'pm']
    expect((await run(...once)).code).not.toBe(0)
    expect((await run('resume', 'fixed', '--reason', 'looked at', '--actor', 'pm')).code).toBe(0)
    expect((await run(...once)).code).toBe(0)
    const again = (await orders()).filter((id) => !early.includes(id))
    expect(Math.min(lost.length, again.length)).toBeGreaterThan(0)
    expect(again.filter((id) => lost.includes(id))).toEqual([])
  })

  it('export writes what anybody can check, import takes it whole or not at all', async () => {
    const { entries } = await json<{ entries: number; head: string }>('journal', 'export', 'fixed', 'fixed.jsonl')
    const text = readFileSync(join(folder, 'fixed.jsonl'), 'utf8')
    expect(text.trimEnd().split('\n')).toHaveLength(entries + 1)
    const other = tempDir()
    const lines = text.trimEnd().split('\n')
    for (const [damaged, words] of [
      [lines.with(3, (lines[3] ?? '').replace('"epoch":1', '"epoch":2')), 'line 4: its content does not have its hash'],
      [lines.slice(0, -1), `line ${entries + 1}: cut short`],
      [lines.toSpliced(3, 1), 'line 4: it says it is entry 4'],
      [[...lines, lines.at(-1) ?? ''], `line ${entries + 2}: there are more`],
      [['{}'], 'line 1: not an exported journal'],
    ] as const)
      expect(() => readExport(damaged)).toThrow(words)
    const moved = await run('--state', other, 'journal', 'import', 'fixed.jsonl', '--reason', 'moved')
    expect(moved).toMatchObject({ code: 0, stderr: '' })
    await expect(
      importHistory({ history: readExport(lines), dir: join(other, 'journal'), reason: 'twice' }),
    ).rejects.toMatchObject({ code: 'PORTFOLIO_EXISTS' })
    const [here, there] = [
      openJournalForReading({ dir: journalDir() }),
      openJournalForReading({ dir: join(other, 'journal') }),
    ]
    expect(there.verify(FIXED)).toMatchObject({ ok: true, entries: entries + 2 })
    expect(encode(there.entries(FIXED, 1, entries))).toBe(encode(here.entries(FIXED, 1, entries)))
    expect(encode(there.runs(FIXED))).toBe(encode(here.runs(FIXED)))
    expect(encode(there.executions(FIXED))).toBe(encode(here.executions(FIXED)))
    expect(encode(there.recover(FIXED).timers)).toBe(encode(here.recover(FIXED).timers))
    for (const { id } of here.executions(FIXED))
      expect(there.inbox(FIXED, `exec:${id}`)).toBe(here.inbox(FIXED, `exec:${id}`))
    expect(there.entries(FIXED, entries + 1, 2).map(({ event }) => event)).toMatchObject([
      { type: 'renewed', reason: 'moved' },
      { type: 'permitted', to: 'halted', reason: 'moved', actor: 'import' },
    ])
    await here.close()
    await there.close()
  })

  it('seals old entries into segments, goes on trading, and says of what is sealed where it is', async () => {
    const heads = await headsIn(journalDir())
    const whole = await json<{ entries: number; head: string }[]>('journal', 'verify')
    await json('journal', 'export', 'fixed', 'before.jsonl')
    for (const wrong of [
      ['fixed', '--all'],
      [],
      ['fixed', '--before', 'yesterday'],
      ['fixed', '--before', '2026-01-01', '--keep', '1'],
    ])
      expect((await run('journal', 'seal', '--to', 'old', ...wrong)).code).toBe(64)
    expect((await run('journal', 'seal', 'nobody', '--keep', '0', '--to', 'old')).code).toBe(5)
    const seal = ['journal', 'seal', '--all', '--keep', '0', '--to', 'old']
    const planned = await json<{ portfolio: string; to: number; segments: string[] }[]>(...seal, '--dry-run')
    expect(existsSync(join(folder, 'old'))).toBe(false)
    const done = await json<typeof planned>(...seal)
    expect(done.map(({ to }) => to)).toEqual(planned.map(({ to }) => to))
    expect(await headsIn(journalDir())).toEqual(heads)
    const { to, segments } = done.find(({ portfolio }) => portfolio === 'fixed')!
    const segment = segments[0]!
    const files = done.map((row) => join('old', row.segments[0]!))
    expect(await json('journal', 'verify', '--with', ...files)).toEqual(whole)
    expect(await json('journal', 'verify', '--replay', '--with', ...files)).toEqual(whole)
    expect((await run('journal', 'verify', '--replay')).stdout).toContain(
      `ok from ${to + 1} on; ${to} and before are sealed, the last in ${segment}`,
    )
    expect((await run('journal', 'verify', 'fixed', '--with', files[1]!)).code).toBe(64)
    for (const past of [
      ['show', 'fixed', '--from', '1'],
      ['diff', 'fixed', '1', String(to + 1)],
    ]) {
      const refused = await run('journal', ...past, '-o', 'json')
      expect(refused.code).toBe(5)
      expect(errorOf(refused)).toMatchObject({ code: 'ENTRIES_SEALED', segment })
    }
    expect((await run('journal', 'show', 'fixed', '--limit', '9999')).stdout).toMatch(
      new RegExp(`\\n${to + 1} [^]*\\nEntries before ${to + 1} are sealed`),
    )
    expect((await run('explain', 'AAA', '-p', 'fixed')).code).toBe(0)
    expect((await run('journal', 'export', 'fixed', 'rest.jsonl')).stdout).toContain(
      `Entries 1 to ${to} are not in it: ${segment}`,
    )
    const bare = await run('--state', tempDir(), 'journal', 'import', 'rest.jsonl', '--reason', 'moved')
    expect([bare.code, bare.stderr]).toEqual([64, expect.stringContaining(`entries 1 to ${to} of fixed are missing`)])
    const moved = [
      '--state',
      tempDir(),
      'journal',
      'import',
      'rest.jsonl',
      '--with',
      join('old', segment),
      '--reason',
      'moved',
    ]
    expect((await run(...moved)).code).toBe(0)
    expect(readExport(readFileSync(join(folder, 'before.jsonl'), 'utf8').split('\n')).head).toBe(heads.fixed?.hash)
    await backUpJournal({ dir: journalDir(), to: join(folder, 'copy') })
    expect((await run('journal', 'compact')).code).toBe(0)
    expect((await run('journal', 'restore', 'copy', '--reason', 'lost disk', '--replace')).code).toBe(0)
    expect((await run('resume', 'fixed', '--reason', 'looked at', '--actor', 'pm')).code).toBe(0)
    expect((await run('run', 'fixed', '--reason', 'once more', '--actor', 'pm')).code).toBe(0)
    expect(await json<{ ok: boolean }[]>('journal', 'verify', '--replay', '--with', ...files)).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: true },
    ])
  }, 180_000)
})
