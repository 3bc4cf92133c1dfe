import type { Entry } from '#domain/portfolio/entry.js'
import type { Journal } from '#ports/journal.js'
import { Turns } from '#runtime/turns.js'
import { InvariantBroken } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

/** Outcomes remembered after they were answered, oldest forgotten first. */
const REMEMBERED = 1_000
/** Entries read at once while looking for the one a request made. */
const PAGE = 256

/** A dedupe key with the digest of what was asked under it. */
export interface RequestKey {
  readonly key: string
  readonly digest: string
}

/** One request to change a portfolio, or (null) several of them under one key of its own. */
export interface ChangeRequest {
  readonly portfolio: PortfolioId | null
  readonly id: string
  /** All that was asked, as plain data: the same id with other content is another request. */
  readonly content: Readonly<Record<string, unknown>>
}

/** An outcome, and whether it is an earlier one's. */
export type Outcome<T> = T & { readonly duplicate: boolean }

interface Remembered {
  readonly digest: string
  readonly done: Promise<object>
  underWay: boolean
}

/**
 * Carries each request out at most once. Its key goes into the journal's inbox with the entry it makes, so a repeat
 * finds it there after a restart too; two copies at once meet in memory. What failed was not carried out and may be
 * asked again; what changed nothing is remembered in memory only.
 */
export class Requests {
  readonly #remembered = new Map<string, Remembered>()
  /** Changes of a portfolio that must see each other's effect. */
  readonly #turns = new Turns<PortfolioId>()

  constructor(private readonly journal: Pick<Journal, 'inbox' | 'entries' | 'head' | 'portfolios' | 'seal'>) {}

  /**
   * Carries a request out with `apply`, or answers what came of it before: from memory, else from the entry it made.
   * @throws Fault `REQUEST_CONFLICT` when the id came with other content, `REQUEST_SEALED` when that entry is in a segment; whatever `apply` throws, a failed assertion
   * as `INVARIANT_BROKEN`.
   */
  async once<T extends object>(
    { portfolio, id, content }: ChangeRequest,
    apply: (key: RequestKey) => Promise<T>,
    recall: (entry: Entry) => T,
  ): Promise<Outcome<T>> {
    const key = portfolio === null ? `all:${id}` : `ctl:${id}`
    const asked = digest(encode(content))
    const place = `${portfolio ?? ''} ${key}`
    const known = this.#remembered.get(place)
    const where = portfolio === null ? this.journal.portfolios() : [portfolio]
    const home = known === undefined ? where.find((name) => this.journal.inbox(name, key) !== undefined) : undefined
    const booked = known?.digest ?? (home === undefined ? undefined : this.journal.inbox(home, key))
    if (booked !== undefined && booked !== asked)
      throw new Fault('REQUEST_CONFLICT', `request ${id} was something else when it came first`, 'never')
    if (known !== undefined) return { ...((await known.done) as T), duplicate: true }
    if (home !== undefined) return { ...recall(this.#entryOf(home, key)), duplicate: true }
    const done = apply({ key, digest: asked }).catch((error: unknown) => {
      this.#remembered.delete(place)
      throw error instanceof InvariantBroken
        ? new Fault('INVARIANT_BROKEN', `${portfolio ?? 'a portfolio'} was halted: ${error.message}`, 'never')
        : error
    })
    const mine: Remembered = { digest: asked, done, underWay: true }
    this.#remembered.set(place, mine)
    const outcome = await done
    mine.underWay = false
    this.#forget()
    return { ...outcome, duplicate: false }
  }

  /** Runs `change` after those before it on this portfolio have ended, well or badly. */
  inTurn<T>(portfolio: PortfolioId, change: () => Promise<T>): Promise<T> {
    return this.#turns.take(portfolio, change)
  }

  #entryOf(portfolio: PortfolioId, key: string): Entry {
    const sealed = this.journal.seal(portfolio)
    const begin = sealed?.seq ?? 0
    for (let last = this.journal.head(portfolio).seq; last > begin; last -= PAGE) {
      const first = Math.max(begin + 1, last - PAGE + 1)
      const found = this.journal
        .entries(portfolio, first, last - first + 1)
        .findLast(({ event }) => event.cause.endsWith(` ${key}`))
      if (found !== undefined) return found
    }
    if (sealed !== null)
      throw new Fault(
        'REQUEST_SEALED',
        `${key} was carried out before; its entry of ${portfolio} is sealed in a segment`,
        'never',
      )
    throw new Fault('REQUEST_UNKNOWN', `${portfolio}: ${key} is in the inbox, but no entry came of it`, 'never')
  }

  /** Drops the oldest outcomes, never one that is still under way: nothing else knows of it yet. */
  #forget(): void {
    for (const [place, { underWay }] of this.#remembered) {
      if (this.#remembered.size <= REMEMBERED) return
      if (!underWay) this.#remembered.delete(place)
    }
  }
}
