import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Log, silentLog } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { packageRoot } from '../package-root.js'

/** What a process tells the service manager that started it. Without one every call does nothing. */
export interface ServiceManager {
  /** The service is up; also ends a reload. */
  ready(status: string): void
  /** One line for `systemctl status`. */
  status(status: string): void
  /** The service begins to stop. */
  stopping(): void
  /** The configuration is being read again; `ready` ends it. */
  reloading(): void
  /** The process is alive. */
  watchdog(): void
  /** The service manager kills the process when it has not heard `watchdog` for this long; null when it does not. */
  readonly watchdogMs: number | null
}

interface Addon {
  /** True when sent, false without `NOTIFY_SOCKET`, an Error when it could not be sent. */
  sdNotify(state: string): boolean | Error
}

/**
 * The service manager of this process, as `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` name it.
 * A message that cannot be sent is logged and goes no further: the service manager draws its own conclusions.
 * @throws Fault `ADDON_MISSING` (never) when there is a service manager and no addon to talk to it.
 * Source: sd_notify(3), sd_watchdog_enabled(3).
 */
export function serviceManager(log: Log = silentLog): ServiceManager {
  const addon = (process.env.NOTIFY_SOCKET ?? '') === '' ? undefined : loadAddon()
  const tell = (...lines: readonly string[]): void => {
    const outcome = addon?.sdNotify(lines.join('\n'))
    if (outcome instanceof Error) log.warn({ error: outcome.message, state: lines[0] }, 'service manager not reached')
  }
  return {
    ready: (status) => tell('READY=1', statusLine(status)),
    status: (status) => tell(statusLine(status)),
    stopping: () => tell('STOPPING=1', statusLine('stopping')),
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`),
    watchdog: () => tell('WATCHDOG=1'),
    watchdogMs: addon === undefined ? null : watchdogInterval(),
  }
}

/** A line break would begin another field. */
const statusLine = (status: string): string => `STATUS=${status.replace(/\s+/g, ' ').trim()}`

function watchdogInterval(): number | null {
  const { WATCHDOG_USEC: interval = '', WATCHDOG_PID: pid = '' } = process.env
  if (!/^[1-9]\d{0,15}$/.test(interval)) return null
  if (pid !== '' && pid !== String(process.pid)) return null
  return Number(interval) / 1_000
}

function loadAddon(): Addon {
  const path = join(packageRoot, 'build', 'Release', 'ballast.node')
  try {
    return createRequire(import.meta.url)(path) as Addon
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('ADDON_MISSING', `${path} cannot be loaded: ${reason}; run npm run setup`, 'never', { path })
  }
}
