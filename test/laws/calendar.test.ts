import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarDue } from '#domain/calendar/due.js'
import { nextRun } from '#domain/calendar/next.js'
import { periodUnderWay } from '#domain/calendar/pace.js'
import { exchanges } from '#domain/exchange/registry.js'
import { freshMemory, type TriggerMemory } from '#domain/portfolio/state.js'
import { onTriggered } from '#domain/trigger-memory.js'
import { decode, encode } from '#units/canonical.js'
import type { Outcome } from '#units/outcome.js'
import { instant, sessionDate } from '#units/time.js'
import { market } from '../unit/domain/trigger/fixtures.js'
import { type History, historyOf, looksOn, NAMED, randomOf, scheduleOf } from './calendar-history.js'
import { type Chance, chancesOf, expectedOf, fallenBy, firingAt, localTime } from './calendar-oracle.js'

/** Histories of twenty years of each named day: five for ten thousand sequences of `npm run laws`. */
const SEQUENCES = Number(process.env.BALLAST_SEQUENCES ?? 0)
const EACH = Math.max(1, Math.floor(SEQUENCES / 2_000))
/** Those that `npm test` plays, once each. */
const FEW = NAMED.filter(({ every, weekday, month, day }) => {
  if (every === 'daily') return true
  if (every === 'weekly') return weekday % 5 === 0
  return every === 'annually' ? ['1-1', '2-29', '7-4', '12-31'].includes(`${month}-${day}`) : day % 15 === 1
})
/** A campaign brings its own. */
const LIMIT_MS = SEQUENCES > 0 ? undefined : 600_000
const SEED = fc.readConfigureGlobal().seed ?? 0

/** What all calendars vouch for, and the twenty years of it that are played. */
const KNOWN = ['2015-01-01', '2035-12-31'] as const
const PLAYED = ['2015-02-01', '2035-01-31'] as const

const known = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

const chances = new Map<string, readonly Chance[]>()
function chancesAt(exchange: string, at: string): readonly Chance[] {
  const key = `${exchange} ${at}`
  const { rules } = exchanges.get(exchange)!
  const between = () => known(exchanges.get(exchange)!.between(sessionDate(KNOWN[0]), sessionDate(KNOWN[1])))
  const found = chances.get(key) ?? chancesOf(between(), rules.zone, at)
  chances.set(key, found)
  return found
}

const counts = { histories: 0, looks: 0, periods: 0, onTime: 0, late: 0, unfired: 0, downtimes: 0, asked: 0 }

/** Plays twenty years, each look compared with the oracle, and answers how often each period was fired for. */
function play({ exchange, rule, bars, failing, longest, bought, seed }: History): void {
  const { zone } = exchanges.get(exchange)!.rules
  const schedule = scheduleOf(rule, exchange)
  const random = randomOf(seed)
  const days = chancesAt(exchange, rule.at)
  const byDate = new Map(days.map((day) => [day.date, day]))
  const all = expectedOf(rule, days, ...KNOWN)
  // At a close there is no time of day to leave too little of it.
  const expected = bars === '1d' ? all.map((period) => ({ ...period, own: period.falls })) : all
  const indexes = new Map(expected.map(({ key }, index) => [key, index]))
  const places = fallenBy(expected, days)
  const firings = new Map<string, number>()
  let memory: TriggerMemory = freshMemory
  const fire = (kind: 'targets' | 'calendar', period: string, at: number, date: string): void => {
    const session = sessionDate(date)
    const trigger = { kind, at: instant(at), session, why: '', evidence: { period } } as const
    memory = onTriggered(memory, trigger, market({}, trigger.at, session))
  }
  const look = (day: Chance, at: number): void => {
    const seen = { at: instant(at), session: sessionDate(day.date), barSize: bars } as const
    const found = known(calendarDue(schedule, seen, memory.calendarPeriod))
    const on = bars === '1d' ? day : byDate.get(localTime(zone, at).slice(0, 10))
    const open = on !== undefined && (bars === '1d' || (at >= on.first && at <= on.last))
    const last = memory.calendarPeriod === '' ? null : (indexes.get(memory.calendarPeriod) ?? -1)
    const wanted = open ? firingAt(rule, expected, on.date, places.get(on.date)!, last) : null
    // Comparing first spares most of the time: nothing is due at nearly every look.
    const said = found === null ? null : { key: found.period, onTime: found.late === null }
    if (said?.key !== wanted?.key || said?.onTime !== wanted?.onTime) expect(said, `${day.date} ${at}`).toEqual(wanted)
    counts.looks += 1
    if (found !== null) {
      firings.set(found.period, (firings.get(found.period) ?? 0) + 1)
      counts[found.late === null ? 'onTime' : 'late'] += 1
      fire('calendar', found.period, at, day.date)
    } else if (random() < 0.01 && memory.calendarPeriod !== '' && day.date < '2034') {
      const next = known(nextRun(schedule, memory, seen))!
      counts.asked += 1
      if (next.at! <= at) {
        expect(indexes.get(next.period), `${next.period} is overdue on ${day.date}`).toBeGreaterThan(last ?? -1)
        return
      }
      const then = { at: next.at!, session: next.session, barSize: bars } as const
      const before = { ...then, at: instant(next.at! - 1) }
      expect(known(calendarDue(schedule, then, memory.calendarPeriod))?.period).toBe(next.period)
      if (bars === '1m') expect(known(calendarDue(schedule, before, memory.calendarPeriod))).toBeNull()
    }
  }
  let down = 0
  for (const day of days) {
    if (day.date < PLAYED[0] || day.date > PLAYED[1]) continue
    if (down > 0) {
      down -= 1
      // Whoever starts again reads what was journaled.
      if (down === 0) memory = decode(encode(memory)) as TriggerMemory
      continue
    }
    if (random() < failing) {
      counts.downtimes += 1
      down = Math.ceil(random() * longest)
    }
    if (bought && memory.calendarPeriod === '') {
      const seen = { at: instant(day.first), session: sessionDate(day.date), barSize: bars } as const
      const underWay = periodUnderWay(schedule, seen)
      // One that began before all that is known is in no list.
      expect(underWay).toBe(expected[places.get(day.date)!]?.key ?? underWay)
      fire('targets', underWay, day.first, day.date)
    }
    for (const at of bars === '1d' ? [day.close] : looksOn(day, failing > 0, random)) look(day, at)
  }
  const first = expected.findIndex(({ falls }) => falls > PLAYED[0])
  const within = expected.slice(first + 1).filter(({ falls, own }) => falls <= PLAYED[1] && own <= PLAYED[1])
  for (const [index, { key, own }] of within.entries()) {
    const times = firings.get(key) ?? 0
    counts.periods += 1
    if (times === 0) counts.unfired += 1
    expect(times, `${key} fired ${times} times`).toBeLessThanOrEqual(1)
    // A period whose own day leaves no time before the next one falls gives way to it.
    const next = within[index + 1]
    if (failing === 0 && next !== undefined) expect(times, key).toBe(own < next.falls ? 1 : 0)
  }
  counts.histories += 1
}

describe('a calendar against an oracle that walks days', () => {
  it(
    'fires exactly once a period for twenty years, through downtime, early closes and changes of the clocks',
    () => {
      const days = SEQUENCES > 0 ? NAMED : FEW
      for (const [index, row] of days.entries())
        fc.assert(fc.property(historyOf(row), play), { numRuns: EACH, seed: SEED + index })
      console.log(`calendar: ${JSON.stringify(counts)}`)
      expect(counts.histories).toBe(days.length * EACH)
      expect(counts.onTime).toBeGreaterThan(10 * counts.histories)
      for (const kind of ['late', 'unfired', 'downtimes', 'asked'] as const)
        expect(counts[kind], kind).toBeGreaterThan(counts.histories)
    },
    LIMIT_MS,
  )
})
