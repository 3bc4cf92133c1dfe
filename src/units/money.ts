import type { Brand } from './brand.js'
import { Decimal } from './decimal.js'

/** An amount of the portfolio's currency, signed. */
export type Money = Brand<Decimal, 'Money'>
/** Currency per unit of an instrument. */
export type Price = Brand<Decimal, 'Price'>
/** Units of an instrument (shares, contracts, coins); negative is short. */
export type Quantity = Brand<Decimal, 'Quantity'>

type Amount = Money | Price | Quantity

/** Mints money from plain decimal text or a Decimal. @throws DecimalError when the text is no number. */
export const money = (value: string | Decimal): Money => new Decimal(value) as Money
/** Mints a price; see {@link money}. */
export const price = (value: string | Decimal): Price => new Decimal(value) as Price
/** Mints a quantity; see {@link money}. */
export const quantity = (value: string | Decimal): Quantity => new Decimal(value) as Quantity

/** Zero money, also the identity of {@link total}. */
export const noMoney: Money = money('0')
/** Zero units. */
export const noQuantity: Quantity = quantity('0')

/** a + b, of one kind. */
export const plus = <T extends Amount>(a: T, b: T): T => a.plus(b) as T
/** a − b, of one kind. */
export const minus = <T extends Amount>(a: T, b: T): T => a.minus(b) as T
/** −a. */
export const negated = <T extends Amount>(a: T): T => a.negated() as T
/** |a|. */
export const magnitude = <T extends Amount>(a: T): T => a.abs() as T
/** a × factor, the kind kept. */
export const scaled = <T extends Amount>(a: T, factor: Decimal): T => a.times(factor) as T
/** The smaller of two. */
export const least = <T extends Amount>(a: T, b: T): T => (a.lte(b) ? a : b)
/** The larger of two. */
export const greatest = <T extends Amount>(a: T, b: T): T => (a.gte(b) ? a : b)
/** Sum of amounts; zero money when there is none. */
export const total = (amounts: Iterable<Money>): Money => {
  let sum = noMoney
  for (const amount of amounts) sum = plus(sum, amount)
  return sum
}
/** quantity × price × multiplier: the value of a holding or a trade, signed like the quantity. */
export const worth = (units: Quantity, unitPrice: Price, multiplier: Decimal = new Decimal('1')): Money =>
  units.times(unitPrice).times(multiplier) as Decimal as Money
/** units rounded toward zero to a whole number of lots. */
export const toLot = (units: Quantity, lot: Quantity): Quantity =>
  units.div(lot).toDecimalPlaces(0, Decimal.ROUND_DOWN).times(lot) as Decimal as Quantity
/** A price rounded to its tick, `up` or `down`. */
export const toTick = (value: Price, tick: Price, direction: 'up' | 'down'): Price =>
  value
    .div(tick)
    .toDecimalPlaces(0, direction === 'up' ? Decimal.ROUND_CEIL : Decimal.ROUND_FLOOR)
    .times(tick) as Decimal as Price
/** Whole cents, half up. */
export const toCents = (value: Money): Money => value.toDecimalPlaces(2, Decimal.ROUND_HALF_UP) as Money
/** part / whole as a float, for weights and ratios. @throws RangeError when the whole is zero. */
export const ratio = (part: Decimal, whole: Decimal): number => {
  if (whole.isZero()) throw new RangeError('ratio to zero')
  return part.div(whole).toNumber()
}
