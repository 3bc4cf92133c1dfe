import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type ConnectionOptions,
  connect,
  type NatsConnection,
  nkeyAuthenticator,
  nkeys,
  type TlsOptions as PemTexts,
} from 'nats'
import type { Log } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import type { NatsOptions } from '../nats.js'
import { addressOf, type Greeting, greetingOf } from './greeting.js'

/** How long a server may take to greet, and then to accept. */
const CONNECT_TIMEOUT_MS = 4_000
/** A dead connection is noticed after three of these. */
const PING_INTERVAL_MS = 2_000
const OLDEST_SERVER = '2.9.0'
const SHORTEST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2_000

/**
 * One connection to the first server that accepts, in random order. It does not reconnect by itself: what it had in
 * its buffers ends with it.
 * @throws Fault as `natsBus` says, of the last server tried.
 */
export async function connectOnce(options: NatsOptions, signal: AbortSignal): Promise<NatsConnection> {
  let last: unknown
  for (const server of shuffled(options.servers)) {
    let greeting: Greeting | undefined
    try {
      greeting = await greetingOf(server, CONNECT_TIMEOUT_MS, signal)
      checkVersion(server, greeting.version)
      return await connect(connectionOptions(options, server))
    } catch (error) {
      if (signal.aborted) throw calledOff()
      last = faultOf(error, server, greeting?.wantsCertificate === true)
    }
  }
  throw last ?? new RangeError('no NATS server is named')
}

/**
 * Tries until `take` accepts a connection: about 0.1 to 2 s apart, each wait drawn anew so that many clients do not come at
 * once; the first attempt may wait too. Each new kind of failure is logged once.
 * @throws Fault `CLOSED` once the signal calls it off.
 */
export async function connectForever(
  options: NatsOptions,
  signal: AbortSignal,
  log: Log,
  take: (connection: NatsConnection) => Promise<boolean>,
  begin: 'at once' | 'after a pause',
): Promise<void> {
  const told = new Set<string>()
  for (let attempt = begin === 'at once' ? 0 : 1; ; attempt += 1) {
    if (attempt > 0) await pause(waitMs(attempt), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) throw calledOff()
    try {
      if (await take(await connectOnce(options, signal))) return
    } catch (error) {
      if (!(error instanceof Fault) || signal.aborted) throw error
      const kind = `${error.code} ${String(error.data.server)} ${String(error.data.reason)}`
      if (!told.has(kind)) log.warn({ code: error.code, reason: error.message }, 'NATS: no connection, trying on')
      told.add(kind)
    }
  }
}

/** Between half of the shortest and the whole of a growing wait. */
function waitMs(attempt: number): number {
  const longest = Math.min(SHORTEST_WAIT_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_WAIT_MS)
  return SHORTEST_WAIT_MS / 2 + (longest - SHORTEST_WAIT_MS / 2) * Math.random()
}

const calledOff = (): Fault => new Fault('CLOSED', 'connecting to NATS was called off', 'never')

/** Refuses an nkey seed that no server could accept. @throws Fault `NATS_UNAUTHORISED`. */
export function checkSeed(seed: string): void {
  try {
    nkeys.fromSeed(Buffer.from(seed))
  } catch {
    throw new Fault('NATS_UNAUTHORISED', 'the nkey seed is not a valid one', 'never')
  }
}

function connectionOptions(options: NatsOptions, server: string): ConnectionOptions {
  const { user, password, nkeySeed } = options
  const tls = tlsOptions(options, server)
  return {
    servers: [server],
    name: options.name,
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...(user === undefined ? {} : { user, pass: password ?? '' }),
    ...(nkeySeed === undefined ? {} : { authenticator: nkeyAuthenticator(Buffer.from(nkeySeed)) }),
    ...(tls === undefined ? {} : { tls }),
  }
}

/** Without options the library still takes TLS up when the server offers it, and then trusts the system's authorities. */
function tlsOptions({ tls }: NatsOptions, server: string): PemTexts | undefined {
  const { host, tls: asked } = addressOf(server)
  // The library names no host for an address, and Node would then expect a certificate for `localhost`.
  const expected = isIP(host) ? { host } : { servername: host }
  return tls === undefined && !asked ? undefined : { ...tls, ...expected }
}

function checkVersion(server: string, version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 2 || (major === 2 && minor >= 9)) return
  throw new Fault('NATS_VERSION', `${server} runs NATS ${version}, ${OLDEST_SERVER} or later is needed`, 'never', {
    server,
    reason: version,
  })
}

/**
 * What kept a connection from coming about, in our words. A server that wants a certificate and does not like ours
 * hangs up; its reason is often lost on the way.
 */
function faultOf(error: unknown, server: string, wantsCertificate: boolean): Fault {
  if (error instanceof Fault) return error
  const { code, message, name } = (
    error instanceof Error ? error : new Error('closed the connection')
  ) as NodeJS.ErrnoException
  const reason = code === undefined ? message : `${code}: ${message}`
  const data = { server, reason }
  if (name === 'AuthorizationError' && !/timeout/i.test(message))
    return new Fault('NATS_UNAUTHORISED', `${server} refused the credentials: ${reason}`, 'never', data)
  if (isTls(code, message)) return new Fault('NATS_TLS', `${server}: no secure connection: ${reason}`, 'never', data)
  const hungUp = !(error instanceof Error) || code === 'ECONNRESET' || code === 'EPIPE'
  if (wantsCertificate && hungUp)
    return new Fault('NATS_TLS', `${server} wants a certificate, and hung up on ours: ${reason}`, 'never', data)
  return new Fault('NATS_UNREACHABLE', `${server}: ${reason}`, 'safe', data)
}

/** Codes of Node's TLS and OpenSSL, and the library's two sentences about a server that does not offer TLS. */
function isTls(code: string | undefined, message: string): boolean {
  return (
    /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|INVALID_(CA|PURPOSE)|HOSTNAME_|EPROTO)/.test(
      code ?? '',
    ) || /'tls'|\bcertificate\b|\bSSL\b|\bPEM\b/i.test(message)
  )
}

function shuffled(servers: readonly string[]): readonly string[] {
  return servers
    .map((server) => ({ server, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ server }) => server)
}
