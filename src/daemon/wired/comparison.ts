import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#ports/log.js'
import type { Engine } from '#runtime/engine.js'
import { Fault } from '#units/fault.js'

/** What is compared, and how often. */
export interface ComparisonOptions {
  readonly engine: Pick<Engine, 'portfolios' | 'isReady' | 'reconcile'>
  readonly log: Log
  readonly signal: AbortSignal
  /** Pause between two rounds, milliseconds. */
  readonly everyMs: number
  /** Waits so many milliseconds; default: in real time, no longer than until it is aborted. */
  readonly rest?: (ms: number) => Promise<unknown>
}

/** Time a fill on its way has to arrive before a difference counts, milliseconds. */
const SETTLE_MS = 2_000

/**
 * Reconciles every portfolio with its gateway, round after round until aborted: what the gateway did unheard is booked,
 * what differs for good halts its portfolio and is logged. A gateway that does not answer is left to those who watch it;
 * whatever else keeps books from being compared is logged as an error.
 * Source: design engine.md section 3.7.
 */
export async function keepComparing({ engine, log, signal, everyMs, rest }: ComparisonOptions): Promise<void> {
  const pause = rest ?? ((ms) => sleep(ms, undefined, { signal }).catch(() => undefined))
  const between = async (): Promise<void> => void (await pause(SETTLE_MS))
  while (!signal.aborted) {
    for (const portfolio of engine.portfolios.filter((id) => engine.isReady(id))) {
      const comparison = await engine.reconcile(portfolio, between).catch((error: unknown) => {
        const passing = error instanceof Fault && error.retry !== 'never'
        log[passing ? 'debug' : 'error']({ portfolio, error: String(error) }, 'not compared')
      })
      if (comparison === undefined || signal.aborted) continue
      for (const { kind, message } of comparison.breaks) log.error({ portfolio, kind }, message)
    }
    await pause(everyMs)
  }
}
