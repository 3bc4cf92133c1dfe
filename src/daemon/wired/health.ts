import type { Bus } from '#ports/bus.js'
import type { Journal } from '#ports/journal.js'
import type { Engine } from '#runtime/engine.js'
import type { Disk } from '../disk.js'
import { portfolioChecks } from '../health.js'
import type { Health, HealthCheck } from '../http.js'
import type { GatewayWatch } from './gateway-watch.js'

/** What the health of a daemon on the wire is made of. */
export interface Vitals {
  readonly bus: Bus
  /** Milliseconds since the feed was heard last; null before. */
  readonly feedAgeMs: () => number | null
  /** Whether every session the feed is known to have published has been heard. */
  readonly feedCurrent: () => boolean
  /** How far clocks are from the time decisions are made by, milliseconds: the machine's, and the feed's (null before). */
  readonly skewMs: () => { readonly wall: number; readonly feed: number | null }
  readonly maxSkewMs: number
  /** A feed silent for longer is not trusted, milliseconds. */
  readonly silentAfterMs: number
  /** Null when a simulation asks for no answers in real time. */
  readonly gateways: GatewayWatch | null
  /** Whether somebody conducts the simulation and waits for whoever is away: then only the disk holds runs back. */
  readonly conducted: boolean
  readonly disk: Disk
  readonly softFreeBytes: number
}

/**
 * Why no new run may begin, in the order an operator would look; null when it may. Orders under way do not depend on it.
 * Source: design engine.md section 6.
 */
export function heldBackBy(vitals: Vitals): string | null {
  const { disk, ...others } = checksOf(vitals)
  const checks = vitals.conducted ? [disk] : [...Object.values(others), disk]
  return checks.find((check) => check?.ok === false)?.detail ?? null
}

/** The daemon's checks: NATS, feed, gateways, disk, and every portfolio reconciled. */
export function wiredHealth(vitals: Vitals, parts: { readonly engine: Engine; readonly journal: Journal }): Health {
  return () => ({ ...checksOf(vitals), ...portfolioChecks(parts) })
}

function checksOf(vitals: Vitals): Readonly<Record<string, HealthCheck>> {
  const { bus, disk, softFreeBytes, gateways } = vitals
  const connected = bus.state() === 'connected'
  const free = disk.freeBytes()
  const checks: Record<string, HealthCheck> = {
    nats: { ok: connected, detail: connected ? 'connected' : 'not connected to NATS', ageMs: null },
    clock: clockCheck(vitals),
    feed: feedCheck(vitals),
    disk: {
      ok: free >= softFreeBytes,
      detail: `${gibibytes(free)} free on the journal's disk${free >= softFreeBytes ? '' : `, less than ${gibibytes(softFreeBytes)}`}`,
      ageMs: null,
    },
  }
  for (const [name, { trouble, ageMs }] of Object.entries(gateways?.health() ?? {}))
    checks[`gateway ${name}`] = {
      ok: trouble === null,
      detail: trouble === null ? 'answers' : `gateway ${name}: ${trouble}`,
      ageMs,
    }
  return checks
}

function feedCheck({ feedAgeMs, feedCurrent, silentAfterMs }: Vitals): HealthCheck {
  const ageMs = feedAgeMs()
  if (ageMs === null) return { ok: false, detail: 'no market data heard yet', ageMs }
  if (!feedCurrent()) return { ok: false, detail: 'market data is behind its feed, catching up', ageMs }
  const ok = ageMs <= silentAfterMs
  return { ok, detail: ok ? 'heard' : 'market data is silent', ageMs }
}

function clockCheck({ skewMs, maxSkewMs }: Vitals): HealthCheck {
  const { wall, feed } = skewMs()
  const away = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(1)} s away (limit ${maxSkewMs / 1000} s)`
  if (Math.abs(wall) > maxSkewMs)
    return { ok: false, detail: `the machine's clock was set: ${away(wall)} from the time kept here`, ageMs: null }
  if (feed !== null && Math.abs(feed) > maxSkewMs)
    return { ok: false, detail: `the feed's clock is ${away(feed)} from ours`, ageMs: null }
  return { ok: true, detail: 'agrees', ageMs: null }
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
