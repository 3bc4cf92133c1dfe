import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { backUpJournal } from '#adapters/journal/backup.js'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { startBallast } from '../support/ballast-process.js'
import { tempDir } from '../support/temp-dir.js'
import { CORE, created, deposit, openHost } from '../unit/runtime/fixtures.js'

const preload = fileURLToPath(new URL('./kill-at/names.mjs', import.meta.url))

const RESTORED = ['created', 'renewed', 'permitted']
const BEFORE = ['created', 'deposited']

describe('a kill at a step of a restore', () => {
  it('leaves the journal that was there or the restored one, and never loses the first', async () => {
    const folder = tempDir()
    const [origin, backup] = [join(folder, 'origin'), join(folder, 'backup')]
    await deliver(origin, created(CORE))
    await backUpJournal({ dir: join(origin, 'journal'), to: backup })
    await deliver(origin, deposit())
    const found = new Set<string>()
    for (let step = 1; ; step += 1) {
      const state = join(folder, `killed-${step}`)
      cpSync(origin, state, { recursive: true })
      const restore = ['journal', 'restore', backup, '--state', state, '--replace', '--reason', 'lost disk']
      const killed = startBallast(restore, { NODE_OPTIONS: `--import=${preload}`, BALLAST_KILL_AT: String(step) })
      const code = await killed.ended
      const there = await eventsIn(join(state, 'journal'))
      expect([BEFORE, RESTORED], `killed before step ${step}`).toContainEqual(there)
      if (code === 0) break
      expect(code, killed.output()).toBeNull()
      found.add(String(there))
      const again = startBallast(restore)
      expect(await again.ended, `after step ${step}: ${again.output()}`).toBe(0)
      expect(await eventsIn(join(state, 'journal'))).toEqual(RESTORED)
      const kept = readdirSync(state).filter((name) => name.startsWith('journal.before-restore'))
      expect(await Promise.all(kept.map((name) => eventsIn(join(state, name))))).toContainEqual(BEFORE)
      expect(readdirSync(join(state, 'journal'))).not.toContain('restoring')
    }
    expect(found).toEqual(new Set([BEFORE, RESTORED].map(String)))
  }, 120_000)
})

async function deliver(state: string, fact: ReturnType<typeof created>): Promise<void> {
  const { host, journal } = openHost(join(state, 'journal'))
  await host.deliver(CORE, fact, 'test')
  await host.stop()
  await journal.close()
}

/** What happened in a journal that verifies, in order. */
async function eventsIn(dir: string): Promise<readonly string[]> {
  const journal = openJournalForReading({ dir })
  try {
    expect(journal.verify(CORE)).toMatchObject({ ok: true })
    return journal.entries(CORE, 1, 100).map(({ event }) => event.type)
  } finally {
    await journal.close()
  }
}
