import { setTimeout as sleep } from 'node:timers/promises'
import { answering, ask } from '#adapters/wire/exchange.js'
import { tickExchange } from '#adapters/wire/sim.js'
import { type Player as PlayerName, subjects } from '#adapters/wire/subjects.js'
import type { Bus, Unsubscribe } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { toIso } from '#units/time.js'
import type { Player, Rest, Step } from './player.js'

/** Lets whoever conducts the simulation over the bus move a player of this process. */
export function servePlayer(bus: Bus, name: PlayerName, player: Player): Unsubscribe {
  return answering(bus, tickExchange, subjects.tick(name), async ({ ts, phase, session }) => {
    const { next, ...rest } = await player.tick({ at: ts, phase, session })
    return { ...rest, next: next === null ? null : toIso(next) }
  })
}

/** How a player in another process is reached. */
export interface RemoteOptions {
  readonly bus: Bus
  readonly name: PlayerName
  readonly signal: AbortSignal
  readonly log: Log
  /** How long a player may work on one step before it is asked again, milliseconds. */
  readonly timeoutMs: number
}

/** Pause before a player that is away is asked again. */
const PAUSE_MS = 20

/**
 * A player in another process. Whatever becomes of the connection or of that process, the same step is sent again until
 * it is answered: steps are absolute, so one taken twice is taken once.
 */
export function remotePlayer({ bus, name, signal, log, timeoutMs }: RemoteOptions): Player {
  return {
    async tick({ at, phase, session }: Step): Promise<Rest> {
      for (let tries = 1; ; tries += 1) {
        try {
          return await ask(bus, tickExchange, subjects.tick(name), { ts: toIso(at), phase, session }, timeoutMs)
        } catch (error) {
          if (!(error instanceof Fault) || error.retry === 'never') throw error
          if (signal.aborted) return { taken: false, quiet: false, settled: false, steps: 0, next: null }
          if (tries % 250 === 0) log.warn({ player: name, tries, error: String(error) }, 'still waiting for a player')
          await sleep(PAUSE_MS)
        }
      }
    },
  }
}
