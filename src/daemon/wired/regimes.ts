import { regimeReadingIn } from '#adapters/wire/regime.js'
import { channelOf, subjects } from '#adapters/wire/subjects.js'
import type { Bus, Unsubscribe } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Engine } from '#runtime/engine.js'
import { MINUTE_MS } from '#units/time.js'

/** How far ahead of ours a detector's clock may be, milliseconds: a reading of tomorrow would be fresh for a day too long. */
const AHEAD_MS = MINUTE_MS

/** Whom readings are taken to, and what they are judged with. */
export interface RegimeHearing {
  readonly bus: Bus
  readonly engine: Pick<Engine, 'regimes' | 'portfolios'>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

/**
 * Takes readings of external detectors to the portfolios that listen to their channel, until called off. What is no reading, or
 * one of the future, is counted and left. A reading that is lost is made good by the next: detectors repeat themselves.
 */
export function hearRegimes({ bus, engine, clock, log, metrics }: RegimeHearing): Unsubscribe {
  const refused = (subject: string, why: string): void => {
    metrics.count('ballast_nats_invalid_messages_total', { class: 'market' })
    log.warn({ subject, why }, 'a reading of the regime is not taken')
  }
  return bus.subscribe(subjects.regime('*'), ({ subject, body }) => {
    const reading = regimeReadingIn(body)
    if (reading === undefined) return refused(subject, 'it is not understood')
    if (reading.at - clock.now() > AHEAD_MS) return refused(subject, 'it is of a later time than now')
    engine.regimes
      .heard(channelOf(subject), reading, engine.portfolios)
      .catch((error: unknown) => log.error({ subject, error: String(error) }, 'a reading of the regime was not taken'))
  })
}
