import fc from 'fast-check'
import { type Schedule, WEEKDAYS } from '#domain/calendar/schedule.js'
import { exchanges } from '#domain/exchange/registry.js'
import type { BarSize } from '#domain/market.js'
import { DAY_MS } from '#units/time.js'
import type { Chance, Rule } from './calendar-oracle.js'

/** A calendar, and what befalls the process that keeps it. */
export interface History {
  readonly exchange: string
  readonly rule: Rule
  readonly bars: Extract<BarSize, '1m' | '1d'>
  /** Chance on each day that the process goes down, and the longest it stays down, days; 0 is a process that never misses a look. */
  readonly failing: number
  readonly longest: number
  /** Whether it begins with the purchase of first targets; else nothing is remembered at all. */
  readonly bought: boolean
  readonly seed: number
}

type Named = Pick<Rule, 'every' | 'weekday' | 'month' | 'day'>

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)
const named = (every: Rule['every'], rest: Partial<Named>): Named => ({ every, weekday: 1, month: 1, day: 1, ...rest })

/** Every day a schedule can name: 1 daily, 7 weekly, 31 monthly, 31 quarterly, 372 annually. */
export const NAMED: readonly Named[] = [
  named('daily', {}),
  ...WEEKDAYS.map((_, weekday) => named('weekly', { weekday })),
  ...oneTo(31).map((day) => named('monthly', { day })),
  ...oneTo(31).map((day) => named('quarterly', { day })),
  ...oneTo(12).flatMap((month) => oneTo(31).map((day) => named('annually', { month, day }))),
]

/** The open, the default, one that early closes leave no room for, one near a change of the clocks, the last there is. */
const TIMES: Readonly<Record<string, readonly string[]>> = {
  XNYS: ['09:30', '10:00', '14:00', '15:45'],
  XCME: ['00:00', '02:30', '10:00', '15:45'],
  '24/7': ['00:00', '02:30', '10:00', '23:45'],
}

/** Histories of one named day, in which everything else is left to chance. */
export const historyOf = (days: Named): fc.Arbitrary<History> =>
  fc
    .record({
      exchange: fc.constantFrom(...exchanges.keys()),
      ...{ following: fc.boolean(), skip: fc.boolean(), bought: fc.boolean(), time: fc.nat(3) },
      bars: fc.constantFrom<History['bars']>('1m', '1m', '1m', '1d'),
      failing: fc.constantFrom(0, 0, 0.005, 0.02, 0.1),
      longest: fc.constantFrom(1, 5, 40, 400),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
    })
    .map(({ following, skip, time, ...rest }) => {
      return { ...rest, rule: { ...days, following, skip, at: TIMES[rest.exchange]![time]! } }
    })

/** A rule as a policy holds it. */
export function scheduleOf({ every, weekday, month, day, following, skip, at }: Rule, exchange: string): Schedule {
  const terms = { at, exchange, missed: skip ? 'skip' : 'fire-once' } as const
  const falling = { ...terms, nonTradingDay: following ? 'following' : 'preceding' } as const
  if (every === 'daily') return { every, ...terms }
  if (every === 'weekly') return { every, weekday: WEEKDAYS[weekday]!, ...falling }
  return every === 'annually' ? { every, month, day, ...falling } : { every, day, ...falling }
}

/**
 * The looks at the market that a process makes on a day, in time: about the first and the last instant of its chance, some
 * of them left out while `failing`, and now and then one by a clock that was set back.
 */
export function looksOn(day: Chance, failing: boolean, random: () => number): readonly number[] {
  const any = day.open + random() * (day.close - day.open)
  const looks = [day.first - 1, day.first, any, day.last, day.last + 1].filter(() => !failing || random() < 0.5)
  if (random() < 0.01) looks.push(day.first - random() * 40 * DAY_MS)
  return looks.map(Math.round).sort((a, b) => a - b)
}

/** Random numbers in (0, 1). Source: Park and Miller 1988. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
