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
  noQuantity,
  type Price,
  plus,
  price,
  type Quantity,
  scaled,
  toCents,
  toTick,
  total,
  worth,
} from '#units/money.js'
import type { Instant } from '#units/time.js'
import { type PaperConfig, type TradingTerms, termsOf } from './config.js'
import { firstPart } from './quirks.js'
import type { FilledPart, VenueOrder } from './store.js'

const BPS = new Decimal('10000')
const MILLION = new Decimal('1000000')

/** The close an order may trade against; undefined when the session has none for the instrument. */
export function closeOf(bars: SessionBars, instrument: InstrumentId): Price | undefined {
  const text = bars.closes[instrument]
  const close = text === undefined ? undefined : parseDecimal(text)
  return close?.gt(0) ? price(close) : undefined
}

/** True for a positive whole number of lots: the only quantities the venue takes. */
export const isWholeLots = (units: Quantity, lot: Quantity): boolean => units.gt(0) && units.modulo(lot).isZero()

/** An order that has not filled anything. */
const NOTHING: Omit<FilledPart, 'at'> = { quantity: noQuantity, value: noMoney, fee: noMoney, executions: 0 }

/**
 * The executions of an order against a session's bars: all of it or its first part, later the rest, or none when it is
 * not marketable or has traded with this bar before.
 * A function of the order, what it filled before and the bar alone, so a venue that died before it stored them makes
 * them again, equal to the byte; hence `at` is the bar's close and the number and size of the pieces come from a hash of
 * the order id.
 * Price: close × (1 ± (half spread + slippage + impact)), rounded to the tick against the trader; impact grows linearly
 * with the value that trades at once. Fees: one total per order in cents, spread over the pieces so that they sum to it.
 */
export function match(
  id: OrderId,
  body: OrderBody,
  bars: SessionBars,
  config: PaperConfig,
  part?: FilledPart,
): readonly Execution[] {
  const close = closeOf(bars, body.instrument)
  if (close === undefined || (part !== undefined && bars.at <= part.at)) return []
  const terms = termsOf(config, body.instrument)
  const before = part ?? NOTHING
  const units =
    part === undefined ? firstPart(config, id, body.quantity, terms.lot) : minus(body.quantity, part.quantity)
  const at = tradePrice(close, body.side, units, terms, config)
  if (!at.gt(0) || (body.side === 'buy' ? at.gt(body.limit) : at.lt(body.limit))) return []
  const sizes = pieces(part === undefined ? id : `${id} rest`, units, terms.lot, config.maxPieces)
  const value = plus(before.value, worth(units, at, new Decimal(terms.multiplier)))
  const fees = feeParts(minus(feeOf(value, config), before.fee), sizes, units)
  return sizes.map((size, index) => ({
    id: executionId(`${id}-${before.executions + index + 1}`),
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

/** What an order has filled once these executions are added to what it filled before. */
export function filledWith(
  { body, part }: Pick<VenueOrder, 'body' | 'part'>,
  fills: readonly Execution[],
  at: Instant,
  config: PaperConfig,
): FilledPart {
  const multiplier = new Decimal(termsOf(config, body.instrument).multiplier)
  let { quantity, value, fee, executions } = part ?? NOTHING
  for (const fill of fills) {
    quantity = plus(quantity, fill.quantity)
    value = plus(value, worth(fill.quantity, fill.price, multiplier))
    fee = plus(fee, fill.fee)
    executions += 1
  }
  return { at, quantity, value, fee, executions }
}

/** Splits a quantity into 1…most pieces of whole lots, chosen by a name; they sum to it exactly. */
export function pieces(name: string, units: Quantity, lot: Quantity, most: number): readonly Quantity[] {
  const lots = units.div(lot)
  const hash = digest(`pieces:${name}`)
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

function tradePrice(
  close: Price,
  side: OrderBody['side'],
  units: Quantity,
  terms: TradingTerms,
  config: PaperConfig,
): Price {
  const flat = decimalFromFloat(config.halfSpreadBps).plus(decimalFromFloat(config.slippageBps))
  const millions = worth(units, close, new Decimal(terms.multiplier)).div(MILLION)
  const away = flat.plus(millions.times(decimalFromFloat(config.impactBpsPerMillion))).div(BPS)
  const one = new Decimal('1')
  return side === 'buy'
    ? toTick(scaled(close, one.plus(away)), terms.tick, 'up')
    : toTick(scaled(close, one.minus(away)), terms.tick, 'down')
}

const feeOf = (value: Money, config: PaperConfig): Money =>
  toCents(greatest(scaled(value, decimalFromFloat(config.feeBps).div(BPS)), config.minFee))

/** Spreads a fee over pieces, to the cent and in proportion. */
function feeParts(fee: Money, sizes: readonly Quantity[], whole: Quantity): readonly Money[] {
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
