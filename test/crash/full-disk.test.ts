import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '#adapters/journal/lmdb.js'
import { settleReserve } from '#adapters/journal/reserve.js'
import { packageRoot } from '#daemon/package-root.js'
import { portfolioId } from '#units/ids.js'
import { type JournalProcess, startJournalProcess } from '../contract/journal-process.js'
import { freshDir, tempDir } from '../support/temp-dir.js'

const CORE = portfolioId('core')
const RESERVE = 1024 * 1024
/** Characters of an entry: a page chain of its own in the file. */
const PAD = 20_000

const FAILED = [
  'told JOURNAL_WRITE_FAILED',
  'fault JOURNAL_WRITE_FAILED never',
  'then JOURNAL_WRITE_FAILED',
  'reads JOURNAL_WRITE_FAILED',
]

/** A file system of a few megabytes of its own; undefined where this process may not mount one. */
function smallDisk(megabytes: number): string | undefined {
  const { path, remove } = freshDir()
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  onTestFinished(() => {
    if (mount.status === 0) execFileSync('umount', ['-l', path])
    remove()
  })
  return mount.status === 0 ? path : undefined
}

const lastAcked = ({ lines }: JournalProcess): number =>
  Math.max(0, ...lines.map((line) => Number(/^acked (\d+)$/.exec(line)?.[1] ?? 0)))

/** The journal as the next process finds it. */
async function found(dir: string): Promise<{ readonly seq: number; readonly verified: boolean }> {
  const journal = openJournal({ dir })
  const { seq } = journal.head(CORE)
  const verified = journal.verify(CORE).ok
  await journal.close()
  return { seq, verified }
}

const disk = smallDiskAllowed()

function smallDiskAllowed(): boolean {
  return process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
}

describe('a full disk', () => {
  it.skipIf(!disk)(
    'ends the process at its first failed write; the reserve lets the next go on, nothing is lost (skipped where mounting is not allowed)',
    async () => {
      const room = smallDisk(6) ?? ''
      const dir = join(room, 'journal')
      expect(settleReserve(dir, RESERVE)).toBe('made')
      expect(settleReserve(dir, RESERVE)).toBe('kept')
      const first = startJournalProcess({ dir, commits: 100_000, pad: PAD })
      expect(await first.ended).toBe(70)
      expect(first.lines.slice(-4)).toEqual(FAILED)
      const acked = lastAcked(first)
      expect(acked).toBeGreaterThan(20)

      const without = startJournalProcess({ dir, commits: 10, pad: PAD })
      expect(await without.ended).toBe(70)
      expect(lastAcked(without)).toBe(0)

      expect(settleReserve(dir, RESERVE)).toBe('released')
      const next = startJournalProcess({ dir, commits: 10, pad: PAD })
      await next.line(/^open$/)
      await next.line(new RegExp(`^acked ${acked + 10}$`))
      await next.kill()
      expect(await found(dir)).toEqual({ seq: acked + 10, verified: true })
      expect(settleReserve(dir, RESERVE)).toBe('none')

      execFileSync('mount', ['-o', 'remount,size=32m', room])
      expect(settleReserve(dir, RESERVE)).toBe('made')
      expect(await found(dir)).toEqual({ seq: acked + 10, verified: true })
    },
  )
})

describe('a full disk under what operators have asked for', () => {
  it.skipIf(!disk)('ends the process at its first failed write as well (skipped where mounting is not allowed)', () => {
    const module = join(packageRoot, 'dist', 'src', 'adapters', 'control-store.js')
    const script = `
      const { openControlStore } = await import(${JSON.stringify(module)})
      const store = openControlStore(process.argv[1], () => process.exit(70))
      for (let n = 0; ; n += 1) await store.keep({ id: String(n), body: 'x'.repeat(${PAD}) })`
    const room = join(smallDisk(2) ?? '', 'control')
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script, room], { timeout: 30_000 })
    expect(ended.status, ended.stderr.toString()).toBe(70)
  })
})

describe('a disk that breaks', () => {
  it('ends the process at the first sync that fails with EIO, and nothing acknowledged is lost', async () => {
    const dir = tempDir()
    const library = join(dir, 'failing.so')
    const source = fileURLToPath(new URL('power/failing.c', import.meta.url))
    execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])
    for (const syncs of [15, 40]) {
      const journal = join(dir, `journal-${syncs}`)
      const within = ['env', `LD_PRELOAD=${library}`, `FAIL_AFTER=${syncs}`]
      const writer = startJournalProcess({ dir: journal, commits: 100_000, pad: 300, within })
      expect(await writer.ended).toBe(70)
      expect(writer.lines.slice(-4)).toEqual(FAILED)
      const acked = lastAcked(writer)
      expect(acked).toBeGreaterThan(0)
      const { seq, verified } = await found(journal)
      expect([seq >= acked, verified]).toEqual([true, true])
    }
  })
})
