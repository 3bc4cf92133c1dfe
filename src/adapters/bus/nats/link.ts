import { ClosedConnectionError, DrainingConnectionError, type Msg, type NatsConnection, type Subscription } from 'nats'

/** A stall of this length before a connection is lost makes us the likely cause, milliseconds. */
const STALL_MS = 1_000
/** How long a stall is remembered; servers cut off a client that has not read for 10 s by default. */
const STALL_MEMORY_MS = 15_000
const TICK_MS = 200

/** What a link tells its bus. */
export interface LinkObserver {
  /** The connection is gone, once. `slow` when this process had not kept up with what it was sent. */
  lost(reason: string, slow: boolean): void
  /** What the server complained about; a `PermissionViolationError` names the subject. */
  complained(error: Error): void
}

/** One connection from its first to its last moment; nothing of it survives into the next. */
export class Link {
  /** Resolves when the connection is gone. */
  readonly lost: Promise<void>
  private alive = true
  private last = 'the server closed the connection'
  private pendingPings = 0
  private over: () => void = () => undefined
  private stall = { ms: 0, at: Number.NEGATIVE_INFINITY }
  private readonly ticking: NodeJS.Timeout

  constructor(
    private readonly connection: NatsConnection,
    private readonly observer: LinkObserver,
  ) {
    this.lost = new Promise((resolve) => {
      this.over = resolve
    })
    let ticked = performance.now()
    this.ticking = setInterval(() => {
      const late = performance.now() - ticked - TICK_MS
      ticked += late + TICK_MS
      if (late > STALL_MS) this.stall = { ms: late, at: ticked }
    }, TICK_MS).unref()
    void this.watch()
    void connection.closed().then((error) => this.gone(error instanceof Error ? error.message : this.last))
  }

  /** Hands every message on, in the order of arrival over all subscriptions, until the link is gone. */
  listen(pattern: string, queue: string | undefined, handle: (message: Msg) => void): Subscription {
    return this.connection.subscribe(pattern, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        // A refused subscription is told here too; what is thrown here would end the reading of this connection.
        if (error === null && this.alive) handle(message)
      },
    })
  }

  /** False when the connection is just ending: nothing was sent. @throws what the library says of the message. */
  send(...message: Parameters<NatsConnection['publish']>): boolean {
    if (!this.alive) return false
    try {
      this.connection.publish(...message)
      return true
    } catch (error) {
      if (error instanceof ClosedConnectionError || error instanceof DrainingConnectionError) return false
      throw error
    }
  }

  /** Resolves true when the server has taken in all that was sent before, false when the link is lost instead. */
  flushed(): Promise<boolean> {
    // The library's promise never settles when the connection ends meanwhile.
    return Promise.race([
      this.connection.flush().then(
        () => true,
        () => false,
      ),
      this.lost.then(() => false),
    ])
  }

  /** Ends the connection; `lost` of the observer is not called. */
  async close(): Promise<void> {
    this.end()
    await this.connection.close()
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'ping') this.pendingPings = status.pendingPings
      if (status.type === 'error') {
        this.last = status.error.message
        this.observer.complained(status.error)
      }
      if (status.type === 'staleConnection') {
        this.pendingPings = 0 // silence of the other side, not slowness of ours
        this.gone('no answer to pings')
        void this.connection.close()
      }
    }
  }

  private gone(reason: string): void {
    if (!this.alive) return
    const now = performance.now()
    const stalled = this.stall.ms > 0 && now - this.stall.at < STALL_MEMORY_MS
    this.end()
    this.observer.lost(reason, stalled || this.pendingPings > 1)
  }

  private end(): void {
    if (!this.alive) return
    this.alive = false
    clearInterval(this.ticking)
    this.over()
  }
}
