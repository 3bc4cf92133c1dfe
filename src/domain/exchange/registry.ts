import { ExchangeCalendar } from './calendar.js'
import { exchangeRules } from './rules.js'

/** The calendars there are, by identifier. */
export const exchanges: ReadonlyMap<string, ExchangeCalendar> = new Map(
  exchangeRules.map((rules) => [rules.id, new ExchangeCalendar(rules)]),
)
