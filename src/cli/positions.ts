import type { Command } from 'commander'
import { type Book, cashOf, settledCash } from '#domain/book/book.js'
import { valuation } from '#domain/book/valuation.js'
import { amount, percent, shortPrice } from '#domain/explain/words.js'
import { specsOf } from '#domain/instrument/registry.js'
import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, total, worth } from '#units/money.js'
import { lastMarket } from './market.js'
import { type Output, outputOf } from './output.js'
import { knownPortfolio, type OpenState, recorded, withState } from './state.js'
import { table } from './table.js'

/** `ballast positions PORTFOLIO`: holdings at the prices of the last closed session, and cash. */
export function registerPositions(program: Command): void {
  program
    .command('positions')
    .description('holdings and cash, valued at the last closed session')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const held = await withState(output.settings, (state) => holdings(state, name))
      output.print(held, () => textOf(output, held))
    })
}

function holdings(state: OpenState, name: string) {
  const portfolio = recorded(state, knownPortfolio(state, name))
  const { book, policy, effective } = portfolio.snapshot.context
  const { view } = lastMarket(state.config, portfolio)
  const specs = specsOf(policy.universe)
  const valued = valuation(book, view, specs)
  const ids = Object.keys(book.positions).sort() as InstrumentId[]
  const positions = ids.map((instrument) => {
    const { quantity } = book.positions[instrument]!
    const multiplier = new Decimal(specs[instrument]?.multiplier ?? '1')
    const cost = costOf(book, instrument, multiplier)
    const value = valued.values[instrument]
    return {
      instrument,
      quantity: quantity.toFixed(),
      averageCost: shortPrice(cost.div(quantity).div(multiplier)),
      price: view.quotes[instrument]?.price.toFixed() ?? null,
      value: value?.toFixed(2) ?? null,
      unrealised: value === undefined ? null : minus(value, cost).toFixed(2),
      weight: valued.weights[instrument] ?? null,
      targetWeight: effective === null ? null : (effective.weights[instrument] ?? 0),
    }
  })
  return {
    portfolio: portfolio.id,
    session: view.session,
    currency: policy.currency,
    equity: valued.equity.toFixed(2),
    cash: cashOf(book).toFixed(2),
    settledCash: settledCash(book).toFixed(2),
    cashWeight: valued.cashWeight,
    cashTarget: effective?.cash ?? null,
    positions,
  }
}

/** What the open lots of an instrument cost. */
const costOf = (book: Book, instrument: InstrumentId, multiplier: Decimal): Money =>
  total((book.positions[instrument]?.lots ?? []).map((lot) => worth(lot.quantity, lot.unitCost, multiplier)))

function textOf(output: Output, held: ReturnType<typeof holdings>): string {
  const weight = (value: number | null): string => (value === null ? '-' : percent(value))
  const money = (value: string | null): string => (value === null ? '-' : amount(value))
  const rows = held.positions.map((row) => [
    row.instrument,
    row.quantity,
    row.averageCost,
    row.price ?? '-',
    money(row.value),
    money(row.unrealised),
    weight(row.weight),
    weight(row.targetWeight),
  ])
  rows.push(['CASH', '', '', '', amount(held.cash), '', percent(held.cashWeight), weight(held.cashTarget)])
  const columns = [
    ['SYMBOL'],
    ['QUANTITY', 'r'],
    ['AVG COST', 'r'],
    ['PRICE', 'r'],
    ['VALUE', 'r'],
    ['UNREALISED', 'r'],
    ['WEIGHT', 'r'],
    ['TARGET', 'r'],
  ] as const
  return [
    table(output, columns, rows, ''),
    '',
    `Session ${held.session}: equity ${amount(held.equity)} ${held.currency}, settled cash ${amount(held.settledCash)}.`,
  ].join('\n')
}
