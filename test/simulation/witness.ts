import type { Bust, Execution } from '#domain/book/events.js'
import { executed } from '#domain/order-life.js'
import { isReset, restraintKey } from '#domain/permission/restraint.js'
import type { Permission, PortfolioEvent } from '#domain/portfolio/event.js'
import type { Message } from '#ports/bus.js'
import type { OrderTicket } from '#ports/gateway.js'
import type { Commit } from '#ports/journal.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import { minus, noQuantity, plus } from '#units/money.js'
import { type Account, type Intent, isOverdrawn, newAccount } from './account.js'
import { againstAim } from './aims.js'
import { follow } from './asking.js'
import { followGoverned } from './breaches.js'
import { isOpen, type VenueOrder } from './exchange.js'
import { followed } from './followed.js'
import { type Lie, wrongIn } from './lies.js'
import type { Life } from './life.js'
import { againstRules } from './rules.js'
import { boughtWithProceeds } from './shorts.js'
import { heldBack } from './stops.js'
import { againstType, begunAgainst, overpaid } from './tasks.js'
import { mayEndUnseen } from './unseen.js'
import { VolumeWatch } from './volumes.js'
import type { Submit, Violation, WitnessOptions } from './witness-options.js'
import { gist, wordsOf } from './words.js'

/**
 * Watches the disk, the line and the exchange from outside of all code under test and says what must not be. The
 * invariants are those of engine.md section 5.
 */
export class Witness {
  readonly violations: Violation[] = []
  /** Steps that became durable. */
  steps = 0
  readonly #accounts = new Map<PortfolioId, Account>()
  readonly #accepted = new Map<OrderId, string>()
  readonly #lies: Lie[] = []
  readonly #volumes = new VolumeWatch()

  constructor(readonly options: WitnessOptions) {}

  /** Notes a broken invariant. */
  broken(invariant: string, what: string): void {
    this.options.trace(() => `BROKEN ${invariant}: ${what}`)
    this.violations.push({ invariant, at: this.options.now(), what })
  }

  /** A transaction has reached the disk. */
  durable(life: Life, commits: readonly Commit[]): void {
    for (const commit of commits) {
      const { entry } = commit
      const account = this.account(entry.portfolio)
      this.steps += 1
      this.options.trace(() => `disk   ${entry.portfolio} ${entry.seq} ${wordsOf(entry.event)}`)
      for (const effect of entry.effects) if (effect.type === 'submit') this.#intend(account, effect.order)
      follow(account.asking, entry, account.intents.keys())
      for (const [invariant, words] of followed(account, commit, this.#volumes))
        this.#each(invariant, entry.portfolio, words)
      this.#event(life, account, commit)
      this.#each('governed', entry.portfolio, followGoverned(account, commit))
      if (commit.run !== null && commit.run.endedAt !== null) this.#ended(commit)
    }
  }

  /** The solver has lied. */
  lied(lie: Lie): void {
    this.options.trace(() => `solver lies: ${lie.weights.join(' ')}`)
    this.#lies.push(lie)
  }

  /** A request leaves a process. */
  sent(life: Life, message: Message): void {
    this.options.trace(() => `sent   ${life.name} ${life.number} ${message.subject} ${gist(message.body)}`)
    if (!message.subject.endsWith('.submit')) return
    const { portfolio, client_order_id: id, body_hash: hash, not_after } = JSON.parse(message.body) as Submit
    const account = this.account(portfolio)
    const moment = `${life.number} ${this.options.now()} ${id}`
    if (account.sent === moment) this.broken('twice', `order ${id} left twice at one moment`)
    account.sent = moment
    if (account.owner !== life.number) this.broken('I7', `order ${id} left before ${portfolio} was taken over`)
    if (account.asking.past.has(id)) this.broken('withdrawn', `order ${id} left, it had moved on before the take-over`)
    if (this.options.clock() > Date.parse(not_after) + this.options.commitMs)
      this.broken('notAfter', `order ${id} left too late`)
    const intent = account.intents.get(id)
    if (intent === undefined) this.broken('I4', `order ${id} left before its intent was on disk`)
    else if (intent.hash !== hash) this.broken('I13', `order ${id} left with another body than was intended`)
    this.#mayLeave(account, intent, id)
  }

  /** I12, and more than it asks: nothing leaves once its stop is on disk, nor with the kill file in place. */
  #mayLeave(account: Account, intent: Intent | undefined, id: OrderId): void {
    const { killed, now } = this.options
    if (killed() !== null) this.broken('I12', `order ${id} left with the kill file in place`)
    if (intent === undefined) return
    for (const word of heldBack(account, intent, now(), account.filled.get(id)))
      this.broken('I12', `order ${id} left ${word}`)
  }

  /** The exchange has accepted an order. */
  accepted(order: VenueOrder, { id, body, bodyHash }: OrderTicket, sender: Life | null): void {
    const { exchange, faithless } = this.options
    const account = this.account(body.portfolio)
    this.options.trace(
      () => `venue  accepts ${id} ${body.leg} ${body.quantity} attempt ${body.attempt} epoch ${order.epoch}`,
    )
    const known = this.#accepted.get(id)
    if (known !== undefined) this.broken('once', `the exchange accepted order ${id} twice`)
    if (known !== undefined && known !== bodyHash) this.broken('I13', `order ${id} was accepted with two bodies`)
    this.#accepted.set(id, bodyHash)
    const intent = account.intents.get(id)
    if (intent === undefined) this.broken('I4', `order ${id} was accepted, its intent is not on disk`)
    if (exchange().tombstones.has(id)) this.broken('never', `order ${id} was accepted against a promise never to`)
    if (account.ended.has(body.run)) this.broken('I11', `order ${id} was accepted after ${body.run} had ended`)
    if (sender !== null && sender.number < account.owner)
      this.broken('I7', `order ${id} of life ${sender.number} was accepted after life ${account.owner} took over`)
    if (faithless) return
    const twin = exchange().orders.find(
      (other) => other !== order && isOpen(other) && other.body.leg === body.leg && sameRun(other, order),
    )
    if (twin !== undefined) this.broken('I2', `${body.leg} of ${body.run} trades twice: ${id} beside ${twin.id}`)
  }

  /** A process has answered a request. */
  answered(life: Life, { subject, body }: Message, reply: string): void {
    if (!subject.startsWith('ballast.v1.exec.report.') || !reply.includes('"ok":true')) return
    const { execution_id: id } = JSON.parse(body) as { execution_id: string }
    const portfolio = subject.slice(subject.lastIndexOf('.') + 1) as PortfolioId
    this.options.trace(() => `ack    ${life.name} ${life.number} ${id}`)
    if (!this.account(portfolio).booked.has(id))
      this.broken('I9', `execution ${id} was acknowledged and is not on disk`)
  }

  account(portfolio: PortfolioId): Account {
    let account = this.#accounts.get(portfolio)
    if (account === undefined) {
      account = newAccount(this.options.shorts(portfolio))
      this.#accounts.set(portfolio, account)
    }
    return account
  }

  #intend({ intents }: Account, { id, bodyHash: hash, body: { side, quantity, instrument } }: OrderTicket): void {
    const known = intents.get(id)
    if (known !== undefined && known.hash !== hash) this.broken('I13', `order ${id} was intended with two bodies`)
    intents.set(id, { hash, side, quantity, instrument })
  }

  #event(life: Life, account: Account, { entry: { portfolio, event }, run }: Commit): void {
    const command = /ctl:\S+$/.exec(event.cause)?.[0]
    if (command !== undefined) {
      if (account.commands.has(command)) this.broken('command', `${portfolio}: ${command} was carried out twice`)
      account.commands.add(command)
    }
    switch (event.type) {
      case 'filled': {
        const { execution } = event
        if (account.booked.has(execution.id)) this.broken('I3', `execution ${execution.id} is booked twice`)
        account.booked.set(execution.id, execution)
        if (!account.busted.has(execution.id)) this.#filled(account, execution)
        if (!this.options.faithless) this.#each('collateral', portfolio, boughtWithProceeds(account, execution))
        break
      }
      case 'busted':
        this.#takenBack(account, event.bust)
        break
      case 'deposited':
        this.#each('I8', portfolio, overpaid(account, event.amount))
        account.deposited = plus(account.deposited, event.amount)
        break
      case 'triggered':
        if (run === null) break
        this.#each('I12', portfolio, begunAgainst(account.permission, run))
        if (run.type === 'liquidate' && account.permission.to === 'active') this.#permit(account, 'paused')
        break
      case 'opened': {
        for (const [other, epoch] of account.epochs)
          if (other !== life.number && epoch >= event.epoch)
            this.broken(
              'I7',
              `life ${life.number} opened ${portfolio} at epoch ${event.epoch}, life ${other} had ${epoch}`,
            )
        account.epochs.set(life.number, event.epoch)
        break
      }
      case 'reconciled':
        account.owner = Math.max(account.owner, life.number)
        break
      case 'restrained':
        this.#restrained(account, event)
        break
      case 'permitted':
        if (
          event.actor === 'operator' &&
          event.agreed === undefined &&
          isReset(account.permission.to as Permission, event.to)
        )
          this.broken('reset', `${portfolio} went from ${account.permission.to} to ${event.to}, books not compared`)
        this.#permit(account, event.to)
        // Where executions are not listed, a fill on its way is a difference.
        if (event.actor === 'reconciliation' && !this.options.faithless && this.options.supports.replay)
          this.broken(
            'quarantine',
            `${portfolio} was halted by a comparison with a gateway that is right: ${event.reason}`,
          )
        break
      case 'conflicted':
        account.conflicts.add(event.execution.id)
        this.#permit(account, 'halted')
        break
      case 'solved':
        for (const [invariant, what] of wrongIn(event.answer, this.#lies, account.shorts))
          this.broken(invariant, `${portfolio} believed ${what}`)
        break
      case 'faulted':
        this.#permit(account, 'halted')
        if (event.event !== 'take-over' && event.event !== 'fenced')
          this.broken('assertion', `${portfolio} was halted by its own check: ${event.reason}`)
        break
      default:
    }
  }

  #each(invariant: string, portfolio: PortfolioId, found: readonly string[]): void {
    for (const what of found) this.broken(invariant, `${portfolio}: ${what}`)
  }

  #permit(account: Account, to: string): void {
    const now = this.options.now()
    if (to !== account.permission.to) account.permission = { to, since: now, at: now }
  }

  /** A restraint is set, made stricter, or lifted on books that were compared. */
  #restrained({ restraints }: Account, event: Extract<PortfolioEvent, { type: 'restrained' }>): void {
    const { scope, to, at, lifts, agreed } = event
    const key = restraintKey(scope)
    const before = restraints.get(key)
    if (to === 'active') {
      if (before === undefined || (lifts !== undefined && lifts !== before.at)) return
      if (agreed === undefined) this.broken('reset', `${key} was lifted, books not compared`)
      restraints.delete(key)
    } else restraints.set(key, { to, at, since: before?.to === to ? before.since : this.options.now() })
  }

  /** A fill beyond its order is booked, and from then on nothing is bought (I2). */
  #filled(account: Account, { orderId, quantity }: Execution): void {
    const sum = plus(account.filled.get(orderId) ?? noQuantity, quantity)
    account.filled.set(orderId, sum)
    const intent = account.intents.get(orderId)
    if (intent !== undefined && sum.gt(intent.quantity)) this.#restrict(account)
  }

  /** An execution is taken back once, when the exchange has; what is owed or held short after it is not added to (I2). */
  #takenBack(account: Account, { executionId: id, orderId }: Bust): void {
    if (account.busted.has(id)) this.broken('I3', `execution ${id} is taken back twice`)
    if (!this.options.exchange().isBusted(id))
      this.broken('I3', `execution ${id} is taken back, the exchange never did`)
    const before = isOverdrawn(account)
    account.busted.add(id)
    const execution = account.booked.get(id)
    if (execution === undefined) return
    account.filled.set(orderId, minus(account.filled.get(orderId) ?? noQuantity, execution.quantity))
    if (!before && isOverdrawn(account)) this.#restrict(account)
  }

  /** The engine must have seen a reason to reduce trading by itself. */
  #restrict(account: Account): void {
    const { to } = account.permission
    if (to === 'active' || to === 'paused') this.#permit(account, 'reducing')
  }

  /** A run's end is on disk: nothing of it trades any more, all it was told of is booked, nothing stays reserved. */
  #ended({ entry: { portfolio }, run, snapshot }: Commit): void {
    const { ended, inputsAt } = this.account(portfolio)
    if (ended.has(run!.id)) return // what is taken back of it later changes its figures
    ended.add(run!.id)
    this.#each('task', portfolio, againstType(run!))
    for (const order of Object.values(run!.orders)) {
      const truth = this.options.exchange().order(order.id)
      if (truth !== undefined && isOpen(truth))
        this.broken('I11', `${portfolio} ${run!.id} ended, ${order.id} still trades`)
      // An end does not say what of it was taken back since or before: so much may be missing.
      if (truth?.told != null && plus(executed(order), truth.busted).lt(truth.told))
        this.broken(
          'I11',
          `${portfolio} ${run!.id} ended with ${order.cumulative} of ${truth.told} booked of ${order.id}`,
        )
      if (truth === undefined && !mayEndUnseen(order, this.options) && order.sends > 0)
        this.broken('I11', `${portfolio} ${run!.id} ended, ${order.id} is ${order.status} and was never seen`)
    }
    this.#each('aim', portfolio, againstAim(run!, snapshot?.text ?? ''))
    // A fill of what was said to be cancelled comes beside what was bought in its place.
    if (!this.options.faithless) this.#each('rule', portfolio, againstRules(run!, snapshot?.text ?? '', inputsAt))
    if (snapshot === null) this.broken('I5', `${portfolio} ${run!.id} ended without a snapshot`)
    else if (!snapshot.text.includes('"reservations":{}'))
      this.broken('I8', `${portfolio} ${run!.id} ended with cash still reserved`)
  }
}

const sameRun = (a: VenueOrder, b: VenueOrder): boolean =>
  a.body.portfolio === b.body.portfolio && a.body.run === b.body.run
