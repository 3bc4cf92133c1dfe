import { describe, expect, it } from 'vitest'
import { openJournal, openJournalForReading } from '#adapters/journal/lmdb.js'
import { portfolioId } from '#units/ids.js'
import { tempDir } from '../support/temp-dir.js'
import { startIntruder, startJournalProcess } from './journal-process.js'
import { commitsOf } from './journal-samples.js'

const core = portfolioId('core')

/** The last sequence a process was told is on disk. */
const lastAcked = (lines: readonly string[]): number =>
  Math.max(0, ...lines.map((line) => Number(/^acked (\d+)$/.exec(line)?.[1] ?? 0)))

describe('a journal held by another process', () => {
  it('is refused naming its pid while it lives, and is free once it was killed', async () => {
    const dir = tempDir()
    const holder = startJournalProcess({ dir, commits: 3 })
    await holder.line(/^acked 3$/)
    const locked = { code: 'JOURNAL_LOCKED', data: expect.objectContaining({ pid: holder.pid }) }
    expect(() => openJournal({ dir })).toThrow(expect.objectContaining(locked))
    expect(() => openJournalForReading({ dir })).toThrow(expect.objectContaining(locked))
    expect(() => openJournal({ dir })).toThrow(`pid ${holder.pid} `)
    const second = startJournalProcess({ dir })
    expect(await second.line(/^fault/)).toContain(`JOURNAL_LOCKED {`)
    expect(await second.line(/^fault/)).toContain(`"pid":${holder.pid}`)
    expect(await second.ended).toBe(78)
    await holder.kill()
    const journal = openJournal({ dir })
    expect(journal.verify(core)).toMatchObject({ ok: true, entries: 3 })
    await journal.close()
  })

  it('is taken by exactly one of many that race for a dead owner', async () => {
    const dir = tempDir()
    const dead = startJournalProcess({ dir })
    await dead.line(/^open$/)
    await dead.kill()
    for (let round = 0; round < 4; round += 1) {
      const racers = Array.from({ length: 5 }, () => startJournalProcess({ dir, waits: true }))
      await Promise.all(racers.map((racer) => racer.line(/^ready$/)))
      for (const racer of racers) racer.go()
      const said = await Promise.all(racers.map((racer) => racer.line(/^open$|^fault/)))
      const winner = racers[said.indexOf('open')]
      expect(said.filter((line) => line === 'open')).toHaveLength(1)
      for (const line of said) if (line !== 'open') expect(line).toContain(`"pid":${winner?.pid}`)
      await winner?.kill()
    }
  })
})

describe('a process that ends without warning', () => {
  it('loses nothing that was acknowledged, killed right after an acknowledgement', async () => {
    for (const commits of [1, 7, 25]) {
      const dir = tempDir()
      const writer = startJournalProcess({ dir, commits: 100_000, pad: 300 })
      await writer.line(new RegExp(`^acked ${commits}$`))
      await writer.kill()
      const journal = openJournal({ dir })
      expect(journal.head(core).seq).toBeGreaterThanOrEqual(lastAcked(writer.lines))
      expect(journal.verify(core)).toMatchObject({ ok: true, entries: journal.head(core).seq })
      await journal.close()
    }
  })

  it('on the first failed write: says so, refuses all further work, and loses nothing acknowledged', async () => {
    const dir = tempDir()
    const writer = startJournalProcess({ dir, commits: 100_000, pad: 20_000, fileLimitKiB: 1_000 })
    expect(await writer.line(/^fault/)).toBe('fault JOURNAL_WRITE_FAILED never')
    expect(await writer.ended).toBe(70)
    expect(writer.lines.slice(-4)).toEqual([
      'told JOURNAL_WRITE_FAILED',
      'fault JOURNAL_WRITE_FAILED never',
      'then JOURNAL_WRITE_FAILED',
      'reads JOURNAL_WRITE_FAILED',
    ])
    expect(lastAcked(writer.lines)).toBeGreaterThan(5)
    const journal = openJournal({ dir })
    expect(journal.head(core).seq).toBe(lastAcked(writer.lines))
    expect(journal.verify(core).ok).toBe(true)
    await journal.close()
  })

  it('counts a commit that is not on disk in time as failed', async () => {
    const dir = tempDir()
    const journal = openJournal({ dir, commitTimeoutMs: 100 })
    const intruder = startIntruder(dir) // holds LMDB's own write lock, as a stuck disk would
    await intruder.line(/^writing$/)
    const written = journal.commit(commitsOf(core, 1))
    await expect(written).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED', retry: 'never' })
    expect(() => journal.head(core)).toThrow('not on disk after 100 ms')
    await intruder.kill()
    expect(() => openJournal({ dir })).toThrow(`pid ${process.pid} `) // the lock stays until this process ends
  })
})
