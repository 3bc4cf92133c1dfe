import { ENTRY_VERSION, type Entry, GENESIS, seal } from '#domain/portfolio/entry.js'
import type { PortfolioEvent, PortfolioFact } from '#domain/portfolio/event.js'
import { create, type PortfolioSnapshot, react } from '#machines/portfolio.machine.js'
import type { Commit, Snapshot } from '#ports/journal.js'
import { InvariantBroken } from '#units/assert.js'
import type { PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import { hashOf, textOf } from './image.js'
import { type Origin, record } from './record.js'

/** One step of a portfolio, worked out but not yet on disk. */
export interface Staged {
  readonly portfolio: PortfolioId
  readonly before: PortfolioSnapshot | null
  readonly after: PortfolioSnapshot
  readonly entry: Entry
  readonly commit: Commit
}

/** Events that say what trading may do. */
export const RULINGS: ReadonlySet<PortfolioEvent['type']> = new Set(['permitted', 'conflicted', 'faulted'])

/**
 * One portfolio in memory: its newest state, staged ones included, and the head of its chain. It decides and
 * chains; writing and acting are the host's.
 */
export class Actor {
  #head: { readonly seq: number; readonly hash: string }
  #snapshot: PortfolioSnapshot | null
  /** Version of the newest saved state. */
  #saved: number
  #ruled = 0

  constructor(
    readonly id: PortfolioId,
    snapshot: PortfolioSnapshot | null = null,
    head: { readonly seq: number; readonly hash: string } = { seq: 0, hash: GENESIS },
    saved = 0,
  ) {
    this.#snapshot = snapshot
    this.#head = head
    this.#saved = saved
  }

  /** The newest state. @throws InvariantBroken before the portfolio was created. */
  get snapshot(): PortfolioSnapshot {
    if (this.#snapshot === null) throw new InvariantBroken('created', `${this.id} was not created`)
    return this.#snapshot
  }

  /** Version of the newest state: the sequence of the entry that led to it. */
  get version(): number {
    return this.#head.seq
  }

  /** The newest state as it is saved, when the next start would have to replay entries to get there; else null. */
  unsaved(): Snapshot | null {
    if (this.#snapshot === null || this.#saved === this.#head.seq) return null
    return { seq: this.#head.seq, text: textOf(this.#snapshot) }
  }

  /** Version of the newest step that said what trading may do, the same words again too; 0 before this process made one. */
  get ruled(): number {
    return this.#ruled
  }

  /** Remembers where the actor stands; calling the answer takes it back there. Only for steps that were not written. */
  mark(): () => void {
    const [snapshot, head, saved, ruled] = [this.#snapshot, this.#head, this.#saved, this.#ruled]
    return () => {
      this.#snapshot = snapshot
      this.#head = head
      this.#saved = saved
      this.#ruled = ruled
    }
  }

  /** Works out a step and moves on to it. @throws InvariantBroken when a check fails; the state is then unchanged. */
  stage(fact: PortfolioFact, at: Instant, cause: string, origin: Origin): Staged {
    const before = this.#snapshot
    const event: PortfolioEvent = { ...fact, seq: this.#head.seq + 1, at, cause }
    const step = before === null ? create(event) : react(before, event)
    const after = { value: step.value, context: step.context }
    const entry = seal(
      {
        v: ENTRY_VERSION,
        portfolio: this.id,
        seq: event.seq,
        at,
        epoch: after.context.epoch,
        event,
        effects: step.effects,
        stateHash: hashOf(after, ENTRY_VERSION),
      },
      this.#head.hash,
    )
    this.#snapshot = after
    this.#head = { seq: entry.seq, hash: entry.hash }
    if (RULINGS.has(event.type)) this.#ruled = entry.seq
    const commit = record(before, step, entry, origin)
    if (commit.snapshot !== null) this.#saved = entry.seq
    return { portfolio: this.id, before, after, entry, commit }
  }
}
