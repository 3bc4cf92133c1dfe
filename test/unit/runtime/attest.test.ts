import fc from 'fast-check'
import { type Database, open } from 'lmdb'
import { beforeAll, describe, expect, it } from 'vitest'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import type { Verification } from '#ports/journal.js'
import { verifyTables } from '#runtime/attest.js'
import { intake } from '#runtime/intake.js'
import { executionId } from '#units/ids.js'
import { START } from '../../machine/fixtures.js'
import { suiteTempDir } from '../../support/temp-dir.js'
import { buying, CORE, executionOf, openHost } from './fixtures.js'

/** Tables of which every row is checked, by the chain itself or by what it stands for. */
const TABLES = ['entries', 'heads', 'snapshots', 'executions', 'runs', 'timers', 'inbox', 'outbox'] as const

type Raw = Database<Buffer, [string, number | string] | string>

describe('the check of all tables', () => {
  const dir = suiteTempDir()

  beforeAll(async () => {
    const { host, journal } = openHost(dir)
    const [first, second] = await buying(host)
    const sink = intake(host, journal)
    for (const [index, order] of [first!, second!].entries()) {
      const { instrument, quantity } = order.body
      await sink.execution(CORE, executionOf(`X-${index}`, { orderId: order.id, instrument, quantity }))
    }
    for (const id of ['X-1', 'X-2'])
      await sink.bust(CORE, { executionId: executionId(id), orderId: second!.id, reason: 'erroneous', at: START })
    await journal.close()
  })

  async function found(): Promise<Verification> {
    const journal = openJournalForReading({ dir })
    try {
      const chain = journal.verify(CORE)
      return chain.ok ? verifyTables(journal, CORE) : chain
    } finally {
      await journal.close()
    }
  }

  /** Changes the bytes below the journal, as a failing disk would. */
  async function below<T>(name: string, change: (store: Raw) => T | Promise<T>): Promise<T> {
    const root = open<Buffer, string>({ path: dir, noSubdir: false, encoding: 'binary', overlappingSync: false })
    const result = await change(root.openDB<Buffer, [string, number | string] | string>({ name, encoding: 'binary' }))
    await root.flushed
    await root.close()
    return result
  }

  it('accepts what was written, and every table has rows to check', async () => {
    expect(await found()).toMatchObject({ ok: true })
    for (const name of TABLES) expect([name, await below(name, (store) => store.getCount())]).not.toEqual([name, 0])
  })

  it.each(TABLES)('finds any one changed bit of any row of %s, and any row that is gone', async (name) => {
    const keys = await below(name, (store) => [...store.getKeys()])
    const anywhere = fc.tuple(fc.constantFrom(...keys), fc.nat(100_000), fc.nat(7))
    await fc.assert(
      fc.asyncProperty(anywhere, async ([key, place, bit]) => {
        const original = await below(name, async (store) => {
          const bytes = Buffer.from(store.get(key)!)
          const damaged = Buffer.from(bytes)
          damaged[place % bytes.length]! ^= 1 << bit
          await store.put(key, damaged)
          return bytes
        })
        const verdict = await found()
        await below(name, (store) => store.put(key, original))
        expect(verdict.ok).toBe(false)
        if (!verdict.ok && Array.isArray(key) && typeof key[1] === 'number' && name !== 'runs')
          expect(verdict.seq).toBe(key[1])
      }),
      { numRuns: 12 },
    )
    if (name === 'outbox' || name === 'snapshots') return // a request may be answered; an old saved state may go
    const [key] = keys
    const original = await below(name, async (store) => {
      const bytes = Buffer.from(store.get(key!)!)
      await store.remove(key!)
      return bytes
    })
    expect((await found()).ok).toBe(false)
    await below(name, (store) => store.put(key!, original))
    expect(await found()).toMatchObject({ ok: true })
  })
})
