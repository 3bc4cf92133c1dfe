import type { PaperVenue } from '#adapters/gateway/paper.js'
import type { Bus } from '#ports/bus.js'
import type { Health, HealthCheck } from '../http.js'

/** What the health of a gateway is made of. */
export interface GatewayVitals {
  readonly bus: Pick<Bus, 'state'>
  readonly venue: Pick<PaperVenue, 'idle' | 'unsent'>
  /** Milliseconds since the feed was heard last; null before. */
  readonly feedAgeMs: () => number | null
}

/** A feed sends a sign of life every second; silent for this long, its prices are old. */
const SILENT_AFTER_MS = 60_000

/** A gateway's checks: NATS, feed and store. Reports that nobody takes are its daemon's trouble, and only said. */
export function gatewayHealth({ bus, venue, feedAgeMs }: GatewayVitals): Health {
  return () => {
    const connected = bus.state() === 'connected'
    return {
      nats: { ok: connected, detail: connected ? 'connected' : 'not connected to NATS', ageMs: null },
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
    return { ok: true, detail: `open, ${venue.unsent()} reports wait to be taken`, ageMs: null }
  } catch (error) {
    return { ok: false, detail: String(error), ageMs: null }
  }
}
