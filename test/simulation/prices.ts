import type { SessionBars } from '#ports/market-feed.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { addDays, DAY_MS, instant, sessionDate, toIso } from '#units/time.js'
import { Chance } from './chance.js'
import type { Profile } from './profile.js'

/** The instruments all portfolios share. */
export const NAMES: readonly InstrumentId[] = ['AAA', 'BBB', 'CCC', 'DDD'].map(instrumentId)

/** Sessions before the history begins: what scenarios are made of. */
export const WARM_UP = 8

/** A session as it was, as the daemon hears it, and how much later it hears it. */
export interface Session {
  readonly truth: SessionBars
  readonly heard: SessionBars
  readonly lagMs: number
}

/** Sessions of a seed: random walks, heard with gaps and nonsense. The n-th after the warm-up closes at `closes(n)`. */
export function sessionsOf(
  seed: number,
  prices: Profile['prices'],
  count: number,
  closes: (number: number) => number,
): readonly Session[] {
  const walk = new Chance(seed, 'prices')
  const noise = new Chance(seed, 'noise')
  const day = sessionDate(toIso(instant(closes(0))).slice(0, 10))
  const last = NAMES.map(() => walk.whole(2_000, 20_000))
  const volatility = NAMES.map(() => walk.whole(10, 60) / 1_000)
  return Array.from({ length: WARM_UP + count }, (_, index): Session => {
    const number = index - WARM_UP
    const at = instant(number < 0 ? closes(0) + number * DAY_MS : closes(number))
    const session = addDays(day, number)
    NAMES.forEach((_name, place) => {
      const move = (walk.next() + walk.next() - 1) * 2 * volatility[place]!
      last[place] = Math.max(100, Math.round(last[place]! * (1 + move)))
    })
    const truth = { session, at, closes: closesOf((place) => text(last[place]!)) }
    const heard = { session, at, closes: closesOf((place) => heardAs(number < 0 ? null : prices, last[place]!, noise)) }
    return { truth, heard, lagMs: noise.within(prices.lagMs) }
  })
}

const text = (cents: number): string => (cents / 100).toFixed(2)

function closesOf(of: (place: number) => string | null): SessionBars['closes'] {
  const entries = NAMES.flatMap((name, place) => {
    const close = of(place)
    return close === null ? [] : [[name, close] as const]
  })
  return Object.fromEntries(entries)
}

const NONSENSE = ['NaN', '', '0', '-12.50', '1e999', 'n/a'] as const

function heardAs(prices: Profile['prices'] | null, cents: number, noise: Chance): string | null {
  const [missing, nonsense, wrong] = [noise.next(), noise.next(), noise.next()]
  if (prices === null) return text(cents)
  if (missing < prices.missing) return null
  if (nonsense < prices.nonsense) return noise.pick(NONSENSE)
  return wrong < prices.wrong ? text(cents * noise.pick([100, 10, 0.1, 0.01])) : text(cents)
}
