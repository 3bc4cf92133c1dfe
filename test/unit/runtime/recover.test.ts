import { describe, expect, it } from 'vitest'
import { type Entry, seal } from '#domain/portfolio/entry.js'
import { stateHashOf } from '#domain/portfolio/state-hash.js'
import { hashOf, restore, textOf } from '#runtime/image.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, created, deposit, openHost } from './fixtures.js'

async function history(): Promise<{ readonly entries: readonly Entry[]; readonly live: string }> {
  const { host, journal } = openHost(tempDir())
  await host.deliver(CORE, created(CORE), 'config')
  for (const amount of ['1', '2', '3', '4']) await host.deliver(CORE, deposit(amount), 'x')
  const entries = journal.entries(CORE, 1, 100)
  const live = encode(host.snapshot(CORE))
  await journal.close()
  return { entries, live }
}

describe('recovery', () => {
  it('names the sequence at which replay gives another state than was journaled', async () => {
    const { entries, live } = await history()
    expect(encode(recoverState(CORE, { snapshot: null, entries }).snapshot)).toBe(live)
    for (const at of [1, 3, 5]) {
      const forged = entries.map((entry) => {
        const { prev, hash: _hash, ...draft } = entry
        return entry.seq === at ? seal({ ...draft, stateHash: digest('another') }, prev) : entry
      })
      expect(() => recoverState(CORE, { snapshot: null, entries: forged })).toThrow(
        expect.objectContaining({
          name: 'Fault',
          code: 'JOURNAL_CORRUPT',
          retry: 'never',
          data: { portfolio: CORE, seq: at },
        }),
      )
    }
  })

  it('finds an event that was changed, by the state it leads to', async () => {
    const { entries } = await history()
    const forged = entries.map((entry) =>
      entry.seq === 2 ? { ...entry, event: { ...entry.event, ...deposit('9') } } : entry,
    )
    expect(() => recoverState(CORE, { snapshot: null, entries: forged as readonly Entry[] })).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT', data: { portfolio: CORE, seq: 2 } }),
    )
  })

  it('replays nothing after an orderly stop, and all since the last saved state after any other end', async () => {
    for (const orderly of [true, false]) {
      const dir = tempDir()
      const { host, journal } = openHost(dir)
      await host.deliver(CORE, created(CORE), 'config')
      for (const amount of ['1', '2', '3']) await host.deliver(CORE, deposit(amount), 'x')
      const live = encode(host.snapshot(CORE))
      if (orderly) await Promise.all([host.stop(), host.stop()])
      await journal.close()
      const again = openHost(dir)
      const stored = again.journal.recover(CORE)
      expect(recoverState(CORE, stored).replayed).toBe(orderly ? 0 : 3)
      expect(encode(again.host.snapshot(CORE))).toBe(live)
      expect(again.journal.verify(CORE)).toMatchObject({ ok: true, entries: 4 })
      await again.journal.close()
    }
  })

  it('goes on from any state that was written', async () => {
    const { entries, live } = await history()
    for (let seq = 1; seq < entries.length; seq += 1) {
      const { snapshot } = recoverState(CORE, { snapshot: null, entries: entries.slice(0, seq) })
      const { stateHash, v } = entries[seq - 1]!
      const text = textOf(snapshot)
      expect(hashOf(snapshot, v)).toBe(stateHash)
      expect(stateHashOf(text, v)).toBe(stateHash)
      expect(encode(restore(text))).toBe(text)
      const rest = recoverState(CORE, { snapshot: { seq, text }, entries: entries.slice(seq) })
      expect(encode(rest.snapshot)).toBe(live)
      expect(rest.replayed).toBe(entries.length - seq)
    }
  })

  it('brings positions back with their keys in the order of the chart, so that all have one shape', async () => {
    const { entries } = await history()
    const { snapshot } = recoverState(CORE, { snapshot: null, entries })
    const text = textOf(snapshot)
    const keys = ['permission', 'ownership', 'books', 'lifecycle']
    expect(Object.keys(snapshot.value)).toEqual(keys)
    expect(Object.keys(restore(text).value)).toEqual(keys)
    const seq = entries.length
    expect(Object.keys(recoverState(CORE, { snapshot: { seq, text }, entries: [] }).snapshot.value)).toEqual(keys)
    // What is no region of this chart is kept, so that its hash tells.
    const other = text.replace('"value":{', '"value":{"another":1,')
    expect(encode(restore(other))).toBe(other)
  })

  it('refuses a portfolio of which nothing is stored', () => {
    expect(() => recoverState(CORE, { snapshot: null, entries: [] })).toThrow(
      expect.objectContaining({ code: 'JOURNAL_CORRUPT' }),
    )
  })
})
