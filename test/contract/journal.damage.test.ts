import fc from 'fast-check'
import { type Database, open } from 'lmdb'
import { beforeEach, describe, expect, it } from 'vitest'
import { openJournal, openJournalForReading } from '#adapters/journal/lmdb.js'
import { verifyChain } from '#adapters/journal/verify.js'
import { seal } from '#domain/portfolio/entry.js'
import type { Commit, Verification } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { tempDir } from '../support/temp-dir.js'
import { commitsOf, snapshotOf } from './journal-samples.js'

const core = portfolioId('core')
const other = portfolioId('core-2')
const COUNT = 5

type Raw = Database<Buffer, [string, number] | string>

let dir: string

beforeEach(async () => {
  dir = tempDir()
  const journal = openJournal({ dir })
  await journal.commit([...withSnapshots(commitsOf(core, COUNT)), ...commitsOf(other, COUNT)])
  await journal.close()
})

/** Snapshots after entries 2 and 4. */
const withSnapshots = (commits: readonly Commit[]): Commit[] =>
  commits.map((commit) => (commit.entry.seq % 2 === 0 ? { ...commit, snapshot: snapshotOf(commit.entry.seq) } : commit))

/** Changes the bytes below the journal, as a failing disk would. */
async function tamper(name: string, change: (store: Raw) => Promise<unknown>): Promise<void> {
  const root = open<Buffer, string>({ path: dir, noSubdir: false, encoding: 'binary', overlappingSync: false })
  await change(root.openDB<Buffer, [string, number] | string>({ name, encoding: 'binary' }))
  await root.flushed
  await root.close()
}

/** A copy with one bit of one byte changed. */
function flipped(bytes: Uint8Array, place: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  const index = place % copy.length
  copy.writeUInt8(copy.readUInt8(index) ^ (1 << bit), index)
  return copy
}

/** A stored snapshot of another state, with the digest that fits it. */
const rewritten = `${digest('{"seq":77}')}\n{"seq":77}`

async function verified(): Promise<{ core: Verification; other: Verification }> {
  const journal = openJournalForReading({ dir })
  const found = { core: journal.verify(core), other: journal.verify(other) }
  await journal.close()
  return found
}

/** What recovering a portfolio answers or throws. */
async function recovery(portfolio: PortfolioId): Promise<unknown> {
  const journal = openJournal({ dir })
  try {
    return journal.recover(portfolio)
  } catch (error) {
    return error
  } finally {
    await journal.close()
  }
}

describe('verify', () => {
  it('accepts what was written', async () => {
    const found = await verified()
    expect(found.core).toMatchObject({ ok: true, entries: COUNT })
    expect(found.other).toMatchObject({ ok: true, entries: COUNT })
  })

  it('names the sequence of any one changed bit of any entry on disk, and no other portfolio', async () => {
    const anywhere = fc.tuple(fc.integer({ min: 1, max: COUNT }), fc.nat({ max: 2000 }), fc.nat({ max: 7 }))
    await fc.assert(
      fc.asyncProperty(anywhere, async ([seq, place, bit]) => {
        let original = Buffer.alloc(0)
        await tamper('entries', (store) => {
          original = Buffer.from(store.get([core, seq]) ?? [])
          return store.put([core, seq], flipped(original, place, bit))
        })
        const found = await verified()
        await tamper('entries', (store) => store.put([core, seq], original))
        expect(found.core).toMatchObject({ ok: false, seq, kind: 'corrupt' })
        expect(found.other.ok).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('finds every bit of every byte of an entry', () => {
    const texts = commitsOf(core, 2).map(({ entry }) => encode(entry))
    const head = encode({ seq: 2, hash: commitsOf(core, 2)[1]?.entry.hash })
    const verify = (first: string): Verification =>
      verifyChain(
        core,
        [first, texts[1] ?? ''].map((text, index) => ({ seq: index + 1, text })),
        head,
      )
    const bytes = Buffer.from(texts[0] ?? '')
    expect(verify(bytes.toString('utf8')).ok).toBe(true)
    for (let place = 0; place < bytes.length; place += 1)
      for (let bit = 0; bit < 8; bit += 1) {
        const found = verify(flipped(bytes, place, bit).toString('utf8'))
        if (found.ok || found.seq !== 1 || found.kind !== 'corrupt')
          expect.fail(`bit ${bit} of byte ${place}: ${JSON.stringify(found)}`)
      }
  })

  it('tells missing entries at the end as truncated, one missing inside as a gap', async () => {
    await tamper('entries', (store) => store.remove([core, COUNT]))
    expect((await verified()).core).toMatchObject({ ok: false, seq: COUNT, kind: 'truncated' })
    await tamper('entries', (store) => store.remove([core, 2]))
    expect((await verified()).core).toMatchObject({ ok: false, seq: 2, kind: 'gap' })
  })

  it('tells a history that lost everything but its head as truncated at 1', async () => {
    await tamper('entries', async (store) => {
      for (let seq = 1; seq <= COUNT; seq += 1) await store.remove([core, seq])
    })
    expect((await verified()).core).toMatchObject({ ok: false, seq: 1, kind: 'truncated' })
  })

  it('finds an entry of another portfolio, even where both have no past', async () => {
    let foreign = Buffer.alloc(0)
    await tamper('entries', (store) => {
      foreign = Buffer.from(store.get([other, COUNT]) ?? [])
      return store.put([core, COUNT], foreign)
    })
    expect((await verified()).core).toMatchObject({ ok: false, seq: COUNT, kind: 'corrupt' })
    await tamper('entries', (store) => store.put([core, 1], store.get([other, 1]) ?? foreign))
    expect((await verified()).core).toMatchObject({ ok: false, seq: 1, kind: 'corrupt' })
  })

  it('finds an entry rewritten with a hash of its own by the next one, the last one by the head', async () => {
    for (const [seq, named] of [
      [COUNT, COUNT],
      [3, 4],
    ] as const) {
      const { prev, hash: _hash, ...draft } = (commitsOf(core, COUNT)[seq - 1] as Commit).entry
      await tamper('entries', (store) =>
        store.put([core, seq], Buffer.from(encode(seal({ ...draft, epoch: 9 }, prev)))),
      )
      expect((await verified()).core).toMatchObject({ ok: false, seq: named, kind: 'corrupt' })
    }
  })

  it('finds bytes that read the same but are not what was written', async () => {
    for (const rewrite of [(text: string) => ` ${text}`, (text: string) => text.replace('"100000.1"', '"100000.10"')]) {
      let original = ''
      await tamper('entries', (store) => {
        original = (store.get([core, 2]) ?? Buffer.alloc(0)).toString()
        return store.put([core, 2], Buffer.from(rewrite(original)))
      })
      expect(rewrite(original)).not.toBe(original)
      expect((await verified()).core).toMatchObject({ ok: false, seq: 2, kind: 'corrupt' })
      await tamper('entries', (store) => store.put([core, 2], Buffer.from(original)))
    }
    expect((await verified()).core.ok).toBe(true)
  })

  it('names a snapshot that is damaged, is another state with a digest of its own, or is of no entry', async () => {
    for (const [seq, stored, words] of [
      [4, `${digest('{"seq":4}')}\n{"seq":5}`, 'snapshot 4: the snapshot does not have its digest'],
      [2, rewritten, 'snapshot 2: the snapshot is not the state'],
      [9, rewritten, 'snapshot 9: there is no such entry'],
    ] as const) {
      let original: Buffer | undefined
      await tamper('snapshots', (store) => {
        const bytes = store.get([core, seq])
        original = bytes && Buffer.from(bytes)
        return store.put([core, seq], Buffer.from(stored))
      })
      const found = await verified()
      expect(found.core).toMatchObject({ ok: false, seq, kind: 'corrupt' })
      expect(found.core).toHaveProperty('message', expect.stringContaining(words))
      expect(found.other.ok).toBe(true)
      await tamper('snapshots', (store) =>
        original === undefined ? store.remove([core, seq]) : store.put([core, seq], original),
      )
    }
    expect((await verified()).core.ok).toBe(true)
  })

  it('finds a damaged or missing head', async () => {
    for (const damage of ['{', '{"hash":"00","seq":5}', '{"hash":5,"seq":5}']) {
      await tamper('heads', (store) => store.put(core, Buffer.from(damage)))
      expect((await verified()).core).toMatchObject({ ok: false, seq: COUNT, kind: 'corrupt' })
    }
    await tamper('heads', (store) => store.remove(core))
    expect((await verified()).core).toMatchObject({ ok: false, seq: COUNT, kind: 'corrupt' })
  })
})

describe('recovery', () => {
  it('falls back to the older snapshot when the newest is damaged, and to none when both are', async () => {
    for (const [seq, left] of [
      [4, 2],
      [2, undefined],
    ] as const) {
      await tamper('snapshots', (store) => {
        const bytes = store.get([core, seq]) ?? Buffer.alloc(0)
        return store.put([core, seq], flipped(bytes, bytes.length - 2, 0)) // another number, still canonical text
      })
      const recovered = await recovery(core)
      expect(recovered).toMatchObject({ snapshot: left === undefined ? null : { seq: left } })
      expect(recovered).toHaveProperty('entries.length', COUNT - (left ?? 0))
    }
  })

  it('takes no snapshot rewritten with a digest of its own', async () => {
    for (const [seq, left] of [
      [4, 2],
      [2, undefined],
    ] as const) {
      await tamper('snapshots', (store) => store.put([core, seq], Buffer.from(rewritten)))
      const recovered = await recovery(core)
      expect(recovered).toMatchObject({ snapshot: left === undefined ? null : snapshotOf(left) })
      expect(recovered).toHaveProperty('entries.length', COUNT - (left ?? 0))
    }
    await tamper('entries', (store) => store.remove([core, 1]))
    expect(await recovery(core)).toMatchObject({ code: 'JOURNAL_CORRUPT', data: { portfolio: core, seq: 1 } })
  })

  it.each<[string, string, number, string, (store: Raw) => Promise<unknown>]>([
    [
      'damaged after the snapshot',
      core,
      5,
      'does not have its hash',
      (store) => store.put([core, 5], Buffer.from(`${store.get([core, 5])}`.replace('"epoch":1', '"epoch":2'))),
    ],
    ['cut after the snapshot', core, 5, 'the head is at 5', (store) => store.remove([core, 5])],
    ["missing its snapshot's entry", core, 4, 'unreadable', (store) => store.remove([core, 4])],
    ['cut', other, 5, 'the head is at 5', (store) => store.remove([other, 5])],
    ['broken inside', other, 3, 'missing, the next entry is 4', (store) => store.remove([other, 3])],
  ])('refuses a chain that is %s (%s), naming entry %i: %s', async (_what, portfolio, seq, words, damage) => {
    await tamper('entries', damage)
    const fault = await recovery(portfolioId(portfolio))
    expect(fault).toMatchObject({ code: 'JOURNAL_CORRUPT', retry: 'never', data: { portfolio, seq } })
    expect(String(fault)).toContain(words)
  })

  it('keeps only the last two snapshots', async () => {
    const journal = openJournal({ dir })
    const sixth = commitsOf(core, 6).at(-1) as Commit
    await journal.commit([{ ...sixth, snapshot: snapshotOf(6) }])
    await journal.close()
    let kept: unknown[] = []
    await tamper('snapshots', async (store) => {
      kept = [...store.getKeys()]
    })
    expect(kept).toEqual([
      [core, 4],
      [core, 6],
    ])
  })
})
