import type { PortfolioFact } from '#domain/portfolio/event.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

/** Events that may wait before something gives way. */
export interface RoomLimits {
  readonly perPortfolio: number
  readonly inAll: number
}

/** What a daemon holds without strain: about a second's worth of writing. */
const PLAIN_ROOM: RoomLimits = { perPortfolio: 256, inAll: 16_384 }

/** How much further what a person or the clock asks for may go. */
const BEYOND = 2

/** Kinds that give way, mild first: a new run at the limit, what can be asked for again at twice of it. */
const SHED: Readonly<Partial<Record<PortfolioFact['type'], number>>> = {
  triggered: 1,
  deposited: BEYOND,
  marked: BEYOND,
  configured: BEYOND,
  inputsRead: BEYOND,
  regimeRead: BEYOND,
  volatilityRead: BEYOND,
}

/**
 * Counts the events that wait and says which are turned away when too many do. Fills, news of orders, answers, deadlines,
 * halts and kills never are: each has its own bound, for whoever reports one waits for it to be on disk, and a request or
 * a timer has one answer. Source: design engine.md section 6 (overload).
 */
export class Room {
  readonly #waiting = new Map<PortfolioId, number>()
  #all = 0

  constructor(private readonly limits: RoomLimits = PLAIN_ROOM) {}

  /** Events that are not yet on disk, of all portfolios. */
  get waiting(): number {
    return this.#all
  }

  /** Why no new run may begin, null when it may. */
  get strain(): string | null {
    return this.#all < this.limits.inAll ? null : `${this.#all} events wait to be written`
  }

  /** @throws Fault `OVERLOADED` (safe) when such an event gives way now. */
  admit(portfolio: PortfolioId, type: PortfolioFact['type']): void {
    const times = SHED[type]
    if (times === undefined) return
    const mine = this.#waiting.get(portfolio) ?? 0
    const { perPortfolio, inAll } = this.limits
    if (mine < perPortfolio * times && this.#all < inAll * times) return
    const message = `${mine} events of ${portfolio} and ${this.#all} in all wait to be written`
    throw new Fault('OVERLOADED', message, 'safe', { portfolio, type })
  }

  /** So many events more wait, or fewer. */
  change(portfolio: PortfolioId, by: number): void {
    this.#all += by
    const now = (this.#waiting.get(portfolio) ?? 0) + by
    if (now === 0) this.#waiting.delete(portfolio)
    else this.#waiting.set(portfolio, now)
  }
}
