import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { exportLines, readExport } from '#adapters/journal/export.js'
import { openJournalForReading, type ReadableJournal } from '#adapters/journal/lmdb.js'
import { sealJournal } from '#daemon/sealing.js'
import { type GivenSegment, readSegments, verifyWith, wholeHistory } from '#daemon/segments.js'
import { manualTrigger } from '#domain/manual-trigger.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { FINAL_RUN } from '#domain/run.js'
import { verifyTables } from '#runtime/attest.js'
import { intake } from '#runtime/intake.js'
import { stateAt } from '#runtime/state-at.js'
import { encode } from '#units/canonical.js'
import { executionId, orderId } from '#units/ids.js'
import { instant } from '#units/time.js'
import { evidence, SESSION, START, viewAt } from '../machine/fixtures.js'
import { freshDir } from '../support/temp-dir.js'
import {
  answering,
  CORE,
  created,
  deposit,
  executionOf,
  type Hosted,
  openHost,
  policyFor,
} from '../unit/runtime/fixtures.js'
import { same } from './book-compare.js'

type Step =
  | { readonly kind: 'deposit' | 'fill' | 'bust' | 'configure' | 'begin' | 'answer' | 'reopen' }
  | { readonly kind: 'permit'; readonly to: 'active' | 'paused' }
  | { readonly kind: 'seal'; readonly keep: number | null; readonly hours: number }

const plain = fc.constantFrom('deposit', 'fill', 'fill', 'bust', 'configure', 'begin', 'answer', 'reopen')
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: plain.map((kind): Step => ({ kind }) as Step) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('permit' as const), to: fc.constantFrom('active', 'paused') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('seal' as const),
      keep: fc.option(fc.nat({ max: 12 })),
      hours: fc.nat({ max: 60 }),
    }),
  },
)

const HOUR = 3_600_000

/** One history in two journals: one of them is sealed again and again. */
class Twins {
  readonly dirs: { readonly sealed: string; readonly plain: string }
  readonly #to: string
  #hosted: Hosted[] = []
  #fills = 0
  #hours = 0
  seals = 0

  constructor(folder: string) {
    this.dirs = { sealed: join(folder, 'sealed'), plain: join(folder, 'plain') }
    this.#to = join(folder, 'segments')
  }

  async open(): Promise<void> {
    this.#hosted = [openHost(this.dirs.sealed), openHost(this.dirs.plain)]
    for (const { clock } of this.#hosted) clock.advanceTo(instant(START + this.#hours * HOUR))
  }

  async close(): Promise<void> {
    for (const { host, journal } of this.#hosted.splice(0)) {
      await host.stop()
      await journal.close()
    }
  }

  async begin(): Promise<void> {
    await this.open()
    await this.#tell(created(CORE))
    await this.#tell({ type: 'opened', epoch: 1 })
    await this.#tell({ type: 'reconciled', decision: 'resume', reason: '' })
  }

  async do(step: Step): Promise<void> {
    this.#hours += 1
    for (const { clock } of this.#hosted) clock.advanceTo(instant(START + this.#hours * HOUR))
    switch (step.kind) {
      case 'deposit':
        return this.#tell(deposit())
      case 'configure':
        return this.#tell({ type: 'configured', policy: policyFor(CORE, { name: `plan ${this.#hours}` }) })
      case 'permit':
        return this.#tell({ type: 'permitted', to: step.to, reason: 'test', actor: 'ann' })
      case 'fill':
        this.#fills += 1
        for (const { host, journal } of this.#hosted)
          await intake(host, journal).execution(CORE, executionOf(`X-${this.#fills}`))
        return
      case 'bust': {
        const bust = {
          executionId: executionId(`X-${this.#fills}`),
          orderId: orderId('A'.repeat(26)),
          reason: 'no',
          at: START,
        }
        if (this.#fills === 0) return
        for (const { host, journal } of this.#hosted) await intake(host, journal).bust(CORE, bust)
        return
      }
      case 'begin':
        return this.#tell({
          type: 'triggered',
          trigger: manualTrigger(START, SESSION, 'ann', 'now'),
          view: viewAt(START),
        })
      case 'answer': {
        const { run } = this.#hosted[0]!.host.snapshot(CORE)!.context
        if (run === null || FINAL_RUN.has(run.status)) return
        const answer = { kind: 'hold', reason: 'test', evidence } as const
        return this.#tell({ type: 'solved', request: run.id, answer, view: viewAt(START) }, `solve:${run.id}`)
      }
      case 'reopen':
        await this.close()
        return this.open()
      case 'seal':
        await this.close()
        await this.#seal(step)
        return this.open()
    }
  }

  /** Both journals say the same of all but the entries that one has sealed; those are in its segments. */
  async compare(): Promise<void> {
    const [mine, theirs] = [
      openJournalForReading({ dir: this.dirs.sealed }),
      openJournalForReading({ dir: this.dirs.plain }),
    ]
    try {
      this.#compare(mine, theirs)
    } finally {
      await mine.close()
      await theirs.close()
    }
  }

  async #tell(fact: PortfolioFact, answers?: string): Promise<void> {
    for (const { host } of this.#hosted)
      await host.deliver(CORE, fact, 'test', answers === undefined ? undefined : answering(answers))
  }

  async #seal({ keep, hours }: Extract<Step, { kind: 'seal' }>): Promise<void> {
    const until = keep === null ? { before: instant(START + hours * HOUR) } : { keep }
    const dir = this.dirs.sealed
    const asked = { dir, to: this.#to, until, segmentSize: hours % 2 === 0 ? 3_000 : 1_000_000 }
    const [planned] = await sealJournal({ ...asked, portfolio: CORE, dryRun: true })
    const [done] = await sealJournal({ ...asked, portfolio: null, dryRun: false })
    expect(done).toEqual(planned)
    if (done!.segments.length > 0) this.seals += 1
    await this.compare()
  }

  #compare(mine: ReadableJournal, theirs: ReadableJournal): void {
    const told = (journal: ReadableJournal): string =>
      encode([journal.head(CORE), journal.recover(CORE), journal.runs(CORE), journal.executions(CORE)])
    same(told(mine), told(theirs))
    const sealed = mine.seal(CORE)
    const begin = sealed?.seq ?? 0
    expect(verifyTables(mine, CORE)).toMatchObject({ ok: true, entries: mine.head(CORE).seq - begin })
    const segments: readonly GivenSegment[] = readSegments(
      (sealed?.segments ?? []).map(({ name }) => join(this.#to, name)),
    )
    expect(verifyWith(mine, CORE, segments, false)).toEqual(theirs.verify(CORE))
    expect(verifyWith(mine, CORE, segments, true)).toEqual(verifyTables(theirs, CORE))
    const whole = wholeHistory(readExport(exportLines(mine, CORE)), segments)
    same(encode(whole.entries), encode(theirs.entries(CORE, 1, 1_000_000)))
    for (let version = 1; version <= mine.head(CORE).seq; version += 1)
      if (version >= begin) same(encode(stateAt(mine, CORE, version)), encode(stateAt(theirs, CORE, version)))
      else expect(() => stateAt(mine, CORE, version)).toThrow(/is sealed in segment core\.\d{4}\./)
  }
}

const HISTORIES = Number(process.env.BALLAST_SEALED_HISTORIES ?? 15)

it('a journal sealed at any allowed point, again and again, is the journal that was never sealed', async () => {
  let seals = 0
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40, size: 'max' }), async (list) => {
      const { path, remove } = freshDir()
      const twins = new Twins(path)
      try {
        await twins.begin()
        for (const step of list) await twins.do(step)
        await twins.close()
        await twins.compare()
        seals += twins.seals
      } finally {
        await twins.close()
        remove()
      }
    }),
    { numRuns: HISTORIES },
  )
  process.stdout.write(`${HISTORIES} histories, sealed ${seals} times\n`)
  expect(seals).toBeGreaterThan(HISTORIES / 2)
}, 600_000)
