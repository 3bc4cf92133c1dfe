import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openJournal, openJournalForReading } from '#adapters/journal/lmdb.js'
import { tellingDamage } from '#adapters/journal/soundness.js'
import { portfolioId } from '#units/ids.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { commitsOf } from './journal-samples.js'

const core = portfolioId('core')
const PAGE = 4_096
const COUNT = 300

describe('the data file of a journal', () => {
  const written = suiteTempDir()
  const file = join(written, 'data.mdb')

  beforeAll(async () => {
    const journal = openJournal({ dir: written })
    for (const commit of commitsOf(core, COUNT)) await journal.commit([commit])
    await journal.close()
  })

  /** Opens a copy after something was done to its file, to write and to read; both codes, `open` for none. */
  const opened = async (damage: (path: string) => void): Promise<readonly string[]> => {
    const said: string[] = []
    for (const open of [openJournal, openJournalForReading]) {
      const dir = tempDir()
      copyFileSync(file, join(dir, 'data.mdb'))
      writeFileSync(join(dir, 'owner.json'), 'null')
      damage(join(dir, 'data.mdb'))
      try {
        const journal = open({ dir })
        journal.portfolios()
        journal.verify(core)
        await journal.close()
        said.push('open')
      } catch (error) {
        said.push((error as { code: string }).code)
      }
    }
    return said
  }

  it('opens as it was written', async () => {
    expect(await opened(() => undefined)).toEqual(['open', 'open'])
  })

  it('is refused when its header was written over, or is no header', async () => {
    const overwrite = (at: number, bytes: Buffer) => (path: string) => {
      const handle = openSync(path, 'r+')
      writeSync(handle, bytes, 0, bytes.length, at)
      closeSync(handle)
    }
    for (const at of [0, PAGE])
      for (const bytes of [Buffer.alloc(PAGE), Buffer.alloc(PAGE, 0xff)])
        expect(await opened(overwrite(at, bytes))).toEqual(['JOURNAL_CORRUPT', 'JOURNAL_CORRUPT'])
    for (const bytes of [Buffer.alloc(8), Buffer.alloc(8, 0xff)])
      expect(await opened(overwrite(48, bytes))).toEqual(['JOURNAL_CORRUPT', 'JOURNAL_CORRUPT'])
    expect(await opened((path) => writeFileSync(path, 'not a journal'))).toEqual(['JOURNAL_CORRUPT', 'JOURNAL_CORRUPT'])
  })

  it('is refused when it was cut off, wherever', async () => {
    const whole = statSync(file).size
    for (const size of [1, 100, PAGE, 2 * PAGE])
      expect(await opened((path) => truncateSync(path, size)), `${size} of ${whole}`).toEqual([
        'JOURNAL_CORRUPT',
        'JOURNAL_CORRUPT',
      ])
  })

  it('a page of nothing in its middle is told as damage, not as a fault of the program', async () => {
    const zeroFrom = (from: number) => (path: string) => {
      const bytes = readFileSync(path)
      bytes.fill(0, from)
      writeFileSync(path, bytes)
    }
    expect(await opened(zeroFrom(2 * PAGE))).toEqual(['JOURNAL_CORRUPT', 'JOURNAL_CORRUPT'])
  })

  it('is not called damaged when the database refuses for another reason', () => {
    const told = (code: number | string) => {
      const failing = tellingDamage('journal', {
        read: (): unknown => {
          throw Object.assign(new Error('refused'), { code })
        },
      })
      try {
        return failing.read()
      } catch (error) {
        return (error as { code: unknown }).code
      }
    }
    // MDB_CORRUPTED, MDB_PAGE_NOTFOUND; MDB_READERS_FULL, MDB_MAP_FULL; an error of the system
    expect([-30_796, -30_797].map(told)).toEqual(['JOURNAL_CORRUPT', 'JOURNAL_CORRUPT'])
    expect([-30_790, -30_792].map(told)).toEqual(['JOURNAL_UNREADABLE', 'JOURNAL_UNREADABLE'])
    expect(told('ENOENT')).toBe('ENOENT')
  })

  it('that is empty is a journal nobody wrote to', async () => {
    expect(await opened((path) => truncateSync(path, 0))).toEqual(['open', 'JOURNAL_MISSING'])
  })

  it('whose last pages were never written opens', async () => {
    const lastPage = Number(readFileSync(file).readBigUInt64LE(144))
    const grown = (path: string): void => {
      const handle = openSync(path, 'r+')
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(BigInt(lastPage + 5))
      for (const at of [144, PAGE + 144]) writeSync(handle, bytes, 0, 8, at)
      closeSync(handle)
    }
    expect(await opened(grown)).toEqual(['open', 'open'])
  })
})
