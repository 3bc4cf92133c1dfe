import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal, openJournalForReading } from '#adapters/journal/lmdb.js'
import { ownerOfDirectory } from '#adapters/journal/lock.js'
import { ownIdentity } from '#adapters/journal/process-identity.js'
import { tempDir } from '../support/temp-dir.js'
import { until } from './gateway-parts.js'
import { startJournalProcess } from './journal-process.js'

const NO_PROC = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh']
/** Sees its own processes, other users' not, and nothing but processes: what ProtectProc= and ProcSubset= leave. */
const LITTLE_PROC = [...NO_PROC]
LITTLE_PROC[4] = 'mount -t proc -o subset=pid,hidepid=2 proc /proc && exec "$@"'
/** A container: processes, network, and host name of its own; its first process has pid 1. */
const CONTAINER = ['unshare', '-pfnu', '--mount-proc', '--kill-child', 'sh', '-c', 'hostname box; exec "$@"', 'sh']

/** Whether this machine lets the tests run something in that way; says so when not. */
function permits(within: readonly string[]): boolean {
  const [command = '', ...args] = [...within, process.execPath, '--version']
  const permitted = spawnSync(command, args).status === 0
  if (!permitted) process.stderr.write(`not permitted here, so not tested: ${within.join(' ')}\n`)
  return permitted
}

/** What another process makes of a directory that is held, or is free. */
async function attempt(dir: string, within: readonly string[]): Promise<string> {
  const other = startJournalProcess({ dir, within })
  const said = await other.line(/^open$|^fault/)
  await other.kill()
  return said
}

describe.each([
  ['without a /proc', NO_PROC],
  ['with a /proc of its own processes alone', LITTLE_PROC],
  ['in another container', CONTAINER],
])('a process %s', (_how, within) => {
  const permitted = permits(within)

  it.skipIf(!permitted)('is refused a journal whose owner lives, and has it once the owner was killed', async () => {
    const dir = tempDir()
    const owner = startJournalProcess({ dir, commits: 1 })
    await owner.line(/^acked 1$/)
    expect(await attempt(dir, within)).toContain(`"pid":${owner.pid}`)
    await owner.kill()
    expect(await attempt(dir, within)).toBe('open')
  })

  it.skipIf(!permitted)('keeps its journal from the others while it lives, and no longer', async () => {
    const dir = tempDir()
    const owner = startJournalProcess({ dir, within, commits: 1 })
    await owner.line(/^acked 1$/)
    const locked = expect.objectContaining({ code: 'JOURNAL_LOCKED' })
    expect(() => openJournal({ dir })).toThrow(locked)
    expect(() => openJournalForReading({ dir })).toThrow(locked)
    expect(await attempt(dir, [])).toContain('JOURNAL_LOCKED')
    expect(await attempt(dir, within)).toContain('JOURNAL_LOCKED')
    await owner.kill()
    await until(() => ownerOfDirectory(dir) === undefined) // its runner is dead at once, it a moment later
    await openJournal({ dir }).close()
  })
})

describe('the owner of a journal', () => {
  it.skipIf(!permits(CONTAINER))('of another container is named as such', async () => {
    const dir = tempDir()
    const owner = startJournalProcess({ dir, within: CONTAINER })
    await owner.line(/^open$/)
    expect(() => openJournal({ dir })).toThrow(/pid 1 of another container \(pid:\[\d+\]\) on box since \d{4}-/)
  })

  it('is asked for without being disturbed, nor kept from coming back', async () => {
    const dir = tempDir()
    expect(ownerOfDirectory(dir)).toBeUndefined()
    const journal = openJournal({ dir })
    const since = ownerOfDirectory(dir)?.since
    expect(ownerOfDirectory(dir)).toMatchObject({ pid: process.pid, state: 'alive', since })
    await journal.close()
    expect(ownerOfDirectory(dir)).toBeUndefined()
    expect(() => ownerOfDirectory(join(dir, 'gone'))).toThrow('ENOENT')
  })

  it('of another machine counts as alive until a person deletes its record; one that was released is gone', async () => {
    const dir = tempDir()
    await openJournal({ dir }).close()
    const record = join(dir, 'owner.json')
    const left = (changes: object): void =>
      writeFileSync(record, JSON.stringify({ ...ownIdentity(), since: '2026-01-05T00:00:00.000Z', ...changes }))
    left({ pid: 7, boot: 'of another machine', host: 'elsewhere' })
    for (const open of [openJournal, openJournalForReading])
      expect(() => open({ dir })).toThrow(
        `pid 7 on elsewhere since 2026-01-05T00:00:00.000Z; that is another machine, so it may still run: ` +
          `once you know that it does not, delete ${record}`,
      )
    left({ pid: 7, boot: '', host: 'elsewhere' })
    expect(() => openJournal({ dir })).toThrow('that is another machine')
    rmSync(record)
    await openJournal({ dir }).close()
    expect(readFileSync(record, 'utf8')).toBe('null\n')
  })

  it.each([
    ['before this machine was booted again', { boot: 'an earlier boot' }],
    ['of this machine, its boot id hidden', { boot: '' }],
    ['of a container on this machine', { host: 'box', namespace: 'pid:[1]' }],
  ])('%s is gone when the kernel holds no lock', async (_who, changes) => {
    const dir = tempDir()
    // A process that lives, and would look like the owner to whoever goes by the pid.
    writeFileSync(join(dir, 'owner.json'), JSON.stringify({ ...ownIdentity(), since: 'then', ...changes }))
    await openJournal({ dir }).close()
  })

  it('is not known after a crash in the middle of writing its record, and that keeps nobody out', async () => {
    const dir = tempDir()
    writeFileSync(join(dir, 'owner.json'), '{"pid": 7, "host": "else')
    await openJournal({ dir }).close()
  })
})
