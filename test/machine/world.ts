import { expect } from 'vitest'
import { getMicrosteps } from 'xstate'
import type { Execution } from '#domain/book/events.js'
import { tradesWithout } from '#domain/book/history.js'
import { assertBook } from '#domain/book/invariants.js'
import { isComplete, type Order, TERMINAL } from '#domain/order.js'
import { orderTimer } from '#domain/order-life.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { type Effect, isRequest, type Request } from '#domain/portfolio/effect.js'
import type { PortfolioEvent, PortfolioFact } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import type { Trigger } from '#domain/trigger.js'
import { create, leaf, type PortfolioSnapshot, portfolioMachine, react } from '#machines/portfolio.machine.js'
import { decode, encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { executionId, incarnation, instrumentId, type OrderId } from '#units/ids.js'
import { money, noMoney, type Quantity, quantity } from '#units/money.js'
import { type Instant, instant, later } from '#units/time.js'
import { policy, SESSION, START, targets, viewAt } from './fixtures.js'

/** What the world answers; each may be replaced for a story. An empty list is silence. */
export interface Answers {
  solve: (request: Extract<Request, { type: 'solve' }>) => readonly PortfolioFact[]
  observe: (request: Extract<Request, { type: 'observe' }>) => readonly PortfolioFact[]
  submit: (order: Order) => readonly PortfolioFact[]
  cancel: (id: OrderId) => readonly PortfolioFact[]
  query: (id: OrderId) => readonly PortfolioFact[]
  never: (id: OrderId) => readonly PortfolioFact[]
}

/** One step as it would be journaled. */
export interface Told {
  readonly event: PortfolioEvent
  readonly effects: readonly Effect[]
  /** Canonical text of the state after it. */
  readonly text: string
}

/**
 * One portfolio and a world that answers its effects at once. After every event the invariants are checked: the books
 * (I1, I8, I14), no order sent that the state does not hold (I4), completeness (I11), and a deadline in every wait.
 */
export class World {
  readonly history: Told[] = []
  readonly timers = new Map<string, Instant>()
  readonly pending: Request[] = []
  readonly executions: Execution[] = []
  readonly #busted = new Set<string>()
  readonly #runs = new Map<string, Run>()
  /** Edges of the lifecycle that were taken, transient states included. */
  readonly edges = new Set<string>()
  now = START
  snapshot: PortfolioSnapshot
  answers: Answers

  constructor(
    readonly policy: PortfolioPolicy,
    answers: Partial<Answers> = {},
  ) {
    this.answers = { ...this.#defaults(), ...answers }
    const event = this.#event({ type: 'created', policy, incarnation: incarnation('incarnation1') })
    const { effects, ...snapshot } = create(event)
    this.snapshot = snapshot
    this.history.push({ event, effects, text: encode(snapshot) })
  }

  /** A portfolio that is ready, with this much cash. */
  static funded(answers: Partial<Answers> = {}, changes: Partial<PortfolioPolicy> = {}, cash = '100000'): World {
    const world = new World(policy(changes), answers)
    world.tell({ type: 'opened', epoch: 1 })
    world.tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
    world.tell({ type: 'deposited', amount: money(cash), view: viewAt(world.now) })
    return world
  }

  get state() {
    return this.snapshot.context
  }

  get run(): Run {
    return this.state.run!
  }

  /** Every run as it stood last. */
  get runs(): readonly Run[] {
    return [...this.#runs.values()]
  }

  get leaf(): string {
    return leaf(this.snapshot.value)
  }

  get orders(): readonly Order[] {
    return Object.values(this.state.run?.orders ?? {})
  }

  /** Units of an instrument the books hold. */
  held(id: string): number {
    return this.state.book.positions[instrumentId(id)]?.quantity.toNumber() ?? 0
  }

  /** The order of a leg, the newest of several waves. */
  order(leg: string): Order {
    return this.orders.filter((row) => row.body.leg === leg).sort((a, b) => b.body.attempt - a.body.attempt)[0]!
  }

  /** Hands the portfolio a fact, checks every invariant, notes what it wants. */
  tell(fact: PortfolioFact): readonly Effect[] {
    const event = this.#event(fact)
    if (fact.type === 'timedOut') this.timers.delete(fact.timer)
    this.#note(event)
    const { effects, ...snapshot } = react(this.snapshot, event)
    this.snapshot = snapshot
    if (this.state.run !== null) this.#runs.set(this.run.id, this.run)
    this.history.push({ event, effects, text: encode(snapshot) })
    for (const effect of effects) {
      if (effect.type === 'schedule') this.timers.set(effect.timer, effect.at)
      else if (effect.type === 'unschedule') this.timers.delete(effect.timer)
      if (isRequest(effect)) this.pending.push(effect)
    }
    if (fact.type === 'filled') this.executions.push(fact.execution)
    if (fact.type === 'busted') this.#busted.add(fact.bust.executionId)
    this.check(effects)
    return effects
  }

  /** Answers requests, also those that follow, until none is left; silence is an answer. */
  settle(): this {
    for (let request = this.pending.shift(); request !== undefined; request = this.pending.shift())
      for (const fact of this.#answer(request)) this.tell(fact)
    return this
  }

  /** Triggers a run and lets it go as far as the answers take it. */
  rebalance(prices: Readonly<Record<string, string>> = {}): this {
    this.tell({ type: 'triggered', trigger: this.trigger(), view: viewAt(this.now, prices) })
    return this.settle()
  }

  trigger(): Trigger {
    return { kind: 'manual', at: this.now, session: SESSION, why: 'test', evidence: {} }
  }

  /** Moves time to the earliest deadline whose name begins so, and fires it. */
  fire(prefix: string): this {
    const due = [...this.timers].filter(([name]) => name.startsWith(prefix)).sort(([, a], [, b]) => a - b)[0]
    expect(due, `a deadline ${prefix}… among ${[...this.timers.keys()]}`).toBeDefined()
    this.now = instant(Math.max(this.now, due![1]))
    this.tell({ type: 'timedOut', timer: due![0] })
    return this.settle()
  }

  /** A fill of an order at its arrival price. */
  fill(order: Order, units: Quantity = order.body.quantity, at = order.body.arrival): PortfolioFact {
    const execution: Execution = {
      id: executionId(`${order.id}-${this.history.length}-${this.executions.length}-${units.toFixed()}`),
      orderId: order.id,
      instrument: order.body.instrument,
      side: order.body.side,
      quantity: units,
      price: at,
      fee: noMoney,
      at: this.now,
      session: SESSION,
      venue: 'paper',
    }
    return { type: 'filled', execution }
  }

  /** The taking-back of an execution, as the intake would hand it on. */
  bust(execution: Execution, reason = 'erroneous'): PortfolioFact {
    const bust = { executionId: execution.id, orderId: execution.orderId, reason, at: this.now }
    if (!this.executions.includes(execution)) return { type: 'busted', bust, booked: null }
    const trades = tradesWithout(execution, this.executions, this.state.corrections?.busted ?? [])
    return { type: 'busted', bust, booked: { execution, trades } }
  }

  /** News of an order. */
  news(order: Pick<Order, 'id'>, news: Extract<PortfolioFact, { type: 'orderNews' }>['news']): PortfolioFact {
    return { type: 'orderNews', orderId: order.id, news }
  }

  /** What has been filled of an order as the world knows it. */
  filled(id: OrderId): Quantity {
    const mine = this.executions.filter((row) => row.orderId === id && !this.#busted.has(row.id))
    return quantity(mine.reduce((sum, row) => sum.plus(row.quantity), new Decimal('0')))
  }

  /** Every invariant that must hold after any event at all. */
  check(effects: readonly Effect[]): void {
    assertBook(this.state.book)
    const orders = this.state.run?.orders ?? {}
    for (const effect of effects) {
      expect(encode(decode(encode(effect)))).toBe(encode(effect))
      if (effect.type === 'submit') expect(encode(effect.order)).toBe(encode(orders[effect.order.id]))
    }
    for (const order of Object.values(orders)) {
      expect(order.cumulative.eq(this.filled(order.id)), `fills of ${order.id}`).toBe(true)
      if (isComplete(order)) expect(order.cumulative.gte(order.reported ?? '0')).toBe(true)
      if (isComplete(order)) expect(this.state.book.reservations[order.id]).toBeUndefined()
      if (['submitting', 'unknown', 'cancelling'].includes(order.status))
        expect(this.timers.has(orderTimer(order)), `a deadline of ${order.id}, ${order.status}`).toBe(true)
    }
    this.#checkDeadline()
  }

  #checkDeadline(): void {
    const { run } = this.state
    const open = this.orders.filter((order) => !TERMINAL.has(order.status))
    const each = open.length > 0 && open.every((order) => this.timers.has(orderTimer(order)))
    const named = (name: string): boolean => this.timers.has(`${name}:${run?.id}`)
    const covered: Readonly<Record<string, () => boolean>> = {
      watching: () => true,
      optimising: () => named('solve'),
      awaitingApproval: () => named('approval'),
      // A terminal report whose fills are still on their way: the gateway repeats them until they are taken.
      selling: () => named('fills') || each || open.length === 0,
      buying: () => named('fills') || each || open.length === 0,
      unwinding: () => each || open.length === 0,
    }
    expect(Object.keys(covered)).toContain(this.leaf)
    expect(covered[this.leaf]!(), `a deadline in ${this.leaf}`).toBe(true)
  }

  #event(fact: PortfolioFact): PortfolioEvent {
    return { ...fact, seq: this.history.length + 1, at: this.now, cause: 'test' }
  }

  #note(event: PortfolioEvent): void {
    const { value, context } = this.snapshot
    const resolved = portfolioMachine.resolveState({ value: value as never, context })
    let from = pathOf(value)
    for (const [next] of getMicrosteps(portfolioMachine, resolved, event)) {
      const to = pathOf(next.value as PortfolioSnapshot['value'])
      if (from !== to) this.edges.add(`${from} > ${to}`)
      from = to
    }
  }

  #answer(request: Request): readonly PortfolioFact[] {
    switch (request.type) {
      case 'solve':
        return this.answers.solve(request)
      case 'observe':
        return this.answers.observe(request)
      case 'submit':
        return this.answers.submit(request.order)
      default:
        return this.answers[request.type](request.orderId)
    }
  }

  #defaults(): Answers {
    const half = targets({ AAA: 0.5, BBB: 0.4 })
    const report = (id: OrderId, status: 'accepted' | 'cancelled') =>
      this.news({ id }, { kind: 'reported', status, cumulative: this.filled(id), reason: '' })
    return {
      solve: ({ request }) => [{ type: 'solved', request, answer: half, view: viewAt(this.now) }],
      observe: ({ request }) => [{ type: 'observed', request, view: viewAt(this.now) }],
      submit: (order) => [this.news(order, { kind: 'accepted' }), this.fill(order)],
      cancel: (id) => [report(id, 'cancelled')],
      query: (id) => [report(id, 'accepted')],
      never: (id) => [this.news({ id }, { kind: 'promised' })],
    }
  }

  /** Plays the history again, each state written and read back before the next event, from every state on when asked. */
  replay(fromEach = false): void {
    const starts = fromEach ? this.history.keys() : [0]
    for (const start of starts) {
      let snapshot: PortfolioSnapshot | null =
        start === 0 ? null : (decode(this.history[start - 1]!.text) as PortfolioSnapshot)
      for (const [index, { event, effects, text }] of [...this.history.entries()].slice(start)) {
        const read = decode(encode(event)) as PortfolioEvent
        const step = snapshot === null ? create(read) : react(snapshot, read)
        const again = encode({ value: step.value, context: step.context })
        expect(again, `state after ${index + 1} (${event.type}) from ${start}`).toBe(text)
        expect(encode(step.effects)).toBe(encode(effects))
        snapshot = fromEach ? step : (decode(again) as PortfolioSnapshot)
      }
    }
  }

  later(ms: number): void {
    this.now = later(this.now, ms)
  }
}

function pathOf({ lifecycle }: PortfolioSnapshot['value']): string {
  if (typeof lifecycle === 'string') return lifecycle
  const { rebalancing } = lifecycle
  return typeof rebalancing === 'string' ? rebalancing : rebalancing.buying
}
