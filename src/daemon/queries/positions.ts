import { type Book, cashOf, settledCash } from '#domain/book/book.js'
import { valuation } from '#domain/book/valuation.js'
import { shortPrice } from '#domain/explain/words.js'
import { specsOf } from '#domain/instrument/registry.js'
import { Decimal } from '#units/decimal.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { type Money, minus, total, worth } from '#units/money.js'
import { type Sight, stateOf } from './sight.js'

/** Holdings and cash. */
export type Holdings = ReturnType<typeof holdingsOf>

/** Holdings and cash at the newest prices. @throws Fault as {@link Sight.market}. */
export function holdingsOf(sight: Sight, portfolio: PortfolioId) {
  const { book, policy, effective } = stateOf(sight, portfolio).context
  const { view } = sight.market(portfolio)
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
    portfolio,
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
