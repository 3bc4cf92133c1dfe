import { type CalendarDue, calendarDue, type Look } from '#domain/calendar/due.js'
import type { Schedule } from '#domain/calendar/schedule.js'
import type { Outcome } from '#units/outcome.js'
import { instant, sessionDate } from '#units/time.js'

const TERMS = { at: '10:00', exchange: 'XNYS', missed: 'fire-once', nonTradingDay: 'preceding' } as const

/** A monthly schedule of New York at ten, with what a test changes of it. */
export const monthly = (day: number, changed: Partial<typeof TERMS> | Record<string, string> = {}): Schedule =>
  ({ every: 'monthly', day, ...TERMS, ...changed }) as Schedule

/** Any other schedule of New York at ten. */
export const schedule = (fields: Record<string, string | number>): Schedule =>
  ({ ...TERMS, ...fields }) as unknown as Schedule

/** A look by the clock, minute bars. */
export const clock = (iso: string): Look => ({
  at: instant(Date.parse(iso)),
  session: sessionDate(iso.slice(0, 10)),
  barSize: '1m',
})

/** A look at a session's bar; what the clock says then does not matter. */
export const bar = (session: string, barSize: '1d' | '1mo' = '1d'): Look => ({
  at: instant(0),
  session: sessionDate(session),
  barSize,
})

/** The answer, or the test fails with the refusal. */
export function known<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

/** The period a schedule fires for at a look, `late` after it when it makes up for it. */
export function due(given: Schedule, look: Look, last = ''): string | null {
  const found: CalendarDue | null = known(calendarDue(given, look, last))
  return found && (found.late === null ? found.period : `${found.period} late`)
}
