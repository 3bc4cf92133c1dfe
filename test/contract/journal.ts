import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { GENESIS, seal } from '#domain/portfolio/entry.js'
import type { Commit, Journal } from '#ports/journal.js'
import { InvariantBroken } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { portfolioId, runId } from '#units/ids.js'
import { instant } from '#units/time.js'
import { freshDir, tempDir } from '../support/temp-dir.js'
import { batches, JournalModel } from './journal-model.js'
import {
  commitAfter,
  commitsOf,
  deposit,
  executionOf,
  PORTFOLIOS,
  runOf,
  START,
  snapshotOf,
} from './journal-samples.js'

const core = portfolioId('core')
const other = portfolioId('core-2')

/** Opens the journal kept in a directory. */
export type OpenJournal = (dir: string) => Journal

/** What every journal does; `open` makes the one to try. */
export function journalContract(name: string, open: OpenJournal): void {
  const fresh = (): Journal => {
    const journal = open(tempDir())
    onTestFinished(() => journal.close())
    return journal
  }
  describe(`${name} keeps what was committed`, () => {
    it('gives decimals back as decimals, exact, after a close and a reopen', async () => {
      const dir = tempDir()
      const before = open(dir)
      const [commit] = commitsOf(core, 1) as [Commit]
      await before.commit([{ ...commit, execution: executionOf(7), run: runOf(core, 1) }])
      await before.close()
      const journal = open(dir)
      const [entry] = journal.entries(core, 1, 10)
      const [execution] = journal.executions(core)
      await journal.close()
      expect(encode(entry)).toBe(encode(commit.entry))
      expect(entry?.event.type === 'deposited' && entry.event.amount).toBeInstanceOf(Decimal)
      expect(execution?.quantity.toString()).toBe('7.5')
    })

    it('knows an unknown portfolio as an empty one', () => {
      const journal = fresh()
      expect(journal.portfolios()).toEqual([])
      expect(journal.head(core)).toEqual({ seq: 0, hash: GENESIS })
      expect(journal.recover(core)).toEqual({ snapshot: null, entries: [], outbox: [], timers: [] })
      expect(journal.verify(core)).toEqual({ ok: true, portfolio: core, entries: 0, head: GENESIS })
      expect(journal.run(core, runId(1))).toBeUndefined()
      expect(journal.inbox(core, 'X-1')).toBeUndefined()
    })

    it('pages entries from a sequence on, at most as many as asked for', async () => {
      const journal = fresh()
      await journal.commit(commitsOf(core, 12))
      expect(journal.entries(core, 9, 2).map(({ seq }) => seq)).toEqual([9, 10])
      expect(journal.entries(core, 11, 99).map(({ seq }) => seq)).toEqual([11, 12])
      expect(journal.entries(core, 13, 99)).toEqual([])
      expect(journal.entries(core, 1, 0)).toEqual([])
    })

    it('lists runs by number and keeps the last word on each', async () => {
      const journal = fresh()
      let prev = { seq: 0, hash: GENESIS }
      for (const [number, outcome] of [
        [10, 'ten'],
        [2, 'early'],
        [2, 'two'],
      ] as const) {
        const commit = commitAfter(core, prev, deposit, { run: runOf(core, number, outcome) })
        await journal.commit([commit])
        prev = commit.entry
      }
      expect(journal.runs(core).map(({ outcome }) => outcome)).toEqual(['two', 'ten'])
      expect(journal.run(core, runId(10))?.outcome).toBe('ten')
    })

    it('recovers from the newest snapshot with the entries after it', async () => {
      const journal = fresh()
      const commits = commitsOf(core, 6).map((commit) => {
        const { seq } = commit.entry
        return seq % 2 === 0 ? { ...commit, snapshot: snapshotOf(seq) } : commit
      })
      await journal.commit(commits.slice(0, 5))
      expect(journal.recover(core).snapshot).toEqual({ seq: 4, text: '{"seq":4}' })
      expect(journal.recover(core).entries.map(({ seq }) => seq)).toEqual([5])
      await journal.commit(commits.slice(5))
      expect(journal.recover(core)).toMatchObject({ snapshot: { seq: 6 }, entries: [] })
    })

    it('saves a state beside the last entry: recovery then has nothing to replay, and older states go', async () => {
      const dir = tempDir()
      const journal = open(dir)
      await journal.commit(commitsOf(core, 3))
      await journal.save(new Map([[core, snapshotOf(3)]]))
      await journal.save(new Map([[core, snapshotOf(3)]]))
      await journal.close()
      const reopened = open(dir)
      onTestFinished(() => reopened.close())
      expect(reopened.recover(core)).toMatchObject({ snapshot: { seq: 3 }, entries: [] })
      expect(reopened.verify(core)).toMatchObject({ ok: true, entries: 3 })
      await reopened.commit(commitsOf(core, 4).slice(3))
      await reopened.save(new Map([[core, snapshotOf(4)]]))
      expect(reopened.recover(core)).toMatchObject({ snapshot: { seq: 4 }, entries: [] })
    })

    it('equals a plain model after every batch and after reopening, for random histories', async () => {
      await fc.assert(
        fc.asyncProperty(batches, (steps) => agreesWithModel(open, steps)),
        { numRuns: 60 },
      )
    })
  })
  refusals(name, fresh)
}

function refusals(name: string, fresh: () => Journal): void {
  describe(`${name} refuses what would break the books`, () => {
    const broken = async (journal: Journal, commits: readonly Commit[], invariant: string): Promise<void> => {
      const before = journal.head(core)
      const refusal = await journal.commit(commits).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(refusal).toBeInstanceOf(InvariantBroken)
      expect((refusal as InvariantBroken).invariant).toBe(invariant)
      expect(journal.head(core)).toEqual(before)
    }
    const [first, second, third] = commitsOf(core, 3) as [Commit, Commit, Commit]

    it('an entry that skips a sequence, repeats one or follows another hash (I5)', async () => {
      const journal = fresh()
      await journal.commit([first])
      await broken(journal, [third], 'I5')
      await broken(journal, [first], 'I5')
      const { prev: _prev, hash: _hash, ...draft } = second.entry
      await broken(journal, [{ ...second, entry: seal(draft, GENESIS) }], 'I5')
      await broken(journal, [{ ...second, entry: seal({ ...draft, seq: 3 }, first.entry.hash) }], 'I5')
      await journal.commit([second, third])
      expect(journal.verify(core)).toMatchObject({ ok: true, entries: 3 })
    })

    it('an entry whose content does not have its hash (I5)', async () => {
      await broken(fresh(), [{ ...first, entry: { ...first.entry, epoch: 2 } }], 'I5')
    })

    it('a snapshot of another entry, or of another state than the entry attests (I5)', async () => {
      const journal = fresh()
      await broken(journal, [{ ...first, snapshot: snapshotOf(2) }], 'I5')
      await broken(journal, [{ ...first, snapshot: { seq: 1, text: snapshotOf(2).text } }], 'I5')
      await journal.commit([{ ...first, snapshot: snapshotOf(1) }])
      expect(journal.recover(core).snapshot).toEqual(snapshotOf(1))
    })

    it('a saved state of another entry than the last, of another state, or of no portfolio (I5)', async () => {
      const journal = fresh()
      await journal.commit([first, second])
      for (const states of [
        new Map([[core, snapshotOf(1)]]),
        new Map([[core, { seq: 2, text: snapshotOf(1).text }]]),
        new Map([[other, snapshotOf(1)]]),
      ])
        await expect(journal.save(states)).rejects.toThrow(InvariantBroken)
      expect(journal.recover(core).snapshot).toBeNull()
    })

    it('a whole group when one member is bad: all portfolios or none', async () => {
      const journal = fresh()
      await broken(journal, [...commitsOf(other, 2), third], 'I5')
      expect(journal.portfolios()).toEqual([])
      expect(journal.entries(other, 1, 10)).toEqual([])
      await journal.commit([...commitsOf(other, 2), first])
      expect(journal.portfolios()).toEqual([core, other])
    })

    it('one dedupe key with two contents, in one commit or in two (I3)', async () => {
      const journal = fresh()
      const took = (commit: Commit, digest: string): Commit => ({ ...commit, inboxPut: [{ key: 'X-1', digest }] })
      await broken(journal, [took(first, 'a'), took(second, 'b')], 'I3')
      await journal.commit([took(first, 'a')])
      await broken(journal, [took(second, 'b')], 'I3')
      await journal.commit([took(second, 'a')])
      expect(journal.inbox(core, 'X-1')).toBe('a')
      expect(journal.inbox(other, 'X-1')).toBeUndefined()
    })

    it('a key that cannot be stored, before anything is written', async () => {
      const journal = fresh()
      for (const timer of ['', 'a\0b', 'x'.repeat(2000)])
        await broken(journal, [{ ...first, timersPut: [{ timer, at: instant(START) }] }], 'journal-key')
      expect(journal.portfolios()).toEqual([])
    })

    it('a second commit while one is being written', async () => {
      const journal = fresh()
      const written = journal.commit([first])
      await broken(journal, [second], 'journal-one-writer')
      await written
      await journal.commit([second])
    })

    it('everything once it is closed', async () => {
      const journal = fresh()
      await journal.close()
      expect(() => journal.head(core)).toThrow(InvariantBroken)
      await expect(journal.commit([first])).rejects.toThrow(InvariantBroken)
    })
  })
}

async function agreesWithModel(open: OpenJournal, steps: Parameters<typeof writeSteps>[2]): Promise<void> {
  const { path, remove } = freshDir()
  try {
    const model = new JournalModel()
    const journal = open(path)
    await writeSteps(journal, model, steps).finally(() => journal.close())
    const reopened = open(path)
    try {
      expect(model.describeJournal(reopened)).toBe(model.describe())
      for (const portfolio of PORTFOLIOS) expect(reopened.verify(portfolio).ok).toBe(true)
    } finally {
      await reopened.close()
    }
  } finally {
    remove()
  }
}

async function writeSteps(
  journal: Journal,
  model: JournalModel,
  steps: readonly (readonly Parameters<JournalModel['apply']>[0][])[],
): Promise<void> {
  for (const batch of steps) {
    await journal.commit(batch.map((step) => model.apply(step)))
    expect(model.describeJournal(journal)).toBe(model.describe())
  }
}
