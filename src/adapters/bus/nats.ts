import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'

/** How to connect, and as whom. */
export interface NatsOptions {
  /** `nats://host:port` or `tls://host:port`, of one cluster. */
  readonly servers: readonly string[]
  /** Shown by the server's monitoring. */
  readonly name: string
  /** Subject prefix of the inboxes answers arrive on; default `_INBOX`. */
  readonly inboxPrefix?: string
  readonly user?: string
  readonly password?: string
  /** Seed of an nkey, `SU…`. */
  readonly nkeySeed?: string
  /** PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Announces this process to `$SRV` discovery, with every subject it serves as an endpoint. */
  readonly service?: { readonly name: string; readonly version: string; readonly description: string }
  readonly log?: Log
  readonly metrics?: Metrics
}

/** A bus over a NATS server. */
export interface NatsBus extends Bus {
  /** Version of the server connected to last. */
  readonly serverVersion: string
  /** Round trip to the server, milliseconds. */
  roundTripMs(): Promise<number>
}

/** Placeholder until the adapter lands in the same change. */
export declare function natsBus(options: NatsOptions, attempts: 'once' | 'forever'): Promise<NatsBus>
