import { setTimeout as pause } from 'node:timers/promises'
import { ask } from '#adapters/wire/exchange.js'
import { exec } from '#adapters/wire/exec.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { portfolioId } from '#units/ids.js'

/** What is asked, and for how long. */
export interface AloneOptions {
  readonly bus: Bus
  /** The gateway's name, a token of its subjects. */
  readonly name: string
  readonly timeoutMs: number
  readonly log: Log
  /** Ends the wait for a connection. */
  readonly signal: AbortSignal
}

/** Any portfolio will do: who answers anything is there. */
const ANYBODY = portfolioId('nobody')
/** Pause between two looks for a connection, milliseconds. */
const LOOK_MS = 50
/** Questions without an answer after which only a listener can be there, or a gateway that is stuck. */
const UNANSWERED = 3

/**
 * Makes sure, before a gateway serves, that no other has its name: the two would each get a part of the orders, and
 * neither know the whole. Waits for a connection first. Silence counts as nobody, with a warning: a plain subscription
 * on the subject looks just so. One that starts in the same moment, or has lost its connection,
 * is not seen.
 * @throws Fault `GATEWAY_TAKEN` (never) when somebody answers, a refusal included.
 */
export async function assertAlone({ bus, name, timeoutMs, log, signal }: AloneOptions): Promise<void> {
  const subject = subjects.gateway(name, 'account')
  for (let unanswered = 0; unanswered < UNANSWERED && !signal.aborted; ) {
    const answer = await ask(bus, exec.account, subject, { portfolio: ANYBODY }, timeoutMs).then(
      () => 'ANSWERED',
      (error: unknown) => (error instanceof Fault ? error.code : String(error)),
    )
    if (answer === 'NO_RESPONDERS' || answer === 'CLOSED') return
    if (answer === 'TIMEOUT') unanswered += 1
    else if (answer === 'DISCONNECTED') await pause(LOOK_MS, undefined, { signal }).catch(() => undefined)
    else
      throw new Fault(
        'GATEWAY_TAKEN',
        `another gateway called ${name} answers on ${subject}: stop that one first, or start this one with another --name`,
        'never',
        { name, subject },
      )
  }
  if (!signal.aborted) log.warn({ subject }, 'somebody listens where this gateway serves and does not answer')
}
