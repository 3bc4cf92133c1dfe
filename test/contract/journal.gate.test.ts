import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileLocks } from '#adapters/journal/file-lock.js'
import { openJournal, openJournalForReading } from '#adapters/journal/lmdb.js'
import { tempDir } from '../support/temp-dir.js'
import { startJournalProcess, startReader } from './journal-process.js'

/** Stands in the gate of a journal until it is called. */
function standInGate(dir: string): () => void {
  const handle = openSync(join(dir, 'gate.lock'), 'r+')
  expect(fileLocks().lockFile(handle)).toBe(true)
  return () => closeSync(handle)
}

async function newJournal(): Promise<string> {
  const dir = tempDir()
  await openJournal({ dir }).close()
  return dir
}

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400))

describe('the gate of a journal', () => {
  it('lets many processes open and close it at the same time, each again and again', { timeout: 60_000 }, async () => {
    const dir = await newJournal()
    const readers = Array.from({ length: 6 }, () => startReader({ dir, times: 2_000 }))
    const said = await Promise.all(readers.map((reader) => reader.line(/^read|^fault/)))
    expect(said).toEqual(readers.map(() => 'read 2000'))
    const journal = openJournal({ dir })
    await journal.probe()
    await journal.close()
  })

  it('is waited for by those who open, to write and to read', async () => {
    const dir = await newJournal()
    const stepOut = standInGate(dir)
    const reader = startReader({ dir, times: 1 })
    const writer = startJournalProcess({ dir: await newJournal() })
    await writer.line(/^open$/)
    await moment()
    expect(reader.lines).toEqual([])
    stepOut()
    expect(await reader.line(/^read|^fault/)).toBe('read 1')
    const again = standInGate(dir)
    const late = startJournalProcess({ dir })
    await moment()
    expect(late.lines).toEqual([])
    again()
    expect(await late.line(/^open$|^fault/)).toBe('open')
  })

  it('is waited for by those who close, and by one that ends without closing', async () => {
    for (const closes of [true, false]) {
      const dir = await newJournal()
      const reader = startReader({ dir, times: 1, waits: true, closes })
      await reader.line(/^opened$/)
      const stepOut = standInGate(dir)
      reader.go()
      await moment()
      expect(reader.lines).toEqual(['opened'])
      stepOut()
      expect(await reader.line(/^read|^fault/)).toBe('read 1')
      expect(await reader.ended).toBe(0)
    }
  })

  it('does not keep a journal open whose directory is gone', async () => {
    const dir = await newJournal()
    const journal = openJournalForReading({ dir })
    rmSync(dir, { recursive: true })
    await journal.close()
  })

  it('does not keep a process from opening twice', async () => {
    const dir = await newJournal()
    const [first, second] = [openJournalForReading({ dir }), openJournalForReading({ dir })]
    await Promise.all([first.close(), second.close()])
    await openJournal({ dir }).close()
  })
})
