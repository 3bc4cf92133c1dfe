import { z } from 'zod'
import { LEAST_MS } from '#domain/calendar/fall.js'
import { type Schedule, WEEKDAYS } from '#domain/calendar/schedule.js'
import { exchangeRules } from '#domain/exchange/rules.js'
import { MINUTE_MS } from '#units/time.js'

const ids = exchangeRules.map(({ id }) => id) as [string, ...string[]]

const terms = {
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as "10:00"')
    .default('10:00')
    .describe(
      "Local time of the exchange from which it may fire; on daily bars it fires at the session's close, on monthly ones at the first on or after the day.",
    ),
  exchange: z
    .enum(ids)
    .default(ids[0])
    .describe('Whose sessions and time zone it keeps; 24/7 for markets that never close.'),
  missed: z
    .enum(['fire_once', 'skip'])
    .default('fire_once')
    .describe('After its session has gone by: fire_once makes up for the latest period, skip waits for the next.'),
}

const falling = {
  ...terms,
  non_trading_day: z
    .enum(['preceding', 'following'])
    .default('preceding')
    .describe('Where a day without trading falls; the last day of a month too short for its day always precedes.'),
}

const dayOf = (what: string) => z.int().min(1).max(31).default(1).describe(`Day of ${what}; 31 is always its last.`)
const every = <Kind extends string>(kind: Kind) => z.literal(kind).describe('Fires once in each such period.')

/** Schema of `triggers.calendar`: one shape for each kind of period, so that no key is without effect. */
export const calendarSchema = z.discriminatedUnion(
  'every',
  [
    z.strictObject({ every: every('daily'), ...terms }),
    z.strictObject({
      every: every('weekly'),
      weekday: z.enum(WEEKDAYS).default('monday').describe('Day of the week.'),
      ...falling,
    }),
    z.strictObject({ every: every('monthly').default('monthly'), day: dayOf('the month'), ...falling }),
    z.strictObject({ every: every('quarterly'), day: dayOf("the quarter's first month"), ...falling }),
    z.strictObject({
      every: every('annually'),
      month: z.int().min(1).max(12).default(1).describe('Month of the year.'),
      day: dayOf('that month'),
      ...falling,
    }),
  ],
  { error: ({ input }) => misspelt(input) },
)

/** The schedule that a checked `triggers.calendar` stands for. */
export function toSchedule(settings: z.output<typeof calendarSchema>): Schedule {
  const missed = settings.missed === 'fire_once' ? 'fire-once' : 'skip'
  if (settings.every === 'daily') return { ...settings, missed }
  const { non_trading_day: nonTradingDay, ...rest } = settings
  return { ...rest, missed, nonTradingDay }
}

/** Local times at which a schedule can fire in a whole session of its exchange, as `HH:MM`. */
export function firingHours(exchange: string): { readonly from: string; readonly to: string } {
  const { open, close } = exchangeRules.find(({ id }) => id === exchange)!
  const [hours = 0, minutes = 0] = close.time.split(':').map(Number)
  const last = (close.daysAfter * 24 + hours) * 60 + minutes - LEAST_MS / MINUTE_MS
  const two = (part: number): string => String(part).padStart(2, '0')
  return { from: open.daysBefore === 0 ? open.time : '00:00', to: `${two(Math.floor(last / 60))}:${two(last % 60)}` }
}

const KINDS = ['daily', 'weekly', 'monthly', 'quarterly', 'annually']
/** What people write for a kind of period. */
const MEANT: Readonly<Record<string, string>> = {
  day: 'daily',
  week: 'weekly',
  month: 'monthly',
  quarter: 'quarterly',
  year: 'annually',
  yearly: 'annually',
}

function misspelt(input: unknown): string | undefined {
  const given = typeof input === 'object' && input !== null && 'every' in input ? input.every : undefined
  if (given === undefined) return undefined
  const meant = typeof given === 'object' ? undefined : MEANT[String(given)]
  return `must be ${KINDS.join(' | ')}, got ${JSON.stringify(given)}${meant === undefined ? '' : `: write ${meant}`}`
}
