import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Database, open } from 'lmdb'
import { beforeEach, describe, expect, it } from 'vitest'
import { openJournal, openJournalForReading, type ReadableJournal } from '#adapters/journal/lmdb.js'
import { Requests } from '#daemon/control/requests.js'
import { watchJournal } from '#daemon/journal-watch.js'
import { sealJournal } from '#daemon/sealing.js'
import { readSegments, verifyWith } from '#daemon/segments.js'
import { manualTrigger } from '#domain/manual-trigger.js'
import { seal as chain, GENESIS } from '#domain/portfolio/entry.js'
import type { Commit, Verification } from '#ports/journal.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { collect } from '#report/collect.js'
import { PortfolioStateRepository } from '#runtime/state-repository.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { portfolioId } from '#units/ids.js'
import { SESSION, START, viewAt } from '../machine/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { CORE, created, deposit, openHost } from '../unit/runtime/fixtures.js'
import { until } from './gateway-parts.js'
import { commitAfter, snapshotOf } from './journal-samples.js'

type Raw = Database<Buffer, [string, number] | string>

let folder: string
let dir: string
const segments = (): string => join(folder, 'segments')
const paths = (): string[] => readdirSync(segments()).map((name) => join(segments(), name))
const seal = (keep = 0) => sealJournal({ dir, to: segments(), portfolio: CORE, until: { keep }, dryRun: false })

/** Entries 1 to 9, stopped after 3, 6 and 9: the first five may be sealed. */
beforeEach(async () => {
  folder = tempDir()
  dir = join(folder, 'journal')
  for (const round of [1, 2, 3]) {
    const { host, journal } = openHost(dir)
    const inbox = { answers: [], inbox: { key: `ctl:${round}`, digest: digest(encode({})) } }
    if (round === 1) await host.deliver(CORE, created(CORE), 'test')
    else await host.deliver(CORE, deposit(), 'test')
    await host.deliver(
      CORE,
      { type: 'permitted', to: 'paused', reason: `${round}`, actor: 'ann' },
      `ann ctl:${round}`,
      inbox,
    )
    await host.deliver(CORE, round === 3 ? deposit() : deposit('5'), 'test')
    await host.stop()
    await journal.close()
  }
})

/** Changes the bytes below the journal, as a failing disk would. */
async function tamper(name: string, change: (store: Raw) => Promise<unknown>): Promise<void> {
  const root = open<Buffer, string>({ path: dir, noSubdir: false, encoding: 'binary', overlappingSync: false })
  await change(root.openDB<Buffer, [string, number] | string>({ name, encoding: 'binary' }))
  await root.flushed
  await root.close()
}

async function reading<T>(use: (journal: ReadableJournal) => T): Promise<T> {
  const journal = openJournalForReading({ dir })
  try {
    return use(journal)
  } finally {
    await journal.close()
  }
}

const verified = (): Promise<Verification> => reading((journal) => journal.verify(CORE))

describe('a sealed journal', () => {
  it('keeps two saved states and all after the older, and its chain begins at the seal', async () => {
    const before = await verified()
    expect(await seal()).toMatchObject([{ from: 1, to: 5, left: 4, segments: ['core.0001.1-5.jsonl'] }])
    expect(await verified()).toMatchObject({ ok: true, entries: 4, sealed: { seq: 5, segment: 'core.0001.1-5.jsonl' } })
    expect(await reading((journal) => verifyWith(journal, CORE, readSegments(paths()), true))).toEqual(before)
    expect(await seal()).toMatchObject([
      { from: null, to: null, left: 4, segments: [], held: expect.stringContaining('6') },
    ])
  })

  it('says of every sealed entry which segment it is in', async () => {
    await seal(7)
    await seal(4)
    await reading((journal) => {
      for (const [seq, segment] of [
        [1, 'core.0001.1-2.jsonl'],
        [3, 'core.0002.3-5.jsonl'],
        [5, 'core.0002.3-5.jsonl'],
      ] as const)
        expect(() => journal.entries(CORE, seq, 1)).toThrow(
          expect.objectContaining({ code: 'ENTRIES_SEALED', data: { portfolio: CORE, seq, segment, begins: 6 } }),
        )
      expect(journal.entries(CORE, 6, 9).map(({ seq }) => seq)).toEqual([6, 7, 8, 9])
      expect(journal.entries(CORE, 1, 0)).toEqual([])
    })
  })

  it('recovers from the seal where no saved state can be read', async () => {
    const whole = await reading((journal) => journal.recover(CORE).snapshot)
    await seal()
    for (const seq of [6, 9]) await tamper('snapshots', (store) => store.put([CORE, seq], Buffer.from('damaged')))
    const { snapshot, entries } = await reading((journal) => journal.recover(CORE))
    expect([snapshot?.seq, entries.map(({ seq }) => seq)]).toEqual([5, [6, 7, 8, 9]])
    const { host, journal } = openHost(dir)
    expect(encode(host.snapshot(CORE)!)).toBe(whole?.text)
    await journal.close()
  })

  it('tells a damaged or missing seal as corrupt, a missing tail as truncated, a missing first entry as a gap', async () => {
    await seal()
    const key = `seal/${CORE}`
    let stored = Buffer.alloc(0)
    await tamper('meta', async (store) => {
      stored = Buffer.from(store.get(key) ?? [])
    })
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 100_000 }), fc.nat({ max: 7 }), async (place, bit) => {
        const bytes = Buffer.from(stored)
        const index = place % bytes.length
        bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index)
        await tamper('meta', (store) => store.put(key, bytes))
        expect(await verified()).toMatchObject({ ok: false, kind: 'corrupt', message: expect.stringContaining('seal') })
      }),
      { numRuns: 40 },
    )
    await tamper('meta', (store) => store.remove(key))
    const gone = {
      ok: false,
      kind: 'corrupt',
      message: expect.stringContaining('the seal of the entries before 6 is missing'),
    }
    expect(await verified()).toMatchObject(gone)
    await tamper('meta', (store) => store.put(key, stored))
    const kept = new Map<number, Buffer>()
    await tamper('entries', async (store) => {
      for (const seq of [6, 9]) kept.set(seq, Buffer.from(store.get([CORE, seq]) ?? []))
    })
    await tamper('entries', (store) => store.remove([CORE, 6]))
    expect(await verified()).toMatchObject({ ok: false, kind: 'gap', seq: 6 })
    await tamper('entries', (store) => store.put([CORE, 6], kept.get(6)!))
    await tamper('entries', (store) => store.remove([CORE, 9]))
    expect(await verified()).toMatchObject({ ok: false, kind: 'truncated', seq: 9 })
    await tamper('entries', (store) => store.put([CORE, 9], kept.get(9)!))
    await tamper('entries', (store) => store.put([CORE, 5], kept.get(6)!))
    expect(await verified()).toMatchObject({ ok: false, kind: 'corrupt', seq: 5 })
  })

  it('is not sealed past a run that has not ended well, nor past what is waited for', async () => {
    const { host, journal } = openHost(dir)
    await host.deliver(CORE, { type: 'opened', epoch: 1 }, 'test')
    await host.deliver(CORE, { type: 'reconciled', decision: 'resume', reason: '' }, 'test')
    await host.deliver(CORE, { type: 'permitted', to: 'active', reason: 'test', actor: 'ann' }, 'test')
    const trigger = manualTrigger(START, SESSION, 'ann', 'now')
    await host.deliver(CORE, { type: 'triggered', trigger, view: viewAt(START) }, 'test')
    await host.stop()
    await journal.close()
    const again = openHost(dir)
    await again.host.deliver(CORE, deposit(), 'test')
    await again.host.stop()
    await again.journal.close()
    const more = openHost(dir)
    await more.host.deliver(CORE, deposit(), 'test')
    await more.host.stop()
    await more.journal.close()
    expect(await seal()).toMatchObject([{ from: 1, to: 12, held: 'since R-1 no run has gone well' }])
  })

  it('is not sealed past an entry that asked for what is still waited for', async () => {
    const other = portfolioId('other')
    const commits: Commit[] = []
    for (const seq of [1, 2, 3, 4, 5, 6]) {
      const prev = commits.at(-1)?.entry ?? { seq: 0, hash: GENESIS }
      const { entry, ...rest } = commitAfter(other, prev, undefined, seq > 4 ? { snapshot: snapshotOf(seq) } : {})
      const timer = { timer: 'T-1', at: START }
      const { hash: _hash, prev: before, ...draft } = entry
      const asks = seq === 3 ? [{ type: 'schedule', ...timer } as const] : []
      commits.push({ ...rest, entry: chain({ ...draft, effects: asks }, before), timersPut: seq === 3 ? [timer] : [] })
    }
    const journal = openJournal({ dir })
    await journal.commit(commits)
    await journal.close()
    const planned = await sealJournal({ dir, to: segments(), portfolio: other, until: { keep: 0 }, dryRun: true })
    expect(planned).toMatchObject([{ from: 1, to: 2, held: 'entry 3 asked for timer T-1, which is waited for' }])
  })

  it('is watched from its seal on while a process runs', async () => {
    await seal()
    const { journal } = openHost(dir)
    const outcomes: unknown[] = []
    const metrics = { ...noMetrics, count: (_: string, labels = {}) => void outcomes.push(labels) }
    const watch = watchJournal({ journal, portfolios: [CORE], metrics, log: silentLog, everyMs: 1 })
    await until(() => outcomes.length > 1)
    watch.close()
    expect(outcomes.slice(0, 2)).toEqual([{ outcome: 'ok' }, { outcome: 'ok' }])
    await journal.close()
  })

  it('has no report, which takes the whole history', async () => {
    await seal()
    await expect(reading((journal) => collect(journal, CORE))).rejects.toMatchObject({ code: 'ENTRIES_SEALED' })
  })

  it('carries no request out a second time whose entry is sealed, and refuses versions it has sealed', async () => {
    await seal()
    const { host, journal, clock } = openHost(dir)
    const requests = new Requests(journal)
    const ask = (id: string) => {
      const again = () => Promise.reject(new Error('carried out again'))
      return requests.once({ portfolio: CORE, id, content: {} }, again, ({ seq }) => ({ seq }))
    }
    await expect(ask('1')).rejects.toMatchObject({ code: 'REQUEST_SEALED' })
    expect(await ask('3')).toEqual({ seq: 8, duplicate: true })
    const states = new PortfolioStateRepository({ host, journal, clock, takesFills: true })
    const sealed = {
      ok: false,
      refusal: { code: 'VERSION_SEALED', message: expect.stringContaining('core.0001.1-5.jsonl') },
    }
    expect(states.at(CORE, 4)).toMatchObject(sealed)
    expect(states.diff(CORE, 2, 9)).toMatchObject(sealed)
    expect(await states.restore(CORE, 1)).toMatchObject(sealed)
    expect(states.at(CORE, 5).ok).toBe(true)
    expect(states.history(CORE).map(({ version }) => version)).toEqual([6, 7, 8, 9])
    expect(() => states.history(CORE, 1)).toThrow('sealed in segment core.0001.1-5.jsonl')
    await journal.close()
  })
})

describe('a segment', () => {
  it('that a crash left is taken when it is the same, and refused when it is not', async () => {
    const [planned] = await sealJournal({ dir, to: segments(), portfolio: CORE, until: { keep: 0 }, dryRun: true })
    const path = join(segments(), planned!.segments[0]!)
    mkdirSync(segments())
    writeFileSync(path, 'something else')
    await expect(seal()).rejects.toMatchObject({ code: 'FILE_EXISTS' })
    expect([await verified(), readdirSync(segments())]).toMatchObject([{ entries: 9 }, planned!.segments])
    const copy = join(folder, 'copy')
    cpSync(dir, copy, { recursive: true })
    rmSync(path)
    await sealJournal({ dir: copy, to: segments(), portfolio: CORE, until: { keep: 0 }, dryRun: false })
    expect(await seal()).toMatchObject([{ to: 5 }])
  })

  it('that was changed, or was not given, or is another’s, is named', async () => {
    await seal(7)
    await seal()
    const given = readSegments(paths())
    const check = (some: typeof given) => reading((journal) => verifyWith(journal, CORE, some, false))
    expect(await check(given)).toMatchObject({ ok: true, entries: 9 })
    await expect(check(given.slice(1))).rejects.toMatchObject({ code: 'EXPORT_INCOMPLETE', data: { from: 1, to: 2 } })
    await expect(check([...given, { ...given[0]!, from: 3 }])).rejects.toMatchObject({
      code: 'EXPORT_INVALID',
    })
    expect(await check([{ ...given[0]!, digest: 'another' }, given[1]!])).toMatchObject({
      ok: false,
      kind: 'corrupt',
      seq: 1,
    })
    writeFileSync(paths()[1]!, readFileSync(paths()[1]!, 'utf8').replace('"5"', '"6"'))
    expect(() => readSegments(paths())).toThrow(/line \d: its content does not have its hash/)
  })
})
