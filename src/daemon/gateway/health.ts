import type { PaperVenue } from '#adapters/gateway/paper.js'
import type { Bus } from '#ports/bus.js'
import type { Health, HealthCheck } from '../http.js'

/** What the health of a gateway is made of. */
export interface GatewayVitals {
  readonly bus: Pick<Bus, 'state'>
  readonly venue: Pick<PaperVenue, 'idle' | 'unsent' | 'refused'>
  /** Whether orders are taken: nobody else does under this name. */
  readonly serving: () => boolean
  /** Milliseconds since the feed was heard last; null before. */
  readonly feedAgeMs: () => number | null
}

/** A feed sends a sign of life every second; silent for this long, its prices are old. */
const SILENT_AFTER_MS = 60_000

/**
 * A gateway's checks: NATS, feed and store. Reports that nobody takes, or that were refused, are its daemon's
 * trouble, and only said.
 */
export function gatewayHealth({ bus, venue, serving, feedAgeMs }: GatewayVitals): Health {
  return () => {
    const connected = bus.state() === 'connected'
    const asking = serving() ? '' : ', asking whether another gateway has this name'
    return {
      nats: {
        ok: connected && serving(),
        detail: connected ? `connected${asking}` : 'not connected to NATS',
        ageMs: null,
      },
      feed: feedCheck(feedAgeMs()),
      store: storeCheck(venue),
    }
  }
}

function feedCheck(ageMs: number | null): HealthCheck {
  if (ageMs === null) return { ok: false, detail: 'no market data heard yet', ageMs }
  const ok = ageMs <= SILENT_AFTER_MS
  return { ok, detail: ok ? 'heard' : 'market data is silent', ageMs }
}

function storeCheck(venue: GatewayVitals['venue']): HealthCheck {
  try {
    venue.idle() // throws once a write has failed
    const refused = venue.refused() === 0 ? '' : `, ${venue.refused()} reports refused for good`
    return { ok: true, detail: `open, ${venue.unsent()} reports wait to be taken${refused}`, ageMs: null }
  } catch (error) {
    return { ok: false, detail: String(error), ageMs: null }
  }
}
