import type { KillFile } from '#adapters/kill-file.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Engine } from '#runtime/engine.js'

/** Pause between two looks, milliseconds of real time: well within the second that a halt may take (invariant I12). */
const LOOK_MS = 250

/** What is watched, and who is told. */
export interface KillWatchOptions {
  readonly file: KillFile
  readonly engine: Pick<Engine, 'host' | 'portfolios' | 'restrain'>
  readonly metrics: Metrics
  readonly log: Log
  readonly lookMs?: number
  /** Does something again and again until called off; default: in real time. */
  readonly every?: (ms: number, act: () => void) => () => void
}

/**
 * Journals what the kill file says: while it is there, every portfolio that is not halted firm-wide is, so that its run
 * unwinds, its orders are cancelled and its gateway is told. The look before each order does not wait for this.
 * Taking the file away lifts nothing: that takes a command, a reason and books that agree.
 */
export function watchKill(options: KillWatchOptions): { close(): void } {
  const { file, engine, metrics, log, lookMs = LOOK_MS, every = repeated } = options
  let seen: string | null = null
  const look = (): void => {
    const reason = file.read()
    metrics.gauge('ballast_kill_file', reason === null ? 0 : 1)
    if (reason !== seen)
      log[reason === null ? 'warn' : 'error'](
        { path: file.path, reason },
        reason === null ? 'the kill file is gone; what it halted stays halted' : 'kill file: everything halts',
      )
    seen = reason
    if (reason === null) return
    for (const portfolio of engine.portfolios) {
      const known = engine.host.snapshot(portfolio)
      if (known === undefined || known.context.restraints?.firm?.to === 'halted') continue
      engine
        .restrain(portfolio, { scope: { kind: 'firm' }, to: 'halted', actor: 'kill-file', reason })
        .catch((error: unknown) => log.error({ portfolio, error: String(error) }, 'a halt was not journaled'))
    }
  }
  look()
  return { close: every(lookMs, look) }
}

function repeated(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms)
  return () => clearInterval(timer)
}
