import { type Msg, type NatsConnection, PermissionViolationError, type Subscription } from 'nats'
import type { BusState, Message, Unsubscribe } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import type { NatsOptions } from '../nats.js'
import { connectForever, connectOnce } from './connect.js'
import { Link } from './link.js'
import { headersOf } from './message.js'

/** Refusals remembered, so that each is logged once. */
const MOST_REFUSALS = 1_000

interface Listening {
  readonly pattern: string
  readonly queue: string | undefined
  readonly handle: (message: Msg) => void
  /** On the current connection; null between connections. */
  live: Subscription | null
}

/** What stays while connections come and go: who listens to what, and the wish to be connected. */
export class Session {
  /** Version of the server connected to last. */
  serverVersion = ''
  private readonly listening = new Set<Listening>()
  private readonly listeners = new Set<(state: BusState) => void>()
  private readonly refused = new Set<string>()
  private readonly ending = new AbortController()
  private link: Link | null = null
  private current: BusState = 'disconnected'
  private connections = 0

  /** `denied` is told of every subject the server did not let this user publish on. */
  constructor(
    private readonly options: NatsOptions,
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly denied: (subject: string) => void,
  ) {
    metrics.gauge('ballast_nats_connected', 0)
  }

  get state(): BusState {
    return this.current
  }

  onState(listener: (state: BusState) => void): Unsubscribe {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** @throws Fault as `natsBus` says. */
  async open(attempts: 'once' | 'forever'): Promise<void> {
    const { signal } = this.options
    const calledOff = signal === undefined ? this.ending.signal : AbortSignal.any([signal, this.ending.signal])
    if (attempts === 'forever') return this.persist(calledOff, 'at once')
    if (await this.adopt(await connectOnce(this.options, calledOff))) return
    throw new Fault('NATS_UNREACHABLE', 'the server closed the connection at once', 'safe', {
      servers: this.options.servers,
    })
  }

  /** Listens now and after every reconnect. Errors of the handler are its own: they must not get here. */
  listen(pattern: string, queue: string | undefined, handle: (message: Msg) => void): Unsubscribe {
    const entry: Listening = { pattern, queue, handle, live: null }
    this.listening.add(entry)
    if (this.link !== null) entry.live = this.link.listen(pattern, queue, handle)
    return () => {
      if (!this.listening.delete(entry)) return
      entry.live?.unsubscribe()
    }
  }

  /**
   * False when there is no connection: nothing was sent and nothing will be.
   * @throws what the client library throws on a message that cannot travel.
   */
  send({ subject, body, headers }: Message, reply?: string): boolean {
    if (this.link === null) return false
    const given = headersOf(headers)
    return this.link.send(subject, body, {
      ...(reply === undefined ? {} : { reply }),
      ...(given === undefined ? {} : { headers: given }),
    })
  }

  /** Resolves true when the server has taken in all that was sent before, false when there is no connection. */
  async flushed(): Promise<boolean> {
    return (await this.link?.flushed()) ?? false
  }

  /** Resolves when there is no connection. */
  async disconnected(): Promise<void> {
    await this.link?.lost
  }

  /** From here on no connection is made; the present one stays. */
  retire(): void {
    this.ending.abort()
    this.turn('closed')
  }

  /** Stops listening to anything but `kept`; resolves when all that was sent to us before has been handed on. */
  async drain(kept: string): Promise<void> {
    // A draining subscription hands on what the server sends until the server has understood.
    for (const { pattern, live } of this.listening) if (pattern !== kept) live?.drain().catch(() => undefined)
    await this.flushed()
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.retire()
    const { link } = this
    this.link = null
    this.metrics.gauge('ballast_nats_connected', 0)
    await link?.close()
  }

  private persist(calledOff: AbortSignal, begin: 'at once' | 'after a pause'): Promise<void> {
    return connectForever(this.options, calledOff, this.log, (connection) => this.adopt(connection), begin)
  }

  /** Makes a new connection ours; false when it was lost before the server knew what we listen to. */
  private async adopt(connection: NatsConnection): Promise<boolean> {
    if (this.ending.signal.aborted) {
      await connection.close()
      throw new Fault('CLOSED', 'the bus was closed', 'never')
    }
    const link = new Link(connection, {
      lost: (reason, slow) => this.lost(link, reason, slow),
      complained: (error) => this.complained(error),
    })
    this.link = link
    this.serverVersion = connection.info?.version ?? ''
    for (const entry of this.listening) entry.live = link.listen(entry.pattern, entry.queue, entry.handle)
    if (!(await link.flushed()) || this.current === 'closed') return this.current === 'closed'
    this.metrics.gauge('ballast_nats_connected', 1)
    if (this.connections > 0) this.metrics.count('ballast_nats_reconnects_total')
    this.connections += 1
    this.log.info({ server: connection.getServer(), version: this.serverVersion }, 'NATS: connected')
    this.turn('connected')
    return true
  }

  private lost(link: Link, reason: string, slow: boolean): void {
    if (this.link !== link) return
    this.link = null
    for (const entry of this.listening) entry.live = null
    this.metrics.gauge('ballast_nats_connected', 0)
    const cause = slow
      ? 'NATS: connection lost: too slow a consumer, this process had not kept up'
      : 'NATS: connection lost'
    this.log.warn({ reason, slow }, cause)
    if (this.current !== 'connected') return
    this.turn('disconnected')
    void this.persist(this.ending.signal, 'after a pause').catch(() => undefined) // closed meanwhile
  }

  private complained(error: Error): void {
    const kind = error instanceof PermissionViolationError ? `${error.operation} ${error.subject}` : error.message
    if (!this.refused.has(kind)) {
      if (this.refused.size >= MOST_REFUSALS) this.refused.clear()
      this.refused.add(kind)
      if (error instanceof PermissionViolationError)
        this.log.error({ operation: error.operation, subject: error.subject }, 'NATS: the server does not allow this')
      else this.log.warn({ reason: error.message }, 'NATS: the server complained')
    }
    if (error instanceof PermissionViolationError && error.operation === 'publish') this.denied(error.subject)
  }

  private turn(state: BusState): void {
    if (this.current === state || this.current === 'closed') return
    this.current = state
    for (const listener of [...this.listeners])
      try {
        listener(state)
      } catch (error) {
        this.log.error({ state, error: String(error) }, 'NATS: a listener to the state failed')
      }
  }
}
