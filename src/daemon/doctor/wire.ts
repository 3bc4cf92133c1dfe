/** What NATS, gateways, feed and daemon are judged by. */
import type { Fault } from '#units/fault.js'
import { type Finding, fail, ok, skip, warn } from './check.js'
import { holderText, type LockReading } from './state.js'

/** Bodies of this size are sent, bytes. */
const PAYLOAD_BYTES = 64 * 1024
/** Requests cannot keep their deadlines far above this, milliseconds. */
const SLOW_ROUND_TRIP_MS = 100
/** Furthest a gateway's clock may be from ours, milliseconds: deadlines of orders are kept by both. */
const MAX_SKEW_MS = 1_000

const NOT_THIS_USER = 'ask as a user who may: the daemon asks gateways and hears prices, an operator asks the daemon'

/** What one server said before it knew who asks. */
export type ServerReading =
  | { readonly server: string; readonly version: string; readonly maxPayloadBytes: number | null }
  | { readonly server: string; readonly fault: Fault }

/** Judges the servers of a connection; any one of them will do, so only the loss of all is a failure. */
export function judgeServers(readings: readonly ServerReading[]): Finding {
  const answers = readings.flatMap((reading) => ('version' in reading ? [reading] : []))
  const silent = readings.flatMap((reading) => ('fault' in reading ? [reading.fault.message] : []))
  const said = answers.map(({ server, version }) => `${server} runs NATS ${version}`).join(', ')
  if (answers.length === 0)
    return fail(
      `NATS is down: ${silent.join('; ')}`,
      'systemctl start nats-server, or correct nats.servers; docs/runbooks/BallastNatsDisconnected.md',
    )
  if (silent.length > 0) return warn(`${said}; ${silent.join('; ')}`, 'bring the other servers of the cluster back')
  const small = answers.find(({ maxPayloadBytes }) => maxPayloadBytes !== null && maxPayloadBytes < PAYLOAD_BYTES)
  if (small !== undefined)
    return warn(
      `${small.server} takes messages of ${small.maxPayloadBytes} bytes at most, ${PAYLOAD_BYTES} may be sent`,
      'set max_payload: 64KB in its configuration',
    )
  const [least] = answers
    .map(({ maxPayloadBytes }) => maxPayloadBytes ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b)
  return ok(`${said}${Number.isFinite(least) ? `, messages up to ${Number(least) / 1024} KiB` : ''}`)
}

/** A connection that the server accepted. */
export interface LoginReading {
  /** As whom, in words: `as user core`. */
  readonly as: string
  readonly server: string
  readonly roundTripMs: number
  readonly inboxPrefix: string
  /** Whether the server lets us hear our own inbox. */
  readonly hearsInbox: boolean
}

/** Judges the login. */
export function judgeLogin({ as, server, roundTripMs, inboxPrefix, hearsInbox }: LoginReading): Finding {
  if (!hearsInbox)
    return fail(
      `accepted ${as}, but not allowed to listen on ${inboxPrefix}: no answer can arrive`,
      'set inbox_prefix to the one that the server permits this user, such as _INBOX_daemon',
    )
  const said = `accepted ${as}, NATS ${server}, round trip ${roundTripMs.toFixed(1)} ms`
  if (roundTripMs <= SLOW_ROUND_TRIP_MS) return ok(said)
  return warn(`${said}; above ${SLOW_ROUND_TRIP_MS} ms`, 'put daemon, gateway and server on one network')
}

const LOGIN_HINTS: Readonly<Record<string, string>> = {
  NATS_UNREACHABLE: 'systemctl start nats-server, or correct nats.servers',
  NATS_UNAUTHORISED:
    "give the user, password or nkey seed of a user in the server's file; after ballast init restart nats-server",
  NATS_TLS:
    'check tls.ca_file, cert_file and key_file: expired, for another name, or from an authority that is not known',
  NATS_VERSION: 'update nats-server to 2.9 or later',
  SECRET_UNREADABLE:
    'credential:NAME is only there in the unit: set CREDENTIALS_DIRECTORY, or use a --context with a file of its own',
}

/** Judges a login that failed. */
export function judgeRefusal({ code, message }: Fault): Finding {
  return fail(`${code}: ${message}`, LOGIN_HINTS[code] ?? 'docs/runbooks/BallastNatsDisconnected.md')
}

/** What came of asking a gateway for the account of one portfolio. */
export interface AccountReading {
  readonly portfolio: string
  /** As the portfolio is configured. */
  readonly mode: string
  readonly currency: string
  readonly answer:
    | { readonly mode: string; readonly currency: string; readonly tookMs: number; readonly skewMs: number }
    | { readonly fault: Fault /** The server did not let us ask. */; readonly denied: boolean }
}

/** Judges a gateway by the accounts of its portfolios; at least one. */
export function judgeGateway(gateway: string, readings: readonly AccountReading[]): Finding {
  let slowest = 0
  for (const { portfolio, mode, currency, answer } of readings) {
    if ('fault' in answer) return silence(gateway, answer.fault, answer.denied)
    if (answer.mode !== mode)
      return fail(
        `its account of ${portfolio} is ${answer.mode}, the portfolio is ${mode}: no order would be sent`,
        'correct mode or gateway in the file of that portfolio',
      )
    if (answer.currency !== currency)
      return warn(
        `its account of ${portfolio} is in ${answer.currency}, the portfolio in ${currency}`,
        'correct currency or gateway in the file of that portfolio',
      )
    slowest = Math.max(slowest, answer.tookMs)
  }
  const names = readings.map(({ portfolio, mode }) => `${portfolio} (${mode})`).join(', ')
  return ok(`answers within ${Math.ceil(slowest)} ms for ${names}`)
}

function silence(gateway: string, { code, message }: Fault, denied: boolean): Finding {
  if (denied) return skip(`this user may not ask gateways: ${message}`, NOT_THIS_USER)
  if (code === 'NO_RESPONDERS')
    return fail(
      `missing: nobody answers as ${gateway}`,
      `systemctl start ballast-gateway, or ballast gateway paper --name ${gateway}; is it connected as the gateway's user?`,
    )
  if (code === 'TIMEOUT')
    return fail(`silent: ${message}`, 'it hangs or waits for its venue; docs/runbooks/BallastGatewaySilent.md')
  return fail(`${code}: ${message}`, "look into the gateway's log: journalctl -u ballast-gateway")
}

/** Judges how far a gateway's clock is away, milliseconds. */
export function judgeSkew(skewMs: number): Finding {
  if (skewMs <= MAX_SKEW_MS) return ok(skewMs === 0 ? 'agrees with ours' : `${skewMs} ms away from ours`)
  return fail(
    `its clock is ${(skewMs / 1000).toFixed(1)} s away from ours (limit ${MAX_SKEW_MS / 1000} s): deadlines of orders differ`,
    'set both clocks by NTP: timedatectl set-ntp true, on both machines',
  )
}

/** What was heard of feeds. */
export interface FeedReading {
  readonly wanted: string
  readonly heard: readonly { readonly feed: string; readonly barSize: string; readonly latest: number }[]
  readonly listenedMs: number
  /** The server did not let us listen. */
  readonly denied: boolean
}

/** Judges the feed. */
export function judgeFeed({ wanted, heard, listenedMs, denied }: FeedReading): Finding {
  if (denied) return skip('this user may not hear market data', NOT_THIS_USER)
  const ours = heard.find(({ barSize }) => barSize === wanted)
  if (ours !== undefined) return ok(`${ours.feed} publishes ${wanted} bars, session ${ours.latest} is its newest`)
  const start = 'start the feed (ballast feed replay); docs/runbooks/BallastMarketDataStale.md'
  const [other] = heard
  if (other === undefined) return warn(`no heartbeat within ${listenedMs / 1000} s`, start)
  return warn(
    `${other.feed} publishes ${other.barSize} bars, feed.bar_size is ${wanted}`,
    'correct feed.bar_size, or start a feed with such bars',
  )
}

/** What came of asking the daemon how it is. */
export type DaemonReading =
  | {
      readonly kind: 'answered'
      readonly ready: boolean
      readonly troubles: readonly string[]
      readonly checks: number
    }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly fault: Fault }

/** Judges the daemon against who holds the state; null when the lock is not known. */
export function judgeDaemon(reading: DaemonReading, lock: LockReading | null): Finding {
  if (reading.kind === 'denied') return skip('this user may not ask the daemon', NOT_THIS_USER)
  if (reading.kind === 'failed') return unanswered(reading.fault, lock)
  if (lock !== null && lock.kind !== 'held' && lock.kind !== 'unreadable')
    return warn(
      'a daemon answers, but none holds this state directory',
      'is this the configuration it runs with? Two daemons on one NATS take each other’s commands',
    )
  if (reading.ready) return ok(`ready, ${reading.checks} checks of its own are well`)
  return warn('it answers and is not ready: no new run begins', 'see its own checks, below', reading.troubles)
}

function unanswered({ code, message }: Fault, lock: LockReading | null): Finding {
  const silent = code === 'NO_RESPONDERS' ? 'nobody answers for it on NATS' : `${code}: ${message}`
  if (lock?.kind === 'held')
    return warn(
      `${holderText(lock)} holds the state, but ${silent}`,
      'it may still be starting, or be connected elsewhere or as another user: journalctl -u ballast',
    )
  if (code === 'NO_RESPONDERS') return warn('none runs: nobody answers on NATS', 'systemctl start ballast')
  return warn(silent, 'journalctl -u ballast')
}
