import type { Bus, BusState, Message, Unsubscribe } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import { Fault } from '#units/fault.js'
import { later } from '#units/time.js'
import { systemClock } from '../clock/system.js'
import { checkBody, checkedMessage } from './message.js'
import { checkPattern, matches } from './subject.js'

/** What a bus within one process needs. */
export interface MemoryBusOptions {
  /** Times requests out; default the machine's clock. */
  readonly clock?: Clock
  /** Told what a subscriber or server threw; default: nobody. */
  readonly onError?: (error: unknown, subject: string) => void
}

interface Subscription {
  readonly pattern: string
  readonly handler: (message: Message) => void
}

interface Server {
  readonly subject: string
  readonly handler: (message: Message) => Promise<string>
}

/**
 * A bus within one process, for demo, replay and tests. Delivery is never inline and in the order of publishing over
 * all subscriptions, so a single-threaded run is the same every time. Servers of one subject take turns. A server that
 * fails leaves its requester to time out: what it did before is unknown.
 */
export function memoryBus(options: MemoryBusOptions = {}): Bus {
  return new MemoryBus(options.clock ?? systemClock(), options.onError ?? (() => undefined))
}

class MemoryBus implements Bus {
  private readonly subscriptions = new Set<Subscription>()
  /** In the order of their next turn. */
  private readonly servers = new Set<Server>()
  private readonly queue: (() => void)[] = []
  private draining = false
  private replies = 0
  private readonly open = new Set<Promise<unknown>>()
  private readonly listeners = new Set<(state: BusState) => void>()
  private closing: Promise<void> | null = null

  constructor(
    private readonly clock: Clock,
    private readonly onError: (error: unknown, subject: string) => void,
  ) {}

  /** Never disconnected: there is nothing between the two ends. */
  state(): BusState {
    return this.closing === null ? 'connected' : 'closed'
  }

  onState(listener: (state: BusState) => void): Unsubscribe {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  publish(subject: string, body: string, headers?: Readonly<Record<string, string>>): void {
    this.accepting()
    const message = checkedMessage(subject, body, headers)
    this.deliver(message)
    const server = this.nextServer(subject)
    if (server !== undefined) this.enqueue(() => void this.track(this.answer(server, message)))
  }

  subscribe(pattern: string, handler: (message: Message) => void): Unsubscribe {
    this.accepting()
    checkPattern(pattern)
    const subscription: Subscription = { pattern, handler }
    this.subscriptions.add(subscription)
    return () => void this.subscriptions.delete(subscription)
  }

  serve(subject: string, handler: (message: Message) => Promise<string>): Unsubscribe {
    this.accepting()
    checkPattern(subject)
    const server: Server = { subject, handler }
    this.servers.add(server)
    return () => void this.servers.delete(server)
  }

  async request(
    subject: string,
    body: string,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Message> {
    this.accepting()
    const message = checkedMessage(subject, body, headers)
    const server = this.nextServer(subject)
    if (server === undefined) throw new Fault('NO_RESPONDERS', `nobody serves ${subject}`, 'ask-first', { subject })
    this.deliver(message)
    return this.track(this.exchange(server, message, timeoutMs))
  }

  close(): Promise<void> {
    if (this.closing === null) {
      this.closing = this.drained()
      for (const listener of this.listeners) listener('closed')
    }
    return this.closing
  }

  private accepting(): void {
    if (this.closing !== null) throw new Fault('CLOSED', 'the bus is closed', 'never')
  }

  /** The server whose turn it is on this subject; its next turn comes after all others'. */
  private nextServer(subject: string): Server | undefined {
    for (const server of this.servers)
      if (matches(server.subject, subject)) {
        this.servers.delete(server)
        this.servers.add(server)
        return server
      }
    return undefined
  }

  private deliver(message: Message): void {
    for (const subscription of this.subscriptions)
      if (matches(subscription.pattern, message.subject))
        this.enqueue(() => {
          if (this.subscriptions.has(subscription)) this.contain(message.subject, () => subscription.handler(message))
        })
  }

  private exchange(server: Server, message: Message, timeoutMs: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      const callOff = this.clock.wake(later(this.clock.now(), timeoutMs), () =>
        reject(
          new Fault('TIMEOUT', `no answer on ${message.subject} within ${timeoutMs} ms`, 'ask-first', {
            subject: message.subject,
            timeoutMs,
          }),
        ),
      )
      this.enqueue(() => {
        void this.track(this.answer(server, message)).then((body) => {
          if (body === undefined) return
          callOff()
          this.replies += 1
          resolve(checkedMessage(`_INBOX.${this.replies}`, body))
        })
      })
    })
  }

  /** The server's answer; undefined when it failed. */
  private async answer(server: Server, message: Message): Promise<string | undefined> {
    try {
      const body = await server.handler(message)
      checkBody(message.subject, body)
      return body
    } catch (error) {
      this.onError(error, message.subject)
      return undefined
    }
  }

  private contain(subject: string, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.onError(error, subject)
    }
  }

  private enqueue(delivery: () => void): void {
    this.queue.push(delivery)
    if (this.draining) return
    this.draining = true
    queueMicrotask(() => this.drain())
  }

  private drain(): void {
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) next()
    } finally {
      // An `onError` that throws ends this turn, not the bus.
      this.draining = this.queue.length > 0
      if (this.draining) queueMicrotask(() => this.drain())
    }
  }

  /** Keeps work in view of {@link close} until it is over. */
  private track<T>(work: Promise<T>): Promise<T> {
    this.open.add(work)
    const done = (): void => void this.open.delete(work)
    work.then(done, done)
    return work
  }

  private async drained(): Promise<void> {
    while (this.queue.length > 0 || this.open.size > 0) {
      await Promise.resolve()
      await Promise.allSettled(this.open)
    }
    this.subscriptions.clear()
    this.servers.clear()
  }
}
