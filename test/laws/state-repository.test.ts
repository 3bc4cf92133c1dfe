import fc from 'fast-check'
import { expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { type OpenRepository, openStateRepository } from '#daemon/state-repository.js'
import { verifyTables } from '#runtime/attest.js'
import type { StateVersion } from '#runtime/state-at.js'
import type { StateOutcome } from '#runtime/state-refusal.js'
import type { StateTransaction } from '#runtime/transaction.js'
import { incarnation, portfolioId } from '#units/ids.js'
import { START } from '../machine/fixtures.js'
import { freshDir } from '../support/temp-dir.js'
import { compareAll, same } from './book-compare.js'
import {
  cashText,
  type OpenTransaction,
  policyNumber,
  type RepositoryCommand,
  RepositoryModel,
  repositoryCommands,
  type Stand,
} from './repository-model.js'

const CORE = portfolioId('core')
const SEQUENCES = Number(process.env.BALLAST_SEQUENCES ?? 100)

interface Pair {
  readonly real: StateTransaction
  readonly model: OpenTransaction
}

/** How often each answer was given, over all sequences. */
const answers = new Map<string, number>()

function codeOf(outcome: StateOutcome<unknown>): string {
  const code = outcome.ok ? 'OK' : outcome.refusal.code
  answers.set(code, (answers.get(code) ?? 0) + 1)
  return code
}

function taken<T>(outcome: StateOutcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

function agree(version: StateVersion, stand: Stand): void {
  same(version.permission, stand.permission)
  same(version.state.policy.name, `plan ${stand.policy}`)
  compareAll(version.state.book, stand.books)
}

/** A repository on disk and the list of versions it should be, moved together. */
class Both {
  readonly model = new RepositoryModel(CORE)
  readonly #pairs = new Map<number, Pair>()
  #open!: OpenRepository

  constructor(private readonly dir: string) {}

  async open(): Promise<void> {
    this.#open = await openStateRepository({ dir: this.dir, clock: virtualClock(START) })
  }

  async create(): Promise<void> {
    await this.open()
    taken(await this.#open.repository.create(policyNumber(CORE, 0), incarnation('incarnation1')))
  }

  async do(command: RepositoryCommand): Promise<void> {
    switch (command.kind) {
      case 'begin':
        return this.#begin(command.slot, command.late)
      case 'apply':
        return this.#apply(command)
      case 'commit':
        return this.#commit(command.slots)
      case 'rollback':
        return this.#rollback(command.slot)
      case 'restore':
        return this.#restore(this.model.version - command.back, this.model.version - (command.late ? 1 : 0))
      case 'look':
        return this.#look(this.model.version - command.back, this.model.version - command.other)
      case 'reopen':
        await this.close()
        this.#pairs.clear()
        await this.open()
        return agree(taken(this.#open.repository.snapshot(CORE)), this.model.now)
    }
  }

  /** All versions again, from the disk, with every table behind them. */
  async end(): Promise<void> {
    for (let version = 1; version <= this.model.version; version += 1) this.#look(version, 1)
    const history = this.#open.repository.history(CORE).map(({ event }) => event)
    same(history.join(), this.model.versions.map(({ event }) => event).join())
    await this.close()
    const journal = openJournalForReading({ dir: this.dir })
    const verified = [journal.verify(CORE), verifyTables(journal, CORE)]
    await journal.close()
    for (const found of verified) expect(found).toMatchObject({ ok: true, entries: this.model.version })
  }

  async close(): Promise<void> {
    await this.#open.close()
  }

  #begin(slot: number, late: boolean): void {
    const expectedVersion = this.model.version - (late ? 1 : 0)
    const begun = this.#open.repository.begin(CORE, { expectedVersion })
    same(codeOf(begun), late ? 'VERSION_CONFLICT' : 'OK')
    if (begun.ok) this.#pairs.set(slot, { real: begun.value, model: this.model.begin() })
  }

  #apply({ slot, change, ended }: Extract<RepositoryCommand, { kind: 'apply' }>): void {
    const known = this.#pairs.get(slot)
    if (known === undefined || (known.model.ended && !ended)) this.#begin(slot, false)
    const { real, model } = this.#pairs.get(slot)!
    const told = this.model.apply(model, change)
    if (told === null) return
    same(codeOf(real.apply(told.fact)), told.code)
    if (!model.ended) agree(real.state, this.model.shown(model))
  }

  async #commit(slots: readonly number[]): Promise<void> {
    const pairs = slots.flatMap((slot) => this.#pairs.get(slot) ?? [])
    const at = pairs.map(({ real }) => real.commit()) // all at once: the first of one base wins
    for (const [index, outcome] of (await Promise.all(at)).entries()) {
      const { model } = pairs[index]!
      const before = this.model.version
      same(codeOf(outcome), this.model.commit(model))
      if (outcome.ok) same(outcome.value.version, this.model.version)
      else if (outcome.refusal.code === 'VERSION_CONFLICT')
        expect(outcome.refusal).toMatchObject({ expected: model.base, actual: before })
    }
    agree(taken(this.#open.repository.snapshot(CORE)), this.model.now)
  }

  #rollback(slot: number): void {
    const pair = this.#pairs.get(slot)
    if (pair === undefined) return
    pair.real.rollback()
    pair.model.ended = true
    agree(pair.real.state, this.model.versions[pair.model.base - 1]!)
  }

  async #restore(version: number, expectedVersion: number): Promise<void> {
    const outcome = await this.#open.repository.restore(CORE, version, { expectedVersion })
    same(codeOf(outcome), this.model.restore(version, expectedVersion))
    if (outcome.ok) agree(outcome.value, this.model.now)
  }

  #look(version: number, other: number): void {
    const { repository } = this.#open
    const found = repository.at(CORE, version)
    const stand = this.model.versions[version - 1]
    same(codeOf(found), stand === undefined ? 'VERSION_UNKNOWN' : 'OK')
    if (found.ok) agree(found.value, stand!)
    const changes = repository.diff(CORE, other, version)
    const then = this.model.versions[other - 1]
    same(changes.ok, stand !== undefined && then !== undefined)
    if (!changes.ok) return
    const row = changes.value.find((one) => one.kind === 'cash' && one.part === 'posted')
    const [before, after] = [cashText(then!.books), cashText(stand!.books)]
    same(row === undefined ? before : `${row.before}`, before)
    same(row === undefined ? before : `${row.after}`, after)
    same(
      changes.value.some(({ kind }) => kind === 'permission'),
      then!.permission !== stand!.permission,
    )
  }
}

it('a repository and its books are a plain list of versions, whatever several users do to it', async () => {
  let commands = 0
  const began = performance.now()
  const lists = fc.array(repositoryCommands, { minLength: 1, maxLength: 40, size: 'max' })
  await fc.assert(
    fc.asyncProperty(lists, async (list) => {
      const { path, remove } = freshDir()
      const both = new Both(path)
      try {
        await both.create()
        for (const command of list) await both.do(command)
        commands += list.length
        await both.end()
      } catch (error) {
        await both.close().catch(() => undefined)
        throw error
      } finally {
        remove()
      }
    }),
    { numRuns: SEQUENCES },
  )
  const seconds = (performance.now() - began) / 1000
  const told = [...answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, count]) => `${code} ${count}`)
  process.stdout.write(
    `${SEQUENCES} sequences of ${commands} commands in ${seconds.toFixed(1)} s, ${Math.round(SEQUENCES / seconds)}/s: ${told.join(', ')}\n`,
  )
  if (SEQUENCES < 100) return // too few to meet them all
  for (const code of ['OK', 'VERSION_CONFLICT', 'CASH_SHORT', 'UNIVERSE_HELD', 'EXECUTION_BOOKED', 'INVALID', 'ENDED'])
    expect(answers.get(code) ?? 0, code).toBeGreaterThan(0)
}, 3_600_000)
