import { ruleNamed } from '#domain/governance/registry.js'
import { countedDay, isCounted, type Sent, withinMinute } from '#domain/governance/sent.js'
import type { Order } from '#domain/order.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { Journal } from '#ports/journal.js'
import { Decimal } from '#units/decimal.js'
import type { InstrumentId, OrderId, PortfolioId } from '#units/ids.js'
import { type Money, noMoney, plus, worth } from '#units/money.js'
import type { Instant } from '#units/time.js'
import { type Breath, breathe } from './breath.js'

/** Entries read at a time, from the newest back. */
const CHUNK = 256

/** Facts that orders may be decided on. */
const DECIDING: ReadonlySet<PortfolioFact['type']> = new Set(['triggered', 'solved', 'observed', 'decided'])

/** Value of the orders of one day. */
interface Day {
  /** Orders that are in it. */
  readonly known: Set<OrderId>
  readonly own: Map<PortfolioId, Money>
  readonly firm: Map<string, Money>
  readonly names: Map<InstrumentId, Money>
}

/** Whether a rule of a policy counts what has been sent. */
export const counts = ({ governance }: Pick<PortfolioPolicy, 'governance'>): boolean =>
  governance.some(({ name }) => ruleNamed(name)?.counts === true)

/**
 * Counts the orders of all portfolios of a journal as their steps are worked out, so that a decision knows of every one made
 * before it, on disk or not. What was sent before this process began is read from the journal, at the latest when somebody asks.
 * What it remembers is of two days, and of one minute.
 */
export class Traffic {
  readonly #days = new Map<string, Day>()
  readonly #lately: { readonly portfolio: PortfolioId; readonly at: Instant }[] = []
  /** The day from whose beginning on the journal was read; null before that. */
  #read: string | null = null

  constructor(
    private readonly journal: Pick<Journal, 'portfolios' | 'head' | 'entries' | 'seal'>,
    private readonly policyOf: (portfolio: PortfolioId) => PortfolioPolicy | undefined,
  ) {}

  /**
   * Reads what earlier processes have sent, where a rule of any portfolio counts it, with a breath between portfolios: a start has the time, the
   * decision that is the first to ask has not.
   */
  async begin(now: Instant, pause: Breath = breathe): Promise<void> {
    const portfolios = this.journal.portfolios()
    const isCounting = (policy: PortfolioPolicy | undefined): boolean => policy !== undefined && counts(policy)
    if (!portfolios.some((portfolio) => isCounting(this.policyOf(portfolio)))) return
    for (const portfolio of portfolios) {
      this.#readBack(portfolio, now)
      await pause()
    }
    this.#catchUp(now, [])
  }

  /** Takes the orders of a step; the same again change nothing. */
  note({ portfolio, effects }: Pick<Entry, 'portfolio' | 'effects'>): void {
    for (const effect of effects) if (effect.type === 'submit') this.#take(portfolio, effect.order)
  }

  /** The fact with what has been sent, where it is one that orders may be decided on and the policy counts; else as it is. */
  complete(portfolio: PortfolioId, fact: PortfolioFact, now: Instant): PortfolioFact {
    const policy = DECIDING.has(fact.type) ? this.policyOf(portfolio) : undefined
    if (policy === undefined || !counts(policy)) return fact
    return { ...fact, sent: this.sent(policy, now) } as PortfolioFact
  }

  /** What has been sent as of `now`, as the portfolio of this policy counts it. */
  sent({ id, currency, universe }: PortfolioPolicy, now: Instant): Sent {
    this.#catchUp(now)
    const lately = this.#lately.filter(({ at }) => withinMinute(at, now))
    const day = this.#days.get(countedDay(now))
    const names = universe.flatMap((spec) => {
      const value = day?.names.get(spec.id)
      return value === undefined ? [] : [[spec.id, value] as const]
    })
    return {
      orders: { own: lately.filter(({ portfolio }) => portfolio === id).length, firm: lately.length },
      value: { own: day?.own.get(id) ?? noMoney, firm: day?.firm.get(currency) ?? noMoney },
      names: Object.fromEntries(names),
    }
  }

  #take(portfolio: PortfolioId, { id, body, intendedAt: at }: Order): void {
    const policy = this.policyOf(portfolio)
    const { known, own, firm, names } = this.#dayOf(at)
    if (known.has(id) || policy === undefined) return
    known.add(id)
    this.#lately.push({ portfolio, at })
    const first = this.#lately.findIndex((sent) => withinMinute(sent.at, at))
    this.#lately.splice(0, first)
    const multiplier = new Decimal(policy.universe.find((spec) => spec.id === body.instrument)?.multiplier ?? '1')
    const value = worth(body.quantity, body.arrival, multiplier)
    add(own, portfolio, value)
    add(firm, policy.currency, value)
    add(names, body.instrument, value)
  }

  /** The tally of a day; only the newest two are kept, for clocks that are set back over midnight. */
  #dayOf(at: Instant): Day {
    const key = countedDay(at)
    const day = this.#days.get(key) ?? { known: new Set(), own: new Map(), firm: new Map(), names: new Map() }
    this.#days.set(key, day)
    const [oldest, ...others] = [...this.#days.keys()].sort()
    if (others.length > 1 && oldest !== undefined) this.#days.delete(oldest)
    return day
  }

  /** Reads what has been sent on the day of `now` and in the minute before it, once for each earlier day that is asked for. */
  #catchUp(now: Instant, portfolios = this.journal.portfolios()): void {
    const day = countedDay(now)
    if (this.#read !== null && this.#read <= day) return
    for (const portfolio of portfolios) this.#readBack(portfolio, now)
    // Only now: what could not be read is not known.
    this.#read = day
  }

  #readBack(portfolio: PortfolioId, now: Instant): void {
    const first = (this.journal.seal(portfolio)?.seq ?? 0) + 1
    let to = this.journal.head(portfolio).seq
    while (to >= first) {
      const from = Math.max(first, to - CHUNK + 1)
      const entries = this.journal.entries(portfolio, from, to - from + 1)
      const recent = entries.filter(({ at }) => isCounted(at, now))
      for (const entry of recent) this.note(entry)
      if (recent.length < entries.length) break
      to = from - 1
    }
  }
}

function add<Key>(sums: Map<Key, Money>, key: Key, value: Money): void {
  sums.set(key, plus(sums.get(key) ?? noMoney, value))
}
