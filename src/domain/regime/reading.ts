import type { InstrumentId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { BarSize } from '../market.js'
import type { RegimeReading } from './multiplier.js'
import { forgottenAfter, thresholdsOf } from './thresholds.js'
import { regimesOf } from './transitions.js'

/** Closes of one session as decimal text; an absent one is missing. */
export interface TimedCloses {
  readonly session: string
  readonly at: Instant
  readonly closes: Readonly<Record<InstrumentId, string>>
}

/** Sessions a detector has to be shown: as many as it remembers, whatever the size of its bars. */
export const DETECTOR_SESSIONS = Math.max(
  ...(['1m', '1d', '1mo'] as const).map((size) => forgottenAfter(thresholdsOf(size, 'closes'))),
)

/**
 * What the built-in detector says of one instrument after these sessions, oldest first; null while there are too few of its
 * closes. Since nothing older has a say, {@link DETECTOR_SESSIONS} of them are enough for what a detector that was always there would
 * say, and a restart needs no state. A session without a close is passed over. Cost O(sessions × memory), about a millisecond.
 */
export function detectorReading(
  sessions: readonly TimedCloses[],
  instrument: InstrumentId,
  barSize: BarSize,
): RegimeReading | null {
  const priced = sessions.filter(({ closes }) => Number(closes[instrument]) > 0)
  const bars = priced.map(({ session, closes }) => {
    const close = Number(closes[instrument])
    return { label: session, high: close, low: close, close }
  })
  const history = regimesOf(bars, barSize, 'closes')
  const last = priced.at(-1)
  if (!history.ok || last === undefined || history.value.last.figures === null) return null
  const { regime, confidence } = history.value.last
  return { regime, confidence, at: last.at }
}
