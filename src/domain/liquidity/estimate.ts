import type { InstrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { Liquidities, Liquidity } from './liquidity.js'

/** What was traded of one instrument in one session, as the exchange printed it, adjusted for nothing. Decimal text. */
export interface TradedBar {
  readonly high: string
  readonly low: string
  readonly close: string
  /** In units of the instrument: shares. */
  readonly volume: string
}

/** A session's closes, adjusted where their source says so, and what was traded; an absent name is missing. */
export interface TradedSession {
  readonly at: Instant
  readonly closes: Readonly<Record<InstrumentId, string>>
  readonly traded?: Readonly<Record<InstrumentId, TradedBar>>
}

/** Sessions a median is taken over. Source: design domain.md section 7. */
const ADV_SESSIONS = 20

/** Sessions they are looked for in: a name may have been without a trade in a few of them. */
export const LIQUIDITY_WINDOW = 25

/** Digits of a spread that are kept: hundredths of a basis point. */
const SPREAD_DIGITS = 6

/**
 * The liquidity of every name that was traded in {@link ADV_SESSIONS} of these daily sessions, the newest last; one that was in fewer
 * is absent.
 *
 * Units   what was traded in a day is close × volume, both unadjusted: a split halves one and doubles the other. The median over 20
 *         days is rounded down to whole money.
 * Edges   a day without a trade counts as 0. Cost O(names × sessions), in floating point: a statistic of prices, not an amount owed.
 */
export function liquidityOf(sessions: readonly TradedSession[]): Liquidities {
  const recent = sessions.slice(-LIQUIDITY_WINDOW)
  const names = new Set(recent.flatMap(({ traded }) => Object.keys(traded ?? {}) as InstrumentId[]))
  const found: Record<InstrumentId, Liquidity> = {}
  for (const name of [...names].sort()) {
    const days = recent.flatMap((session) => dayOf(session, name)).slice(-ADV_SESSIONS)
    const last = days.at(-1)
    if (last === undefined || days.length < ADV_SESSIONS) continue
    const adv = money(Math.floor(median(days.map(({ value }) => value))).toFixed(0))
    found[name] = { adv, spread: abdiRanaldo(days), at: last.at }
  }
  return found
}

/** Natural logarithms of a day's high, low and close. */
export interface LogBar {
  readonly high: number
  readonly low: number
  readonly close: number
}

/**
 * The bid-ask spread, a fraction of the price, by how far closes are from the middle of their day's range and of the next day's:
 * √max(0, 4·mean[(c_t − η_t)(c_t − η_t+1)]), η half the sum of high and low, all logarithms. Null for fewer than two days.
 *
 * Edges   an estimate of 0 says that the spread is too small to be told from noise. Over 20 days it is rough: good for telling
 *         wide from narrow, not 5 from 8 basis points. Rounded to {@link SPREAD_DIGITS} digits.
 * Source  F. Abdi and A. Ranaldo, A Simple Estimation of Bid-Ask Spreads from Daily Close, High, and Low Prices, Review of
 *         Financial Studies 30 (2017), the monthly corrected estimator.
 */
export function abdiRanaldo(days: readonly LogBar[]): number | null {
  if (days.length < 2) return null
  let sum = 0
  for (let at = 0; at + 1 < days.length; at += 1) {
    const { close } = days[at]!
    sum += (close - middle(days[at]!)) * (close - middle(days[at + 1]!))
  }
  const spread = Math.sqrt(Math.max(0, (4 * sum) / (days.length - 1)))
  return Number.isFinite(spread) ? Number(spread.toFixed(SPREAD_DIGITS)) : null
}

const middle = ({ high, low }: LogBar): number => (high + low) / 2

interface Day extends LogBar {
  readonly at: Instant
  /** Money traded. */
  readonly value: number
}

/** A name's day, its range on the scale of the adjusted closes, so that no split or dividend looks like a spread; none without a trade. */
function dayOf({ at, closes, traded }: TradedSession, name: InstrumentId): readonly Day[] {
  const bar = traded?.[name]
  const close = Number(closes[name])
  if (bar === undefined || !(close > 0)) return []
  const [printed, high, low, volume] = [bar.close, bar.high, bar.low, bar.volume].map(Number) as [
    number,
    number,
    number,
    number,
  ]
  if (!(low > 0 && high >= low && printed > 0 && volume >= 0) || !Number.isFinite(volume * printed)) return []
  const scale = close / printed
  return [
    { at, value: printed * volume, high: Math.log(high * scale), low: Math.log(low * scale), close: Math.log(close) },
  ]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)]! : (sorted[half - 1]! + sorted[half]!) / 2
}
