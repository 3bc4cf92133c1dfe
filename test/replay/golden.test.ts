import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readExport } from '#adapters/journal/export.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { upcast } from '#adapters/journal/upcast.js'
import { cashOf } from '#domain/book/book.js'
import { ENTRY_VERSION } from '#domain/portfolio/entry.js'
import { verifyTables } from '#runtime/attest.js'
import { rebuild } from '#runtime/rebuild.js'
import { tempDir } from '../support/temp-dir.js'

const { portfolio, entries, head } = readExport(
  readFileSync(new URL('journal-v1.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n'),
)

describe('the golden journal of entry version 1', () => {
  it('is what was written: the chain verifies to the recorded head', () => {
    expect(new Set(entries.map(({ v }) => v))).toEqual(new Set([1]))
    expect([portfolio, entries.length, head]).toEqual([
      'fixed-weights',
      42,
      'e191e01059463d6e0327107e106e171bf6ff44f09f81177aabd45e9e5b1dc758',
    ])
  })

  it('restores to the same states, each with the hash its entry carries, and to the same books', () => {
    const { commits, snapshot } = rebuild(entries)
    expect(commits.map(({ entry }) => entry.stateHash)).toEqual(entries.map(({ stateHash }) => stateHash))
    expect(entries.at(-1)?.stateHash).toBe('1afd2c0cb063143efbc7551506656dc85f5f180d5849abcfcc181a1bdf5fced8')
    expect(snapshot?.context.runs).toBe(2)
    expect(snapshot && cashOf(snapshot.context.book).toFixed()).toBe('220754.5917')
  })

  it('is taken by a journal of today, table by table', async () => {
    const journal = openJournal({ dir: tempDir() })
    await journal.commit(rebuild(entries).commits)
    expect(journal.verify(portfolio)).toMatchObject({ ok: true, entries: 42, head })
    expect(verifyTables(journal, portfolio)).toMatchObject({ ok: true, entries: 42, head })
    expect(journal.executions(portfolio).length).toBeGreaterThan(5)
    await journal.close()
  })
})

type Entry = Readonly<Record<string, unknown>>

describe('an entry of another version', () => {
  const old = { event: { kind: 'permitted' } }
  const rename = (entry: Entry): Entry => ({ ...entry, event: { type: 'permitted' } })

  it('is brought up step by step, and refused when a step is missing', () => {
    const seen = (entry: Entry) => ({ ...entry, seen: true })
    const [first, second] = [ENTRY_VERSION - 2, ENTRY_VERSION - 1]
    const twice = new Map<number, (entry: Entry) => Entry>([
      [first, seen],
      [second, rename],
    ])
    expect(upcast(old, first, twice)).toEqual({ event: { type: 'permitted' }, seen: true })
    expect(upcast(old, second, new Map([[second, rename]]))).toEqual({ event: { type: 'permitted' } })
    expect(upcast(old, 0)).toBeUndefined()
    expect(upcast(old, 1)).toBe(old) // another hash of the state, the same shape
    expect(upcast(old, first, new Map([[second, rename]]))).toBeUndefined()
    expect(upcast(old, ENTRY_VERSION)).toBe(old)
  })
})
