import { DAY_MS } from '#units/time.js'

/** A rule as the oracle knows it: nothing of the production code but the words. */
export interface Rule {
  readonly every: 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'annually'
  /** 0 Sunday … 6 Saturday. */
  readonly weekday: number
  readonly month: number
  readonly day: number
  readonly following: boolean
  readonly skip: boolean
  readonly at: string
}

/** A trading day: its date, and when trading begins and ends on it. */
export interface TradingDay {
  readonly date: string
  readonly open: number
  readonly close: number
}

/** A trading day with the instants between which a run may begin; `first` after `last` when there are none. */
export interface Chance extends TradingDay {
  readonly first: number
  readonly last: number
}

/** A period: its name, where it falls, and the first day from there on that leaves it time. */
export interface Expected {
  readonly key: string
  /** Its first day. */
  readonly from: string
  readonly falls: string
  readonly own: string
}

/** What the oracle expects of a look: the period to be fired for, and whether on its own day. */
export interface Firing {
  readonly key: string
  readonly onTime: boolean
}

const QUARTER_HOUR_MS = 900_000
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const formats = new Map<string, Intl.DateTimeFormat>()

/** Local date and time in a zone, `2026-11-27 10:00`, by the platform's own tables. */
export function localTime(zone: string, ms: number): string {
  let format = formats.get(zone)
  if (format === undefined) {
    const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...digits })
    formats.set(zone, format)
  }
  return format.format(ms)
}

/** The instant of a local time, found by looking: a guess in UTC, corrected by what its clocks show then. */
export function instantOf(zone: string, date: string, time: string): number {
  const wanted = Date.parse(`${date}T${time}:00Z`)
  let guess = wanted
  for (let round = 0; round < 2; round += 1)
    guess += wanted - Date.parse(`${localTime(zone, guess).replace(' ', 'T')}:00Z`)
  return guess
}

/** The days of an exchange with the times between which a rule may fire. */
export const chancesOf = (days: readonly TradingDay[], zone: string, at: string): readonly Chance[] =>
  days.map((day) => ({
    ...day,
    first: Math.max(instantOf(zone, day.date, at), day.open),
    last: day.close - QUARTER_HOUR_MS,
  }))

/** Every period from one date to another, found by walking all days and asking of each what it is. */
export function expectedOf(rule: Rule, chances: readonly Chance[], from: string, to: string): readonly Expected[] {
  const trading = new Map(chances.map((day) => [day.date, day]))
  const found: Expected[] = []
  for (const { key, days } of walked(rule, from, to)) {
    const named = namedDay(rule, days)
    if (named === null || (rule.every === 'daily' && !trading.has(named.date))) continue
    let falls = named.date
    const step = rule.following && !named.short ? DAY_MS : -DAY_MS
    while (!trading.has(falls) && falls > from && falls < to) falls = iso(Date.parse(falls) + step)
    if (!trading.has(falls)) falls = named.date
    let own = falls
    while (own < to && !hasTime(trading.get(own))) own = iso(Date.parse(own) + DAY_MS)
    found.push({ key, from: days[0]!, falls, own })
  }
  return found
}

const hasTime = (day: Chance | undefined): boolean => day !== undefined && day.first <= day.last

/** Days grouped by the name of their period. */
function walked(rule: Rule, from: string, to: string): readonly { key: string; days: string[] }[] {
  const groups: { key: string; days: string[] }[] = []
  let week = ''
  let thursdays = 0
  let year = ''
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += DAY_MS) {
    const date = iso(ms)
    // A week has the number of its Thursday among the Thursdays of the year.
    const thursday = iso(ms + DAY_MS * (4 - (new Date(ms).getUTCDay() || 7)))
    if (thursday.slice(0, 4) !== year) [year, thursdays, week] = [thursday.slice(0, 4), 0, '']
    if (thursday !== week) [thursdays, week] = [thursdays + 1, thursday]
    const key = {
      daily: date,
      weekly: `${year}-W${String(thursdays).padStart(2, '0')}`,
      monthly: date.slice(0, 7),
      quarterly: `${date.slice(0, 4)}-Q${'111222333444'[Number(date.slice(5, 7)) - 1]}`,
      annually: date.slice(0, 4),
    }[rule.every]
    if (groups.at(-1)?.key === key) groups.at(-1)!.days.push(date)
    else groups.push({ key, days: [date] })
  }
  return groups
}

/** The day of a period that a rule names, and whether its month is too short for it. */
function namedDay(rule: Rule, days: readonly string[]): { date: string; short: boolean } | null {
  if (rule.every === 'daily') return { date: days[0]!, short: false }
  if (rule.every === 'weekly') {
    const date = days.find((day) => new Date(`${day}T00:00Z`).getUTCDay() === rule.weekday)
    return date === undefined ? null : { date, short: false }
  }
  const month = rule.every === 'annually' ? String(rule.month).padStart(2, '0') : days[0]!.slice(5, 7)
  const inMonth = days.filter((day) => day.slice(5, 7) === month)
  const date = inMonth.find((day) => Number(day.slice(8)) === rule.day)
  const last = inMonth.at(-1)
  return date !== undefined ? { date, short: false } : last === undefined ? null : { date: last, short: true }
}

/** For each trading day the place of the last period that has fallen by then; -1 before the first. */
export function fallenBy(expected: readonly Expected[], days: readonly TradingDay[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  let place = -1
  for (const { date } of days) {
    while (place + 1 < expected.length && expected[place + 1]!.falls <= date) place += 1
    places.set(date, place)
  }
  return places
}

/**
 * What a rule fires for at a look on a trading day that leaves it time: the last period that has fallen, if it comes after
 * the one fired for last, and on its own day only when missed ones are left out. Places are those in the list; `fired` is -1
 * for a period before all of it, and null before the first, when only a period on its own day, the period the day is in, or
 * a later one, counts.
 */
export function firingAt(
  rule: Rule,
  expected: readonly Expected[],
  day: string,
  place: number,
  fired: number | null,
): Firing | null {
  const period = expected[place]
  if (period === undefined || (fired !== null && place <= fired)) return null
  const after = expected[place + 1]
  if (fired === null && period.own !== day && after !== undefined && after.from <= day) return null
  const onTime = period.own === day
  return rule.skip && !onTime ? null : { key: period.key, onTime }
}
