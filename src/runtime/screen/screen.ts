import { steadyUntil } from '#domain/calendar/pace.js'
import type { MarketView } from '#domain/market.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { screenRow } from '#domain/screen/row.js'
import { type Due, NOTHING_DUE, pendingBesideDrift } from '#domain/trigger.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { grown } from './grown.js'
import { CASH, PriceTable } from './price-table.js'
import { Rows } from './rows.js'

/**
 * Knows of most portfolios what `due` would answer without asking it, for a fraction of its cost: that nothing is due,
 * because nothing but drift could be and every weight is inside its band by more than float arithmetic may be wrong; or what
 * it answered last, because nothing that it looks at has changed since. Whatever else it is not sure of it does not know.
 *
 * A row stands for one state, which is compared by identity: states are never changed in place, so whatever a step
 * changes is seen without being told of. A portfolio with a changed price is valued from its whole row, so no error adds
 * up. Where nothing but prices changes a look makes no object.
 * Source: ADR 0028.
 */
export class Screen {
  readonly #prices = new PriceTable()
  readonly #rows = new Rows()
  readonly #slots = new Map<PortfolioId, number>()
  /** By slot: the state its row stands for, and what `due` answered for it. */
  readonly #states: (PortfolioState | null)[] = []
  readonly #answers: (Due | null)[] = []
  /** By slot: the session, by count, for which it is known whether something beside drift may be due. */
  #asOf = new Uint32Array(64)
  #pending = new Uint8Array(64)
  /** By slot: the instant from which its calendar may answer otherwise. */
  #steady = new Float64Array(64)
  /** By slot: its row, or a price of it, has changed since it was judged. */
  #changed = new Uint8Array(64)
  #keeps = new Uint8Array(64)
  /** By slot: an instrument of its row that is in its universe, cash for none. */
  #anchors = new Int32Array(64)
  #view: MarketView | null = null
  #sessions = 0
  readonly #numberOf = (name: InstrumentId): number => this.#prices.numberOf(name)
  readonly #mark = (instrument: number): void => this.#rows.mark(instrument, this.#changed)

  /** Takes in a view; {@link known} speaks of it until the next. */
  look(view: MarketView): void {
    const last = this.#view
    // An answer rests on the session and the size of its bars, and on the view being newer than the last that a run was triggered on.
    if (last === null || view.session !== last.session || view.barSize !== last.barSize || view.at < last.at)
      this.#sessions += 1
    this.#view = view
    this.#prices.look(view, this.#mark)
  }

  /** What `due` would answer for this state and the view looked at last, when that is known; else null. */
  known(portfolio: PortfolioId, state: PortfolioState): Due | null {
    if (this.#view === null) return null
    const slot = this.#slots.get(portfolio) ?? this.#added(portfolio)
    const stands = this.#asOf[slot] === this.#sessions && this.#view.at < this.#steady[slot]!
    if (this.#states[slot] !== state || !stands) this.#follow(slot, state, this.#view)
    if (this.#changed[slot] === 1) this.#judge(slot)
    return this.#pending[slot] === 0 && this.#keeps[slot] === 1 ? NOTHING_DUE : (this.#answers[slot] ?? null)
  }

  /** Remembers what `due` answered where {@link known} did not know, if it would answer so again as long as nothing changes. */
  learn(portfolio: PortfolioId, state: PortfolioState, answer: Due): void {
    const slot = this.#slots.get(portfolio)
    if (slot === undefined || this.#view === null || this.#states[slot] !== state) return
    const { lastViewAt } = state.memory
    const isNew = lastViewAt === null || this.#view.at > lastViewAt
    const anchor = this.#anchors[slot]!
    const priced = anchor !== CASH && !Number.isNaN(this.#prices.prices[anchor]!)
    // The words of a stale price tell its age.
    const lasts =
      answer.trigger === null &&
      answer.blocked.every(({ code }) => code !== 'stale_price' && code !== 'needs_adjustment')
    if (isNew && priced && lasts) this.#answers[slot] = answer
  }

  #added(portfolio: PortfolioId): number {
    const slot = this.#states.length
    this.#slots.set(portfolio, slot)
    this.#states.push(null)
    this.#answers.push(null)
    this.#asOf = grown(this.#asOf, slot + 1)
    this.#pending = grown(this.#pending, slot + 1)
    this.#steady = grown(this.#steady, slot + 1)
    this.#changed = grown(this.#changed, slot + 1)
    this.#keeps = grown(this.#keeps, slot + 1)
    this.#anchors = grown(this.#anchors, slot + 1)
    return slot
  }

  #follow(slot: number, state: PortfolioState, view: MarketView): void {
    const before = this.#states[slot] ?? null
    if (before === null || !haveOneRow(before, state)) {
      const row = screenRow(state)
      this.#rows.put(slot, row, this.#numberOf)
      this.#anchors[slot] = row === null || row.anchor < 0 ? CASH : this.#numberOf(row.names[row.anchor]!)
      this.#changed[slot] = 1
    }
    this.#states[slot] = state
    this.#answers[slot] = null
    this.#asOf[slot] = this.#sessions
    this.#pending[slot] = pendingBesideDrift(state, view) ? 1 : 0
    this.#steady[slot] = steadyUntil(state.policy.triggers.calendar, view)
  }

  #judge(slot: number): void {
    this.#changed[slot] = 0
    this.#answers[slot] = null
    this.#keeps[slot] = this.#rows.keeps(slot, this.#prices.prices) ? 1 : 0
  }
}

/** Whether nothing that a row is made of differs: most steps leave it all as it is. */
const haveOneRow = (one: PortfolioState, other: PortfolioState): boolean =>
  one.policy === other.policy &&
  one.effective === other.effective &&
  one.book.positions === other.book.positions &&
  one.book.accounts === other.book.accounts
