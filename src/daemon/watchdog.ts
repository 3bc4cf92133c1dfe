import type { ServiceManager } from '#adapters/systemd/notify.js'
import type { Log } from '#ports/log.js'

/** Durations and wake-ups that no clock change disturbs. */
export interface Stopwatch {
  /** Milliseconds since some moment. */
  nowMs(): number
  /** Calls back once, `delayMs` from now or later; returns how to call it off. */
  after(delayMs: number, callback: () => void): () => void
}

/** What the watchdog needs. */
export interface WatchdogOptions {
  /** The process is killed when it has not been fed for this long. */
  readonly intervalMs: number
  readonly feed: () => void
  /**
   * Resolves when the journal still commits. Nothing but this process may decide it: an outage of a gateway or of NATS
   * must not become a restart.
   */
  readonly probe: () => Promise<void>
  readonly log: Log
  /** Default: the process's own. */
  readonly stopwatch?: Stopwatch
}

/**
 * Feeds a watchdog three times in its interval, as long as the event loop turns in time (late by a sixth of the
 * interval at most) and the probe answers before the next feeding. A probe that hangs is not started again.
 * Returns how to stop it.
 */
export function startWatchdog({ intervalMs, feed, probe, log, stopwatch = own }: WatchdogOptions): () => void {
  const periodMs = intervalMs / 3
  const lateMs = intervalMs / 6
  let stopped = false
  let probing = false
  let cancel: () => void

  const look = async (): Promise<void> => {
    const began = stopwatch.nowMs()
    probing = true
    try {
      await probe()
      const tookMs = stopwatch.nowMs() - began
      if (stopped) return
      if (tookMs > periodMs) log.warn({ tookMs }, 'the journal answered too late; watchdog not fed')
      else feed()
    } catch (error) {
      log.warn({ error: String(error) }, 'the journal does not commit; watchdog not fed')
    } finally {
      probing = false
    }
  }
  const schedule = (): void => {
    const due = stopwatch.nowMs() + periodMs
    cancel = stopwatch.after(periodMs, () => {
      const lagMs = stopwatch.nowMs() - due
      schedule()
      if (lagMs > lateMs) log.warn({ lagMs }, 'the event loop is late; watchdog not fed')
      else if (probing) log.warn({}, 'the journal has not answered yet; watchdog not fed')
      else void look()
    })
  }
  schedule()
  return () => {
    stopped = true
    cancel()
  }
}

const own: Stopwatch = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    timer.unref() // a watchdog is no reason to go on
    return () => clearTimeout(timer)
  },
}

/** Feeds the service manager's watchdog, when it has one; returns how to stop. */
export function watchOver(
  manager: Pick<ServiceManager, 'watchdog' | 'watchdogMs'>,
  probe: WatchdogOptions['probe'],
  log: Log,
): () => void {
  const { watchdogMs: intervalMs } = manager
  if (intervalMs === null) return () => undefined
  return startWatchdog({ intervalMs, feed: () => manager.watchdog(), probe, log })
}
