import { setTimeout as pause } from 'node:timers/promises'
import { greetingOf } from '#adapters/bus/nats/greeting.js'
import { type NatsBus, natsBus } from '#adapters/bus/nats.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import { ask } from '#adapters/wire/exchange.js'
import { heartbeatMessage } from '#adapters/wire/market.js'
import { readValue } from '#adapters/wire/read.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { type Log, silentLog } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { natsOptions } from '../config/nats-files.js'
import type { NatsSettings } from '../config/nats-schema.js'
import { control } from '../control/messages.js'
import { skewMs } from '../wired/gateway-watch.js'
import { median } from './host.js'
import type { AccountReading, DaemonReading, FeedReading, LoginReading, ServerReading } from './wire.js'

const GREETING_MS = 4_000
const ROUND_TRIPS = 5

/** What each server of a connection says to anybody. */
export function readServers({ servers }: NatsSettings): Promise<readonly ServerReading[]> {
  const signal = new AbortController().signal
  return Promise.all(
    servers.map(async (server) => {
      try {
        const { version, maxPayloadBytes } = await greetingOf(server, GREETING_MS, signal)
        return { server, version, maxPayloadBytes }
      } catch (error) {
        return { server, fault: asFault(error) }
      }
    }),
  )
}

/** An open connection, and what the server did not allow on it. */
export interface Connection {
  readonly bus: NatsBus
  readonly login: LoginReading
  /** Whether the server refused to take what was sent on a subject, or to let us listen on it. */
  readonly refused: (operation: 'publish' | 'subscription', subject: string) => boolean
}

/** Connects once. @throws Fault as `natsBus`, `SECRET_UNREADABLE`. */
export async function connect(settings: NatsSettings): Promise<Connection> {
  const refusals = new Set<string>()
  const bus = await natsBus(natsOptions(settings, { name: 'ballast-doctor', log: noting(refusals) }), 'once')
  try {
    const trips: number[] = []
    for (let trip = 0; trip < ROUND_TRIPS; trip += 1) trips.push(await bus.roundTripMs())
    const prefix = settings.inbox_prefix
    return {
      bus,
      refused: (operation, subject) => refusals.has(`${operation} ${subject}`),
      login: {
        as: userOf(settings),
        server: bus.serverVersion,
        roundTripMs: median(trips),
        inboxPrefix: prefix,
        hearsInbox: ![...refusals].some((refusal) => refusal.startsWith(`subscription ${prefix}.`)),
      },
    }
  } catch (error) {
    await bus.close()
    throw error
  }
}

function userOf({ user, nkey_seed_file: seed, tls }: NatsSettings): string {
  if (user !== null) return `as user ${user}`
  if (seed !== null) return `as the nkey in ${seed}`
  return tls?.cert_file == null ? 'without credentials' : `by the certificate in ${tls.cert_file}`
}

/** A log that notes what the server does not allow. */
const noting = (refusals: Set<string>): Log => ({
  ...silentLog,
  error: ({ operation, subject }) => void refusals.add(`${String(operation)} ${String(subject)}`),
})

/** Asks a gateway for the account of each portfolio, all at once. */
export function readAccounts(
  { bus, refused }: Connection,
  policies: readonly PortfolioPolicy[],
  timeoutMs: number,
): Promise<readonly AccountReading[]> {
  return Promise.all(
    policies.map(async ({ id: portfolio, gateway, mode, currency }) => {
      const client = gatewayClient({ bus, gatewayOf: () => gateway, timeoutMs })
      const [asked, started] = [Date.now(), performance.now()]
      try {
        const account = await client.account(portfolio)
        const tookMs = performance.now() - started
        const answer = { ...account, tookMs, skewMs: skewMs(asked, account.at, Date.now()) }
        return { portfolio, mode, currency, answer }
      } catch (error) {
        const denied = refused('publish', subjects.gateway(gateway, 'account'))
        return { portfolio, mode, currency, answer: { fault: asFault(error), denied } }
      }
    }),
  )
}

/** Listens for heartbeats until one tells of the wanted bars, at most so long. */
export async function readFeed({ bus, refused }: Connection, wanted: string, listenedMs: number): Promise<FeedReading> {
  const heard = new Map<string, FeedReading['heard'][number]>()
  const over = new AbortController()
  const end = bus.subscribe(subjects.heartbeat, ({ body }) => {
    const read = readValue(heartbeatMessage, jsonOf(body))
    if (!read.success) return
    const { feed, bar_size: barSize, latest } = read.data
    heard.set(`${feed} ${barSize}`, { feed, barSize, latest })
    if (barSize === wanted) over.abort()
  })
  try {
    await bus.roundTripMs()
    const denied = refused('subscription', subjects.heartbeat)
    if (!denied) await pause(listenedMs, undefined, { signal: over.signal }).catch(() => undefined)
    return { wanted, heard: [...heard.values()], listenedMs, denied }
  } finally {
    end()
  }
}

/** Asks the daemon how it is. */
export async function readDaemon({ bus, refused }: Connection, timeoutMs: number): Promise<DaemonReading> {
  const subject = subjects.control('health')
  try {
    const { ready, checks } = await ask(bus, control.health, subject, {}, timeoutMs)
    const rows = Object.entries(checks)
    const troubles = rows.flatMap(([name, { ok, detail }]) => (ok ? [] : [`${name}: ${detail}`]))
    return { kind: 'answered', ready, troubles, checks: rows.length }
  } catch (error) {
    return refused('publish', subject) ? { kind: 'denied' } : { kind: 'failed', fault: asFault(error) }
  }
}

/** Anything thrown as a Fault, so that no check can end the examination. */
export const asFault = (error: unknown): Fault =>
  error instanceof Fault
    ? error
    : new Fault('UNEXPECTED', error instanceof Error ? error.message : String(error), 'never')

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
