import { accept, type Outcome } from '#units/outcome.js'
import type { TriggerMemory } from '../portfolio/state.js'
import type { Look } from './due.js'
import { type Chance, paceOf } from './pace.js'
import { isLater, type Period, periodAfter, periodOf } from './period.js'
import { type CalendarPolicy, isSchedule } from './schedule.js'

/** The run a calendar calls for next. */
export interface NextRun extends Omit<Chance, 'over'> {
  readonly period: string
}

/**
 * The run a calendar calls for next: one that is overdue, else one to come, no earlier than the cooldown ends. Null without
 * a calendar. The answer agrees with {@link calendarDue}: at the next look from then on that period is due, or a later one.
 * Errors `beyond_horizon` when it lies where the exchange's calendar does not reach.
 */
export function nextRun(
  calendar: CalendarPolicy | null,
  { calendarPeriod: last, cooldownUntil }: Pick<TriggerMemory, 'calendarPeriod' | 'cooldownUntil'>,
  look: Look,
): Outcome<NextRun | null> {
  if (calendar === null) return accept(null)
  const pace = paceOf(calendar, look)
  if (!pace.ok) return pace
  const { latest, dayOf, chance, today } = pace.value
  const skips = isSchedule(calendar) && calendar.missed === 'skip'
  const own = periodOf(calendar.every, today)
  for (let period = latest(today); ; period = periodAfter(calendar.every, period)) {
    const day = dayOf(period)
    const falls = day.ok && day.value === today
    if (last === '' ? period.key < own.key && !falls : !isLater(calendar, period, last)) continue
    const first = day.ok ? chance(day.value) : day
    if (!first.ok) return first
    const resting = cooldownUntil !== null && first.value.session < cooldownUntil
    if (skips && (first.value.over || resting)) continue
    const found = resting ? chance(cooldownUntil) : first
    // Another period may have come by then, and only the latest is fired for.
    return found.ok ? accept(runOf(latest(found.value.session), found.value)) : found
  }
}

const runOf = ({ key }: Period, { session, at }: Chance): NextRun => ({ period: key, session, at })
