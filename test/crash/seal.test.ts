import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { readSegments, verifyWith } from '#daemon/segments.js'
import { startBallast } from '../support/ballast-process.js'
import { tempDir } from '../support/temp-dir.js'
import { CORE, created, deposit, OTHER, openHost } from '../unit/runtime/fixtures.js'

const names = fileURLToPath(new URL('./kill-at/names.mjs', import.meta.url))
const disk = fileURLToPath(new URL('./kill-at/preload.mjs', import.meta.url))
const CALLS = 'mkdirSync,renameSync,rmSync,fsyncSync,writeSync'
const BOTH = [CORE, OTHER]

it('a kill at a step of sealing leaves each journal as it was or sealed, and sealing goes on from there', async () => {
  const folder = tempDir()
  const origin = join(folder, 'origin')
  await lived(origin)
  const found = new Set<string>()
  const kill = async (at: string, preload: string): Promise<boolean> => {
    const state = join(folder, `killed-${at}`)
    cpSync(origin, state, { recursive: true })
    const to = join(state, 'segments')
    const seal = ['journal', 'seal', '--all', '--keep', '0', '--to', to, '--state', state]
    const env = { NODE_OPTIONS: `--import=${preload}`, BALLAST_KILL_AT: at, BALLAST_KILL_CALLS: CALLS }
    const killed = startBallast(seal, env)
    const code = await killed.ended
    const begins = await beginsOf(state)
    for (const one of begins) expect([1, 3], `killed before ${at}`).toContain(one)
    if (code === 0) return false
    expect(code, killed.output()).toBeNull()
    found.add(begins.join())
    const again = startBallast(seal)
    expect(await again.ended, `after ${at}: ${again.output()}`).toBe(0)
    expect(await beginsOf(state)).toEqual([3, 3])
    return true
  }
  let step = 1
  while (await kill(String(step), names)) step += 1
  let transaction = 1
  while (await kill(`${transaction}:before`, disk)) {
    expect(await kill(`${transaction}:after`, disk)).toBe(true)
    transaction += 1
  }
  expect(transaction).toBe(3) // one for each portfolio
  expect(found).toEqual(new Set(['1,1', '3,1', '3,3']))
}, 240_000)

/** Two portfolios that were stopped twice: entries 1 and 2 may be sealed. */
async function lived(state: string): Promise<void> {
  for (const round of [1, 2]) {
    const { host, journal } = openHost(join(state, 'journal'))
    for (const id of BOTH) {
      if (round === 1) await host.deliver(id, created(id), 'test')
      await host.deliver(id, deposit(), 'test')
      await host.deliver(id, deposit(), 'test')
    }
    await host.stop()
    await journal.close()
  }
}

/** First entries of both journals, every entry from the first on verified, through its segment where it is sealed. */
async function beginsOf(state: string): Promise<readonly number[]> {
  const journal = openJournalForReading({ dir: join(state, 'journal') })
  try {
    return BOTH.map((id) => {
      const sealed = journal.seal(id)
      const paths = (sealed?.segments ?? []).map(({ name }) => join(state, 'segments', name))
      expect(verifyWith(journal, id, readSegments(paths), true)).toMatchObject({ ok: true, entries: 5 })
      return (sealed?.seq ?? 0) + 1
    })
  } finally {
    await journal.close()
  }
}
