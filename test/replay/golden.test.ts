import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readExport } from '#adapters/journal/export.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { upcast } from '#adapters/journal/upcast.js'
import { cashOf } from '#domain/book/book.js'
import { ENTRY_VERSION } from '#domain/portfolio/entry.js'
import { Actor } from '#runtime/actor.js'
import { verifyTables } from '#runtime/attest.js'
import { textOf } from '#runtime/image.js'
import { rebuild } from '#runtime/rebuild.js'
import { recoverState } from '#runtime/recover.js'
import { tempDir } from '../support/temp-dir.js'

/** A history that a program of the time exported, and what it led to. */
interface Golden {
  readonly v: number
  readonly entries: number
  readonly head: string
  readonly stateHash: string
  readonly cash: string
}

const GOLDEN: readonly Golden[] = [
  {
    v: 1,
    entries: 42,
    head: 'e191e01059463d6e0327107e106e171bf6ff44f09f81177aabd45e9e5b1dc758',
    stateHash: '1afd2c0cb063143efbc7551506656dc85f5f180d5849abcfcc181a1bdf5fced8',
    cash: '220754.5917',
  },
  {
    v: 2,
    entries: 48,
    head: 'f660c9e1cbe07f39fc56d15e222380019ce3abd0ba62dfe172419a6d7422d4d0',
    stateHash: '7d7689943969159327897f952d100f5af3fd43576e8a60946217c0d417c436d8',
    cash: '220754.5917',
  },
]

const exportOf = (v: number) =>
  readExport(
    readFileSync(new URL(`journal-v${v}.jsonl`, import.meta.url), 'utf8')
      .trimEnd()
      .split('\n'),
  )

const PAUSED = { type: 'permitted', to: 'paused', reason: 'golden', actor: 'test' } as const

describe.each(GOLDEN)('the golden journal of entry version $v', ({ v, head, stateHash, cash, ...golden }) => {
  const { portfolio, entries, head: found } = exportOf(v)

  it('is what was written: the chain verifies to the recorded head', () => {
    expect(new Set(entries.map((entry) => entry.v))).toEqual(new Set([v]))
    expect([portfolio, entries.length, found]).toEqual(['fixed-weights', golden.entries, head])
  })

  it('restores to the same states, each with the hash its entry carries, and to the same books', () => {
    const { commits, snapshot } = rebuild(entries)
    expect(commits.map(({ entry }) => entry.stateHash)).toEqual(entries.map((entry) => entry.stateHash))
    expect(entries.at(-1)?.stateHash).toBe(stateHash)
    expect(snapshot?.context.runs).toBe(2)
    expect(snapshot && cashOf(snapshot.context.book).toFixed()).toBe(cash)
  })

  it("goes on in today's version, also from a state that was saved at its last entry", async () => {
    const journal = openJournal({ dir: tempDir() })
    const { commits, snapshot } = rebuild(entries)
    const last = entries.at(-1)!
    await journal.commit(commits)
    await journal.save(new Map([[portfolio, { seq: last.seq, text: textOf(snapshot!) }]]))
    const { snapshot: saved, replayed } = recoverState(portfolio, journal.recover(portfolio))
    expect(replayed).toBe(0)
    const actor = new Actor(portfolio, saved, { seq: last.seq, hash: last.hash }, last.seq)
    const { entry, commit } = actor.stage(PAUSED, last.at, 'golden', { answers: [], inbox: null })
    expect([entry.v, entry.prev]).toEqual([ENTRY_VERSION, head])
    await journal.commit([commit])
    expect(journal.verify(portfolio)).toMatchObject({ ok: true, entries: golden.entries + 1, head: entry.hash })
    expect(verifyTables(journal, portfolio)).toMatchObject({ ok: true })
    expect(recoverState(portfolio, journal.recover(portfolio)).replayed).toBe(1)
    await journal.close()
  })

  it('is taken by a journal of today, table by table', async () => {
    const journal = openJournal({ dir: tempDir() })
    await journal.commit(rebuild(entries).commits)
    expect(journal.verify(portfolio)).toMatchObject({ ok: true, entries: golden.entries, head })
    expect(verifyTables(journal, portfolio)).toMatchObject({ ok: true, entries: golden.entries, head })
    expect(journal.executions(portfolio).length).toBeGreaterThan(5)
    await journal.close()
  })
})

it('there is a golden journal of every entry version', () => {
  expect(GOLDEN.map(({ v }) => v)).toEqual(Array.from({ length: ENTRY_VERSION }, (_, at) => at + 1))
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
