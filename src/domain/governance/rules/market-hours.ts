import { z } from 'zod'
import { accept, type Outcome } from '#units/outcome.js'
import { type Instant, toIso } from '#units/time.js'
import type { ExchangeCalendar } from '../../exchange/calendar.js'
import { exchanges } from '../../exchange/registry.js'
import { exchangeRules } from '../../exchange/rules.js'
import type { Judgement, Rule } from '../rule.js'

const NAME = 'market-hours'

const ids = exchangeRules.map(({ id }) => id) as [string, ...string[]]

const schema = z.strictObject({
  exchange: z.enum(ids).default(ids[0]).describe('whose sessions are kept; 24/7 for markets that never close'),
})

/** Parameters of {@link marketHours}. */
export type MarketHoursParams = z.output<typeof schema>

/**
 * Puts off to the next session what is decided while the exchange is closed: holidays, early closes and daylight saving time
 * by its calendar. Judged by the time of the decision, so what people approve in the evening is put off as well.
 *
 * Edges   on bars of a day or longer a decision is made at a close and carried out afterwards: there are no hours to keep.
 * Errors  none: beyond the exchange's calendar nothing is known to be open, and the plan is rejected.
 * Source  design domain.md section 9.
 */
export const marketHours: Rule<MarketHoursParams> = {
  name: NAME,
  summary: 'Trades only while the exchange does; a plan made outside its hours waits for the next session.',
  schema,
  judge({ exchange: id }, { at, view }) {
    if (view.barSize !== '1m') return []
    const exchange = exchanges.get(id)
    if (exchange === undefined) return [rejected(`there is no calendar of the exchange ${id}`)]
    const opening = nextOpening(exchange, at)
    if (!opening.ok) return [rejected(opening.refusal.message)]
    if (opening.value === null) return []
    const evidence = { exchange: id, at: toIso(at), opens: toIso(opening.value) }
    return [{ ...rejected(`${id} is closed until ${toIso(opening.value)}`), evidence, retryAt: opening.value }]
  },
}

/** When an exchange opens next; null while it is open. */
function nextOpening(exchange: ExchangeCalendar, at: Instant): Outcome<Instant | null> {
  const under = exchange.at(at)
  if (!under.ok) return under
  if (under.value !== null) return accept(null)
  const today = exchange.on(exchange.dateAt(at))
  if (!today.ok) return today
  if (today.value !== null && today.value.open > at) return accept(today.value.open)
  const next = exchange.after(exchange.dateAt(at))
  return next.ok ? accept(next.value.open) : next
}

const rejected = (reason: string): Judgement => ({
  rule: NAME,
  leg: null,
  verdict: 'reject',
  multiplier: 1,
  reason,
  evidence: {},
})
