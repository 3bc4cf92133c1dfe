import type { Drive } from '../feed.js'
import { pace } from '../replay.js'
import { conduct } from './conduct.js'
import { remotePlayer } from './remote.js'

/** Longest wait for a player's answer to one step before it is asked again, milliseconds of real time. */
const STEP_MS = 5_000

/**
 * Publishes sessions in simulated time: a gateway and a daemon, each in its own process, are moved from deadline to
 * deadline and from session to session, the next one only when both have come to rest. The same sessions give the same
 * books, whatever happens to a process or a connection in between. `speed` is sessions a second at most; 0 is no limit.
 */
export const conducted =
  (speed: number): Drive =>
  async (publisher, { sessions }, signal, bus, log) => {
    const remote = { bus, signal, log, timeoutMs: STEP_MS }
    await conduct({
      // The gateway first: when the daemon looks at a session, its orders must meet that session's bars.
      players: [remotePlayer({ ...remote, name: 'gateway' }), remotePlayer({ ...remote, name: 'daemon' })],
      sessions,
      from: publisher.latest(),
      signal,
      show: (bars, number) => publisher.publish(bars, number),
      pace: () => pace(speed, signal),
    })
  }
