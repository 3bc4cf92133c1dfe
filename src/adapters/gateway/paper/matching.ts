import type { Execution } from '#domain/book/events.js'
import type { OrderBody } from '#domain/order.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Decimal, decimalFromFloat, parseDecimal } from '#units/decimal.js'
import { digest } from '#units/digest.js'
import { executionId, type InstrumentId, type OrderId } from '#units/ids.js'
import {
  greatest,
  type Money,
  minus,
  noMoney,
  type Price,
  price,
  type Quantity,
  scaled,
  toCents,
  toTick,
  total,
  worth,
} from '#units/money.js'
import { type PaperConfig, type TradingTerms, termsOf } from './config.js'

const BPS = new Decimal('10000')

/** The close an order may trade against; undefined when the session has none for the instrument. */
export function closeOf(bars: SessionBars, instrument: InstrumentId): Price | undefined {
  const text = bars.closes[instrument]
  const close = text === undefined ? undefined : parseDecimal(text)
  return close?.gt(0) ? price(close) : undefined
}

/** True for a positive whole number of lots: the only quantities the venue takes. */
export const isWholeLots = (units: Quantity, lot: Quantity): boolean => units.gt(0) && units.modulo(lot).isZero()

/**
 * The executions of an order against a session's bars: all of it, or none when it is not marketable.
 * A function of the order and the bar alone, so a venue that died before it stored them makes them again, equal to
 * the byte; hence `at` is the bar's close and the number and size of the pieces come from a hash of the order id.
 * Price: close × (1 ± (half spread + slippage)), rounded to the tick against the trader. Fees: one total per order
 * in cents, spread over the pieces so that they sum to it.
 */
export function match(id: OrderId, body: OrderBody, bars: SessionBars, config: PaperConfig): readonly Execution[] {
  const close = closeOf(bars, body.instrument)
  if (close === undefined) return []
  const terms = termsOf(config, body.instrument)
  const at = tradePrice(close, body, terms, config)
  if (!at.gt(0) || (body.side === 'buy' ? at.gt(body.limit) : at.lt(body.limit))) return []
  const sizes = pieces(id, body.quantity, terms.lot, config.maxPieces)
  const fees = feeParts(worth(body.quantity, at, new Decimal(terms.multiplier)), sizes, body.quantity, config)
  return sizes.map((size, index) => ({
    id: executionId(`${id}-${index + 1}`),
    orderId: id,
    instrument: body.instrument,
    side: body.side,
    quantity: size,
    price: at,
    fee: fees[index]!,
    at: bars.at,
    session: bars.session,
    venue: config.name,
  }))
}

/** Splits a quantity into 1…most pieces of whole lots, chosen by the order id; they sum to it exactly. */
export function pieces(id: OrderId, units: Quantity, lot: Quantity, most: number): readonly Quantity[] {
  const lots = units.div(lot)
  const hash = digest(`pieces:${id}`)
  const wanted = 1 + (Number.parseInt(hash.slice(0, 8), 16) % Math.max(1, most))
  const count = lots.lt(wanted) ? lots.toNumber() : wanted
  // Every piece has one lot; the rest is dealt out by weights read from the hash.
  const shares = Array.from(
    { length: count },
    (_, index) => 1 + Number.parseInt(digest(`${hash}${index}`).slice(0, 4), 16),
  )
  const weight = shares.reduce((sum, share) => sum + share, 0)
  const rest = lots.minus(count)
  let passed = 0
  let dealt = new Decimal('0')
  return shares.map((share) => {
    passed += share
    const upTo = rest.times(passed).div(weight).floor()
    const size = upTo.minus(dealt).plus(1)
    dealt = upTo
    return scaled(lot, size)
  })
}

function tradePrice(close: Price, body: OrderBody, terms: TradingTerms, config: PaperConfig): Price {
  const away = decimalFromFloat(config.halfSpreadBps).plus(decimalFromFloat(config.slippageBps)).div(BPS)
  const one = new Decimal('1')
  return body.side === 'buy'
    ? toTick(scaled(close, one.plus(away)), terms.tick, 'up')
    : toTick(scaled(close, one.minus(away)), terms.tick, 'down')
}

function feeParts(value: Money, sizes: readonly Quantity[], whole: Quantity, config: PaperConfig): readonly Money[] {
  const fee = toCents(greatest(scaled(value, decimalFromFloat(config.feeBps).div(BPS)), config.minFee))
  const parts: Money[] = []
  let charged = noMoney
  let filled = new Decimal('0')
  for (const size of sizes) {
    filled = filled.plus(size)
    const upTo = toCents(scaled(fee, filled.div(whole)))
    parts.push(minus(upTo, charged))
    charged = total(parts)
  }
  return parts
}
