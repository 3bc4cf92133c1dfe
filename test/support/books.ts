import type { Book } from '#domain/book/book.js'
import { evolve, openBook } from '#domain/book/evolve.js'
import { type Specs, valuation } from '#domain/book/valuation.js'
import { equity } from '#domain/instrument/equity.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { InstrumentSpec } from '#domain/instrument/spec.js'
import type { MarketView, Quote } from '#domain/market.js'
import type { PlanInput } from '#domain/plan/rebalance.js'
import type { OrderPolicy } from '#domain/policy.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import { Decimal } from '#units/decimal.js'
import { executionId, type InstrumentId, instrumentId, orderId } from '#units/ids.js'
import { magnitude, money, noMoney, plus, price, quantity, total, worth } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'

/** The instant and session of every view here. */
export const NOW = instant(Date.UTC(2024, 2, 1, 21))
const SESSION = sessionDate('2024-03-01')

/** Gives plain text keys the type of instrument ids. @throws RangeError on a key that is none. */
export const byId = <T>(record: Readonly<Record<string, T>>): Readonly<Record<InstrumentId, T>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [instrumentId(key), value]))

/** A share's terms as configuration would give them: cents, whole shares, no shorting, unless said otherwise. */
export const shareSpec = (id: string, terms: Readonly<Record<string, unknown>> = {}): InstrumentSpec =>
  equity.spec(instrumentId(id), equity.schema.parse(terms))

/** Specs by id of shares with the same terms. */
export const sharesOf = (ids: readonly string[], terms: Readonly<Record<string, unknown>> = {}): Specs =>
  specsOf(ids.map((id) => shareSpec(id, terms)))

/** A daily view with current prices; `old` names instruments last priced that many sessions ago. */
export function viewOf(
  prices: Readonly<Record<string, string>>,
  old: Readonly<Record<string, number>> = {},
): MarketView {
  const quotes: Record<string, Quote> = {}
  for (const [id, text] of Object.entries(prices))
    quotes[id] = { price: price(text), at: NOW, sessionsOld: old[id] ?? 0 }
  return { at: NOW, session: SESSION, barSize: '1d', quotes: byId(quotes) }
}

/**
 * A book that holds this cash and these positions, each bought (or sold short) at the price given: deposits and fills
 * through the real fold, so its accounts and tallies agree.
 */
export function bookOf(
  cash: string,
  positions: Readonly<Record<string, readonly [units: string, paid: string]>> = {},
): Book {
  const costs = Object.values(positions).map(([units, paid]) => worth(quantity(units), price(paid)))
  const amount = plus(money(cash), total(costs))
  const opened = evolve(openBook('USD'), { type: 'deposited', amount, equityBefore: noMoney, at: NOW })
  return Object.entries(positions).reduce((book, [id, [units, paid]], index) => {
    const signed = quantity(units)
    const execution = {
      id: executionId(`x-${index}`),
      orderId: orderId('A'.repeat(26)),
      instrument: instrumentId(id),
      side: signed.isNegative() ? 'sell' : 'buy',
      quantity: magnitude(signed),
      price: price(paid),
      fee: noMoney,
      at: NOW,
      session: SESSION,
      venue: 'test',
    } as const
    const filled = evolve(book, { type: 'filled', execution, multiplier: '1', settles: SESSION })
    return evolve(filled, { type: 'marked', session: SESSION, at: NOW, equity: amount })
  }, opened)
}

/** Targets by name; cash takes what the weights leave unless given. */
export function targetsOf(weights: Readonly<Record<string, number>>, cash?: number): TargetSet {
  const invested = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  return { weights: byId(weights), cash: cash ?? 1 - invested }
}

/** The order policy of these tests: $1 minimum, 2 % collar, unsettled proceeds may be spent. */
export const orderPolicy: OrderPolicy = {
  minOrder: money('1'),
  collar: 0.02,
  notAfterMs: 60_000,
  ackTimeoutMs: 5_000,
  fillTimeoutMs: 60_000,
  allowUnsettled: true,
}

/** The simple cost model at its defaults, 10 bps in all. */
export const simpleCosts = { name: 'simple', params: {} } as const

/** Costs of nothing, for arithmetic that is easier without. */
export const freeCosts = { name: 'simple', params: { spreadBps: 0, slippageBps: 0 } } as const

/** What a planner is asked, valued at the view. */
export interface PlanCase {
  readonly cash: string
  readonly positions?: Readonly<Record<string, readonly [units: string, paid: string]>>
  readonly prices: Readonly<Record<string, string>>
  readonly targets: Readonly<Record<string, number>>
  readonly cashTarget?: number
  readonly old?: Readonly<Record<string, number>>
  readonly frozen?: readonly string[]
  readonly terms?: Readonly<Record<string, unknown>>
  readonly specs?: Specs
  readonly orders?: Partial<OrderPolicy>
  readonly costs?: PlanInput['policy']['costs']
}

/** Builds a planner's input; every priced instrument is in the universe unless `specs` says otherwise. */
export function planInput(given: PlanCase): PlanInput {
  const book = bookOf(given.cash, given.positions)
  const view = viewOf(given.prices, given.old)
  const specs = given.specs ?? sharesOf(Object.keys(given.prices), given.terms)
  return {
    book,
    valuation: valuation(book, view, specs),
    targets: targetsOf(given.targets, given.cashTarget),
    view,
    policy: { orders: { ...orderPolicy, ...given.orders }, costs: given.costs ?? simpleCosts },
    specs,
    frozen: new Set((given.frozen ?? []).map(instrumentId)),
  }
}

/** One unit of exposure. */
export const ONE = new Decimal('1')
