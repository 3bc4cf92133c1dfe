import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import { compare, measureBreaks } from '#runtime/compare.js'
import type { Engine } from '#runtime/engine.js'

/** What is compared, and how often. */
export interface ComparisonOptions {
  readonly engine: Pick<Engine, 'host' | 'portfolios' | 'isReady'>
  readonly journal: Journal
  readonly gateway: Gateway
  readonly metrics: Metrics
  readonly log: Log
  readonly signal: AbortSignal
  /** Pause between two rounds, milliseconds. */
  readonly everyMs: number
}

/** Time a fill on its way has to arrive before a difference counts, milliseconds. */
const SETTLE_MS = 2_000

/**
 * Compares every portfolio's books with its gateway's, round after round until aborted, and measures and logs what
 * differs. Changes nothing: what a difference means is for a person to say. A gateway that does not answer is left to
 * those who watch it. Source: design engine.md section 3.7.
 */
export async function keepComparing(options: ComparisonOptions): Promise<void> {
  const { engine, journal, gateway, metrics, log, signal, everyMs } = options
  const between = () => sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted) {
    for (const portfolio of engine.portfolios.filter((id) => engine.isReady(id))) {
      const comparison = await compare(portfolio, { host: engine.host, journal, gateway, between }).catch(
        (error: unknown) => void log.debug({ portfolio, error: String(error) }, 'not compared'),
      )
      if (comparison === undefined || signal.aborted) continue
      measureBreaks(metrics, comparison)
      for (const { kind, message } of comparison.breaks) log.error({ portfolio, kind }, message)
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
