import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { describe, expect, it } from 'vitest'
import { openJournal, openJournalForReading } from '#adapters/journal/lmdb.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { portfolioId } from '#units/ids.js'
import { tempDir } from '../support/temp-dir.js'
import { journalContract } from './journal.js'
import { commitsOf } from './journal-samples.js'

const core = portfolioId('core')

journalContract('the LMDB journal', (dir) => openJournal({ dir, machineVersion: 'test' }))

/** The fault a call throws. */
function faultOf(call: () => unknown): Fault {
  try {
    call()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('no fault')
}

describe('the directory of a journal', () => {
  it('is refused to a second open in the same process, naming pid and since when', async () => {
    const dir = tempDir()
    const journal = openJournal({ dir })
    for (const again of [() => openJournal({ dir }), () => openJournalForReading({ dir })]) {
      const fault = faultOf(again)
      expect(fault).toMatchObject({ code: 'JOURNAL_LOCKED', retry: 'never', data: { pid: process.pid } })
      expect(fault.message).toMatch(new RegExp(`pid ${process.pid} .*since \\d{4}-\\d\\d-\\d\\dT`))
    }
    await journal.close()
    await openJournal({ dir }).close()
  })

  it('is created when absent, and may have a dot in its name', async () => {
    const dir = join(tempDir(), 'deep', 'journal.v1')
    const journal = openJournal({ dir })
    await journal.commit(commitsOf(core, 1))
    await journal.close()
    expect(existsSync(join(dir, 'data.mdb'))).toBe(true)
  })

  it('does not fill up with lock files', async () => {
    const dir = tempDir()
    for (let turn = 0; turn < 5; turn += 1) await openJournal({ dir }).close()
    expect(readdirSync(dir).filter((name) => name.startsWith('owner.'))).toEqual(['owner.json'])
  })

  it('of a newer layout is refused, and stays free for the program that knows it', async () => {
    const dir = tempDir()
    await openJournal({ dir }).close()
    const root = open<string, string>({ path: dir, noSubdir: false, encoding: 'string' })
    await root.openDB<string, string>({ name: 'meta', encoding: 'string' }).put('schema', '3')
    await root.close()
    for (const refused of [
      () => openJournal({ dir }),
      () => openJournal({ dir }),
      () => openJournalForReading({ dir }),
    ])
      expect(faultOf(refused)).toMatchObject({
        code: 'JOURNAL_VERSION',
        retry: 'never',
        data: { found: '3', known: 2 },
      })
  })
})

describe('a journal opened for reading', () => {
  it('answers what was written, and cannot write', async () => {
    const dir = tempDir()
    const written = openJournal({ dir })
    await written.commit(commitsOf(core, 3))
    const head = written.head(core)
    await written.close()
    const reading = openJournalForReading({ dir })
    expect(reading.portfolios()).toEqual([core])
    expect(reading.head(core)).toEqual(head)
    expect(reading.verify(core)).toMatchObject({ ok: true, entries: 3 })
    expect(encode(reading.entries(core, 1, 9))).toBe(encode(commitsOf(core, 3).map(({ entry }) => entry)))
    expect('commit' in reading).toBe(false)
    await reading.close()
  })

  it('is refused where there is none, and makes none', () => {
    const dir = tempDir()
    expect(faultOf(() => openJournalForReading({ dir })).code).toBe('JOURNAL_MISSING')
    expect(faultOf(() => openJournalForReading({ dir: join(dir, 'absent') })).code).toBe('JOURNAL_MISSING')
    expect(readdirSync(dir)).toEqual([])
  })
})
