import fc from 'fast-check'
import type { MarketView } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Permission } from '#domain/portfolio/event.js'
import type { StateRefusal } from '#runtime/state-refusal.js'
import type { TransactionFact } from '#runtime/transaction.js'
import { Decimal } from '#units/decimal.js'
import { executionId, type PortfolioId } from '#units/ids.js'
import { money, price } from '#units/money.js'
import { instant } from '#units/time.js'
import { policy } from '../machine/fixtures.js'
import { equity } from '../unit/domain/targets/fixtures.js'
import { act, type Command, commands, dateOf, empty, type Model, NAMES, sum, tiedUp, unitsOf } from './book-model.js'

/** A portfolio at one version, kept by hand: books, what it may do, the policy's number, and executions booked so far. */
export interface Stand {
  readonly books: Model
  readonly permission: Permission
  readonly policy: number
  readonly booked: ReadonlySet<string>
  /** What led to it. */
  readonly event: string
}

/** What is told to a transaction. */
export type Change =
  | { readonly kind: 'book'; readonly command: Command; readonly again: number | null }
  | { readonly kind: 'configure'; readonly policy: number }
  | { readonly kind: 'permit'; readonly to: Permission }
  /** A fill whose price is no number. */
  | { readonly kind: 'poison' }

/** One command to the repository; slots name transactions that are open side by side, `back` is a version from the newest. */
export type RepositoryCommand =
  | { readonly kind: 'begin'; readonly slot: number; readonly late: boolean }
  | { readonly kind: 'apply'; readonly slot: number; readonly change: Change; readonly ended: boolean }
  | { readonly kind: 'commit'; readonly slots: readonly number[] }
  | { readonly kind: 'rollback'; readonly slot: number }
  | { readonly kind: 'restore'; readonly back: number; readonly late: boolean }
  | { readonly kind: 'look'; readonly back: number; readonly other: number }
  | { readonly kind: 'reopen' }

const PERMISSIONS = ['active', 'reducing', 'paused', 'halted'] as const
const slot = fc.integer({ min: 0, max: 2 })
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
const booking = commands.filter(({ kind }) => ['deposit', 'withdraw', 'fill', 'mark'].includes(kind))
const withdrawal = commands.filter(({ kind }) => kind === 'withdraw')
const again = fc.option(fc.nat({ max: 2 }), { freq: 12 })
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('book' as const), command: booking, again }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('book' as const), command: withdrawal, again: fc.constant(null) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('configure' as const), policy: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('permit' as const), to: fc.constantFrom(...PERMISSIONS) }) },
  { weight: 1, arbitrary: fc.boolean().map((): Change => ({ kind: 'poison' })) },
)
const back = fc.integer({ min: -1, max: 12 })

/** Commands as they come from several users of one repository. */
export const repositoryCommands: fc.Arbitrary<RepositoryCommand> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin' as const), slot, late: rarely }) },
  { weight: 16, arbitrary: fc.record({ kind: fc.constant('apply' as const), slot, change, ended: rarely }) },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      slots: fc.oneof(
        slot.map((one) => [one]),
        fc.uniqueArray(slot, { minLength: 2, maxLength: 3 }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback' as const), slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restore' as const), back, late: rarely }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('look' as const), back, other: back }) },
  { weight: 1, arbitrary: fc.boolean().map((): RepositoryCommand => ({ kind: 'reopen' })) },
)

const SETTLEMENT = [1, 2, 0]
const MULTIPLIERS = ['1', '50', '0.5']
const spec = (name: number) =>
  equity(NAMES[name]!, { multiplier: MULTIPLIERS[name]!, settlementDays: SETTLEMENT[name]!, shortable: true })

/** The policy of a number; odd ones leave the third instrument out. */
export const policyNumber = (id: PortfolioId, number: number): PortfolioPolicy =>
  policy({ id, name: `plan ${number}`, universe: [0, 1, 2].slice(0, number % 2 === 1 ? 2 : 3).map(spec) })

type Code = StateRefusal['code'] | 'OK'

/** A transaction kept by hand: its base version, the stand after each fact, and the first refusal. */
export interface OpenTransaction {
  readonly base: number
  readonly stands: Stand[]
  broken: Code | null
  ended: boolean
  withdrawn: boolean
}

/** What the repository should hold and answer: a plain list of versions. */
export class RepositoryModel {
  readonly versions: Stand[] = [
    { books: empty(), permission: 'active', policy: 0, booked: new Set(), event: 'created' },
  ]
  #step = 0

  constructor(readonly id: PortfolioId) {}

  get version(): number {
    return this.versions.length
  }

  get now(): Stand {
    return this.versions.at(-1)!
  }

  begin(): OpenTransaction {
    return { base: this.version, stands: [], broken: null, ended: false, withdrawn: false }
  }

  /** The state a transaction shows. */
  shown(open: OpenTransaction): Stand {
    return open.stands.at(-1) ?? this.versions[open.base - 1]!
  }

  /** A change as a fact for the repository and what it should answer; null when it makes none. */
  apply(open: OpenTransaction, change: Change): { readonly fact: TransactionFact; readonly code: Code } | null {
    this.#step += 1
    const before = this.shown(open)
    const books = structuredClone(before.books)
    const said = this.#say(before, books, change)
    if (said === null) return null
    const { fact, next } = said
    const code = open.ended ? 'ENDED' : this.#verdict(before, fact, change)
    if (code === 'OK') open.stands.push({ ...next, event: fact.type })
    else if (!open.ended) open.broken ??= code
    open.withdrawn ||= code === 'OK' && fact.type === 'deposited' && fact.amount.isNegative()
    return { fact, code }
  }

  commit(open: OpenTransaction): Code {
    if (open.ended) return 'ENDED'
    open.ended = true
    if (open.broken !== null) return open.broken
    if (open.stands.length === 0) return 'NOTHING_APPLIED'
    if (open.base !== this.version) return 'VERSION_CONFLICT'
    const { books } = this.shown(open)
    const proceeds = books.pending.map(({ amount }) => amount).filter((amount) => amount > 0n)
    const free = books.cash - sum(proceeds) - tiedUp(books)
    const owes = books.base < 0n && books.parcels.some((rows) => rows.some(([units]) => units! < 0n))
    if (open.withdrawn && (free < 0n || owes)) return 'CASH_SHORT'
    this.versions.push(...open.stands)
    return 'OK'
  }

  restore(version: number, expected: number): Code {
    const then = this.versions[version - 1]
    if (then === undefined) return 'VERSION_UNKNOWN'
    if (expected !== this.version) return 'VERSION_CONFLICT'
    if (!fits(this.now, then.policy)) return 'UNIVERSE_HELD'
    this.versions.push({ ...this.now, policy: then.policy, event: 'restored' })
    return 'OK'
  }

  #verdict(before: Stand, fact: TransactionFact, change: Change): Code {
    if (change.kind === 'poison') return 'INVALID'
    if (change.kind === 'configure' && !fits(before, change.policy)) return 'UNIVERSE_HELD'
    const known = fact.type === 'filled' && [this.now, before].some(({ booked }) => booked.has(fact.execution.id))
    return known ? 'EXECUTION_BOOKED' : 'OK'
  }

  #say(before: Stand, books: Model, change: Change): { readonly fact: TransactionFact; readonly next: Stand } | null {
    const next = { ...before, books }
    switch (change.kind) {
      case 'configure':
        return {
          fact: { type: 'configured', policy: policyNumber(this.id, change.policy) },
          next: { ...next, policy: change.policy },
        }
      case 'permit':
        return {
          fact: { type: 'permitted', to: change.to, reason: 'model', actor: 'model' },
          next: { ...next, permission: change.to },
        }
      case 'poison': {
        const fact = this.#fill(before, books, { ...POISON })
        return { fact: { ...fact, execution: { ...fact.execution, price: price('NaN') } }, next }
      }
      case 'book':
        return this.#book(before, books, change)
    }
  }

  #book(before: Stand, books: Model, { command, again }: Extract<Change, { kind: 'book' }>) {
    if (command.kind === 'fill') {
      const made = this.#fill(before, books, command)
      const id = again === null ? made.execution.id : executionId(`again${again}`)
      const fact: TransactionFact = { type: 'filled', execution: { ...made.execution, id } }
      return { fact, next: { ...before, books, booked: new Set([...before.booked, id]) } }
    }
    const said = act(books, command, this.#step)
    if (said === null) return null
    if (said.type === 'deposited')
      return {
        fact: { type: said.type, amount: said.amount, view: viewOf(before.books) } as const,
        next: { ...before, books },
      }
    return { fact: { type: 'marked', view: viewOf(books) } as const, next: { ...before, books } }
  }

  /** A fill in an instrument of the policy in force, settling as that says. */
  #fill(before: Stand, books: Model, command: Extract<Command, { kind: 'fill' }>) {
    const name = before.policy % 2 === 1 ? command.name % 2 : command.name
    const said = act(books, { ...command, name, days: daysToSettle(books.day, SETTLEMENT[name]!) }, this.#step)
    if (said?.type !== 'filled') throw new Error('a fill is a fill')
    return { type: 'filled', execution: said.execution } as const
  }
}

const POISON = { kind: 'fill', name: 0, buy: true, thousandths: 1_000, cents: 1, fee: 0, days: 0 } as const

/** Whether a policy's universe has all that is held. */
const fits = ({ books }: Stand, number: number): boolean => number % 2 === 0 || unitsOf(books, 2) === 0n

/** Calendar days until a trade of a day settles, Saturdays and Sundays left out; day 0 is a Monday. */
function daysToSettle(day: number, weekdays: number): number {
  let days = 0
  for (let left = weekdays; left > 0; ) {
    days += 1
    if ((day + days) % 7 < 5) left -= 1
  }
  return days
}

function viewOf({ prices, day }: Model): MarketView {
  const at = instant(Date.UTC(2024, 0, 1 + day, 21))
  const quote = (cents: bigint) => ({ price: price(new Decimal(cents.toString()).div('100')), at, sessionsOld: 0 })
  const quotes = Object.fromEntries(NAMES.map((name, n) => [name, quote(prices[n]!)]))
  return { at, session: dateOf(day), barSize: '1d', quotes }
}

/** Cash as text, to compare with what `diff` says. */
export const cashText = ({ cash }: Model): string => money(new Decimal(cash.toString()).div('1000000')).toFixed()
