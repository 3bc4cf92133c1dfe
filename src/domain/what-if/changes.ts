import { Decimal, parseDecimal } from '#units/decimal.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { type Money, money, noMoney, type Price, price, scaled } from '#units/money.js'
import { accept, type Outcome, type Refusal, refuse } from '#units/outcome.js'
import { type SessionDate, sessionDate } from '#units/time.js'

/** A price that is assumed: an amount, or a move from the last price as a fraction of it. */
export type AssumedPrice = { readonly at: Price } | { readonly by: Decimal }

/** What is assumed to be otherwise. */
export interface Changes {
  /** Added to cash, taken out when negative. */
  readonly cash: Money
  readonly prices: ReadonlyMap<InstrumentId, AssumedPrice>
  /** The day it is assumed to be; null for the present one. */
  readonly date: SessionDate | null
  /** Settings of the portfolio's file as dotted paths, with their values as text. */
  readonly settings: Readonly<Record<string, string>>
}

/** A key as a file can spell it; what objects call their own (`__proto__`) is none. */
const KEY = /^[a-z][A-Za-z0-9._-]*$/
const PRICE = /^price\.(.+)$/
const PERCENT = /^([+-]?\d+(?:\.\d+)?)\s?%$/
const HUNDRED = new Decimal('100')
const ONE = new Decimal('1')
/** The move that takes the whole price away. */
const LOST = new Decimal('-1')

/**
 * Reads what is to be otherwise: `cash` an amount to add, `price.SYM` an amount or a move such as `-10%`, `date` a day;
 * every other key is a setting of the portfolio's file, such as `optimiser.bounds.max`, and left as it is for the
 * configuration to judge.
 *
 * Errors  refuses `WHAT_IF_INVALID` with every key that cannot be read, one a line.
 */
export function readChanges(given: Readonly<Record<string, string>>): Outcome<Changes> {
  const prices = new Map<InstrumentId, AssumedPrice>()
  const settings: Record<string, string> = {}
  const problems: string[] = []
  let cash = noMoney
  let date: SessionDate | null = null
  for (const [key, text] of Object.entries(given)) {
    const symbol = PRICE.exec(key)?.[1]
    const problem = attempt(key, () => {
      if (!KEY.test(key)) throw new RangeError('is not a key')
      if (key === 'cash') cash = money(number(text))
      else if (key === 'date') date = sessionDate(text)
      else if (symbol !== undefined) prices.set(instrumentId(symbol), assumed(text))
      else settings[key] = text
    })
    if (problem !== null) problems.push(problem)
  }
  return problems.length === 0 ? accept({ cash, prices, date, settings }) : invalid(problems)
}

/** The price that is assumed, given the last one; refuses a move from a price nobody has. */
export function priceUnder(
  instrument: InstrumentId,
  assumption: AssumedPrice,
  last: Price | undefined,
): Outcome<Price> {
  if ('at' in assumption) return accept(assumption.at)
  if (last === undefined)
    return invalid([`price.${instrument}: has no last price to move from; give an amount instead`])
  return accept(scaled(last, assumption.by.plus(ONE)))
}

/** A refusal of changes, one problem a line. */
export const invalid = (problems: readonly string[]): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('WHAT_IF_INVALID', problems.join('\n'))

function assumed(text: string): AssumedPrice {
  const percent = PERCENT.exec(text)?.[1]
  const by = percent === undefined ? null : number(percent).div(HUNDRED)
  const at = by === null ? number(text) : null
  if (!(at?.gt(0) ?? by?.gt(LOST))) throw new RangeError(`must leave a price above 0, got ${text}`)
  return at === null ? { by: by! } : { at: price(at) }
}

function number(text: string): Decimal {
  const found = parseDecimal(text.replace(/^\+/, ''))
  if (found === undefined) throw new RangeError(`not a number: ${JSON.stringify(text)}`)
  return found
}

function attempt(key: string, read: () => void): string | null {
  try {
    read()
    return null
  } catch (error) {
    if (error instanceof RangeError) return `${key}: ${error.message}`
    throw error
  }
}
