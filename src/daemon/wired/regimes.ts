import { regimeReadingIn } from '#adapters/wire/regime.js'
import { channelOf, subjects } from '#adapters/wire/subjects.js'
import { volatilityReadingIn } from '#adapters/wire/volatility.js'
import type { Bus, Unsubscribe } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Engine } from '#runtime/engine.js'
import { type Instant, MINUTE_MS } from '#units/time.js'

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
 * Takes readings of external detectors, and levels of volatility indices, to the portfolios that listen to their channel, until called off. What is no reading, or
 * one of the future, is counted and left. A reading that is lost is made good by the next: detectors repeat themselves.
 */
export function hearRegimes({ bus, engine, clock, log, metrics }: RegimeHearing): Unsubscribe {
  const refused = (subject: string, why: string): void => {
    metrics.count('ballast_nats_invalid_messages_total', { class: 'market' })
    log.warn({ subject, why }, 'a reading of the market is not taken')
  }
  const hear = <T extends { readonly at: Instant }>(
    all: string,
    read: (body: string) => T | undefined,
    take: (channel: string, reading: T) => Promise<void>,
  ): Unsubscribe =>
    bus.subscribe(all, ({ subject, body }) => {
      const reading = read(body)
      if (reading === undefined) return refused(subject, 'it is not understood')
      if (reading.at - clock.now() > AHEAD_MS) return refused(subject, 'it is of a later time than now')
      take(channelOf(subject), reading).catch((error: unknown) =>
        log.error({ subject, error: String(error) }, 'a reading of the market was not taken'),
      )
    })
  const ends = [
    hear(subjects.regime('*'), regimeReadingIn, (channel, reading) =>
      engine.regimes.heard(channel, reading, engine.portfolios),
    ),
    hear(subjects.volatility('*'), volatilityReadingIn, (channel, reading) =>
      engine.regimes.volatility.heard(channel, reading, engine.portfolios),
    ),
  ]
  return () => {
    for (const end of ends) end()
  }
}
