import { sessionDate } from '#units/time.js'
import type { ExchangeRules } from './calendar.js'
import { cmeEquityFutures } from './cme.js'
import { nyse } from './nyse.js'

/** Crypto venues: every day from midnight to midnight, UTC. */
const always: ExchangeRules = {
  id: '24/7',
  name: 'markets that never close',
  zone: 'UTC',
  open: { time: '00:00', daysBefore: 0 },
  close: { time: '00:00', daysAfter: 1 },
  weekdays: new Set([0, 1, 2, 3, 4, 5, 6]),
  from: sessionDate('2010-01-01'),
  to: sessionDate('2035-12-31'),
  exceptions: () => new Map(),
}

/** The rules there are, by identifier; the first is the default. */
export const exchangeRules: readonly ExchangeRules[] = [nyse, cmeEquityFutures, always]
