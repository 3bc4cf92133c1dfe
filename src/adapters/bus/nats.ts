import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import { openBus } from './nats/bus.js'

/** How to connect, and as whom. */
export interface NatsOptions {
  /** `nats://host:port` or `tls://host:port`, of one cluster; `tls:` refuses a server without TLS. */
  readonly servers: readonly string[]
  /** Shown by the server's monitoring. */
  readonly name: string
  /** Subject prefix of the inboxes answers arrive on; default `_INBOX`. */
  readonly inboxPrefix?: string
  readonly user?: string
  readonly password?: string
  /** Seed of an nkey, `SU…`. */
  readonly nkeySeed?: string
  /** PEM texts. With any of them, a server without TLS is refused. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Announces this process to `$SRV` discovery, with every subject it serves as an endpoint. */
  readonly service?: { readonly name: string; readonly version: string; readonly description: string }
  readonly log?: Log
  readonly metrics?: Metrics
  /** Calls off the attempts before the first connection; no effect afterwards. */
  readonly signal?: AbortSignal
}

/** A bus over a NATS server. */
export interface NatsBus extends Bus {
  /** Version of the server connected to last. */
  readonly serverVersion: string
  /**
   * Round trip to the server, milliseconds. Once it resolves, the server knows every subscription and server made
   * before. @throws Fault `DISCONNECTED`, `CLOSED`.
   */
  roundTripMs(): Promise<number>
}

/**
 * Connects to the first server of the list that answers, in random order. `once` tries each server once; `forever`
 * tries until one accepts, logging each new kind of failure once. Once connected the bus reconnects for ever by itself,
 * about 0.1 to 2 s apart, with everything subscribed and served; nothing said while disconnected is sent later.
 *
 * Unlike a bus within one process, a plain subscription that matches a subject hides `NO_RESPONDERS` on it: the server
 * counts any listener as somebody who might answer, and the request times out.
 * @throws Fault `NATS_UNREACHABLE` (safe), `NATS_UNAUTHORISED`, `NATS_TLS`, `NATS_VERSION` (older than 2.9.0; all
 * never), `CLOSED` (called off by the signal); RangeError on a service name or version that discovery cannot carry.
 */
export function natsBus(options: NatsOptions, attempts: 'once' | 'forever'): Promise<NatsBus> {
  return openBus(options, attempts)
}
