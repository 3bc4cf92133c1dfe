import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import type { Assembly } from '#daemon/assemble.js'
import { assertCovered, cashCause, type Flow } from '#daemon/control/cash.js'
import { control } from '#daemon/control/messages.js'
import { quiescent } from '#daemon/replay.js'
import { cashOf } from '#domain/book/book.js'
import { amount } from '#domain/explain/words.js'
import { parseDecimal } from '#units/decimal.js'
import { type Money, money, negated, noMoney, plus, toCents } from '#units/money.js'
import { daemonOf } from './context.js'
import { type Daemon, tokenOf, withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { entryAfter, type Resting, refuseAlone, resting, withEngine } from './offline.js'
import { type Output, outputOf } from './output.js'
import type { Settings } from './settings.js'
import {
  refuseRequestId,
  requestIdOf,
  type Signature,
  type SignatureOptions,
  signatureOf,
  signed,
} from './signature.js'
import { facts } from './table.js'

const COMMANDS: readonly (readonly [name: Flow, description: string])[] = [
  ['deposit', 'book cash paid in; it is invested by the next run'],
  ['payout', 'book cash paid out; no more than is settled, not promised to open orders and beyond the reserve'],
]

/** `ballast deposit|payout PORTFOLIO AMOUNT`: cash in and out of a portfolio, at the newest prices it has. */
export function registerDeposit(program: Command): void {
  for (const [kind, description] of COMMANDS)
    signed(
      program
        .command(kind)
        .description(description)
        .argument('<portfolio>')
        .argument('<amount>', "in the portfolio's currency, such as 25000.00"),
    ).action(async (portfolio: string, text: string, options: SignatureOptions, command: Command) => {
      const output = outputOf(command)
      const wish = { kind, ...signatureOf(options, kind), sum: positive(text), options }
      const booked = await bookedFor(output.settings, portfolio, wish)
      if (options.dryRun === true) output.say('Dry run: nothing was journaled.')
      output.print(booked, () => textOf(output, booked))
    })
}

interface CashWish extends Signature {
  readonly kind: Flow
  readonly sum: Money
  readonly options: SignatureOptions
}

/** What a flow came to: cash and equity after it, its place in the journal (null when nothing was journaled). */
interface Booked extends Signature {
  readonly portfolio: string
  readonly kind: Flow
  readonly amount: string
  readonly currency: string
  readonly cash: string
  readonly equity: string
  readonly seq: number | null
  readonly requestId?: string
  readonly duplicate?: boolean
}

/** An amount above zero in whole cents. @throws CliError 64 for any other text. */
export function positive(text: string): Money {
  const value = money(parseDecimal(text) ?? noMoney)
  if (value.gt(noMoney) && toCents(value).eq(value)) return value
  throw new CliError(EXIT.usage, 'BAD_AMOUNT', `${text} is not an amount above zero in whole cents, such as 25000.00`)
}

async function bookedFor(settings: Settings, name: string, wish: CashWish): Promise<Booked> {
  const connection = daemonOf(settings)
  if (connection !== null) return withDaemon(settings, connection, (daemon) => bookAt(daemon, name, wish))
  refuseRequestId(wish.options)
  const found = await resting(settings, name)
  if (wish.options.dryRun === true) return wouldBook(found, wish)
  return withEngine(settings, found, (assembly) => book(assembly, found, wish))
}

async function bookAt(daemon: Daemon, name: string, { kind, sum, actor, reason, options }: CashWish): Promise<Booked> {
  const requestId = requestIdOf(options)
  const answer = await daemon.change(control.cash, subjects.portfolio(tokenOf(name), kind), {
    request_id: requestId,
    actor,
    reason,
    dry_run: options.dryRun === true,
    amount: sum.toFixed(2),
  })
  const { currency, seq, duplicate } = answer
  const { cash, equity } = await daemon.ask('status', name, {})
  return {
    portfolio: name,
    kind,
    amount: answer.amount,
    currency,
    actor,
    reason,
    cash,
    equity,
    seq,
    requestId,
    duplicate,
  }
}

async function book(assembly: Assembly, portfolio: Resting, { kind, sum, actor, reason }: CashWish): Promise<Booked> {
  const { engine, journal } = assembly
  const { id } = portfolio
  refuseAlone(portfolio.config)
  await quiescent(assembly)
  if (kind === 'payout') assertCovered(engine.host.snapshot(id)!.context, sum)
  const { seq } = journal.head(id)
  await engine.deposit(id, signedSum(kind, sum), cashCause(kind, actor, reason))
  await quiescent(assembly)
  const { context } = engine.host.snapshot(id)!
  return {
    portfolio: id,
    kind,
    amount: sum.toFixed(2),
    currency: context.policy.currency,
    actor,
    reason,
    cash: cashOf(context.book).toFixed(2),
    equity: context.book.nav.equity.toFixed(2),
    seq: entryAfter(assembly, portfolio, seq, 'deposited').seq,
  }
}

function wouldBook({ id, snapshot: { context } }: Resting, { kind, sum, actor, reason }: CashWish): Booked {
  if (kind === 'payout') assertCovered(context, sum)
  const { book: books, policy } = context
  const after = (before: Money): string => plus(before, signedSum(kind, sum)).toFixed(2)
  return {
    portfolio: id,
    kind,
    amount: sum.toFixed(2),
    currency: policy.currency,
    actor,
    reason,
    cash: after(cashOf(books)),
    equity: after(books.nav.equity),
    seq: null,
  }
}

const signedSum = (kind: Flow, sum: Money): Money => (kind === 'deposit' ? sum : negated(sum))

function textOf(output: Output, flow: Booked): string {
  const { currency, seq, duplicate, requestId } = flow
  return facts(output, [
    ['portfolio', flow.portfolio],
    [flow.kind, `${amount(flow.amount)} ${currency}`],
    ['by', flow.actor],
    ['reason', flow.reason],
    ['cash', `${amount(flow.cash)} ${currency}`],
    ['equity', `${amount(flow.equity)} ${currency}`],
    ...(seq === null ? [] : [['journal', `#${seq}`] as const]),
    ...(duplicate === true ? [['request', `${requestId} was carried out before; this came of it`] as const] : []),
  ])
}
