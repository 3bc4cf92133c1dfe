import type { Command } from 'commander'
import type { Assembly } from '#daemon/assemble.js'
import { quiescent } from '#daemon/replay.js'
import { cashOf } from '#domain/book/book.js'
import { spendableCash } from '#domain/book/evolve.js'
import { amount } from '#domain/explain/words.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { Decimal, parseDecimal } from '#units/decimal.js'
import { greatest, type Money, money, negated, noMoney, toCents } from '#units/money.js'
import { CliError, EXIT } from './failure.js'
import {
  entryAfter,
  type Resting,
  resting,
  type Signature,
  type SignatureOptions,
  signatureOf,
  withEngine,
} from './offline.js'
import { type Output, outputOf } from './output.js'
import { facts } from './table.js'

type Direction = 'deposit' | 'withdraw'

const COMMANDS: readonly (readonly [name: Direction, description: string])[] = [
  ['deposit', 'book cash paid in; it is invested by the next run'],
  ['withdraw', 'book cash paid out; no more than is settled and not promised to open orders'],
]

/** `ballast deposit|withdraw PORTFOLIO AMOUNT`: cash in and out of a portfolio, at its last closed session. */
export function registerDeposit(program: Command): void {
  for (const [name, description] of COMMANDS)
    program
      .command(name)
      .description(description)
      .argument('<portfolio>')
      .argument('<amount>', "in the portfolio's currency, such as 25000.00")
      .option('--reason <text>', 'why (required); it is journaled')
      .option('--actor <name>', 'who; it is journaled (default: the user of this session)')
      .action(async (portfolio: string, text: string, options: SignatureOptions, command: Command) => {
        const output = outputOf(command)
        const signature = signatureOf(options, name)
        const sum = positive(text)
        const found = await resting(output.settings, portfolio)
        const flow = await withEngine(output.settings, found, (assembly) => book(assembly, found, name, sum, signature))
        output.print(flow, () => textOf(output, flow))
      })
}

function positive(text: string): Money {
  const value = money(parseDecimal(text) ?? noMoney)
  if (value.gt(noMoney) && toCents(value).eq(value)) return value
  throw new CliError(EXIT.usage, 'BAD_AMOUNT', `${text} is not an amount above zero in whole cents, such as 25000.00`)
}

async function book(assembly: Assembly, portfolio: Resting, name: Direction, sum: Money, signature: Signature) {
  const { engine, journal } = assembly
  const { id } = portfolio
  const { actor, reason } = signature
  await quiescent(assembly)
  if (name === 'withdraw') refuseUncovered(engine.host.snapshot(id)!.context, sum)
  const { seq } = journal.head(id)
  await engine.deposit(id, name === 'deposit' ? sum : negated(sum), `${name} ${actor}: ${reason}`)
  await quiescent(assembly)
  const { context } = engine.host.snapshot(id)!
  return {
    portfolio: id,
    kind: name,
    amount: sum.toFixed(2),
    currency: context.policy.currency,
    actor,
    reason,
    cash: cashOf(context.book).toFixed(2),
    equity: context.book.nav.equity.toFixed(2),
    seq: entryAfter(assembly, portfolio, seq, 'deposited').seq,
  }
}

/** Proceeds that have not settled cannot leave, whether or not the policy lets them be invested. */
function refuseUncovered({ book: books, policy }: PortfolioState, sum: Money): void {
  const free = greatest(noMoney, spendableCash(books, false))
  if (sum.lte(free)) return
  const [requested, available] = [sum.toFixed(2), free.toFixed(2, Decimal.ROUND_DOWN)]
  throw new CliError(
    EXIT.vetoed,
    'CASH_SHORT',
    `${policy.id} cannot pay out ${amount(requested)} ${policy.currency}: ${amount(available)} of its cash is settled and not promised to open orders`,
    { requested, available },
  )
}

function textOf(output: Output, flow: Awaited<ReturnType<typeof book>>): string {
  const { currency } = flow
  return facts(output, [
    ['portfolio', flow.portfolio],
    [flow.kind, `${amount(flow.amount)} ${currency}`],
    ['by', flow.actor],
    ['reason', flow.reason],
    ['cash', `${amount(flow.cash)} ${currency}`],
    ['equity', `${amount(flow.equity)} ${currency}`],
    ['journal', `#${flow.seq}`],
  ])
}
