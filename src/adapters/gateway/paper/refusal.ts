import type { OrderTicket } from '#ports/gateway.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Instant } from '#units/time.js'
import { type PaperConfig, termsOf } from './config.js'
import { closeOf, isWholeLots } from './matching.js'
import { rejects } from './quirks.js'

/** Why the venue does not take a new order; null when it does. */
export function refusalOf(
  config: PaperConfig,
  bars: SessionBars | null,
  { id, body }: OrderTicket,
  now: Instant,
): string | null {
  if (now >= body.notAfter) return 'too_late'
  if (config.rejectInstruments.includes(body.instrument)) return 'restricted'
  if (rejects(config, id)) return 'venue_reject'
  if (!isWholeLots(body.quantity, termsOf(config, body.instrument).lot)) return 'bad_quantity'
  return bars === null || closeOf(bars, body.instrument) === undefined ? 'no_price' : null
}
