import type { Bus, BusState, Message, Unsubscribe } from '#ports/bus.js'
import { Fault } from '#units/fault.js'

/**
 * A bus that may not be there yet: disconnected until it arrives, with everything that was subscribed and served by
 * then. A daemon can so restore its books, say that it is ready and go on without waiting for a server.
 */
export function lateBus(arriving: Promise<Bus>): Bus {
  return new LateBus(arriving)
}

/** Something to register on the bus once it is there, and how to end that. */
interface Wish {
  readonly make: (bus: Bus) => Unsubscribe
  end: Unsubscribe | null
}

class LateBus implements Bus {
  private bus: Bus | null = null
  private closing: Promise<void> | null = null
  private readonly wishes = new Set<Wish>()
  private readonly listeners = new Set<(state: BusState) => void>()

  constructor(arriving: Promise<Bus>) {
    arriving.then(
      (bus) => this.arrived(bus),
      () => undefined, // whoever made the promise hears of it
    )
  }

  state(): BusState {
    return this.closing !== null ? 'closed' : (this.bus?.state() ?? 'disconnected')
  }

  onState(listener: (state: BusState) => void): Unsubscribe {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  publish(subject: string, body: string, headers?: Readonly<Record<string, string>>): void {
    this.accepting()
    this.bus?.publish(subject, body, headers)
  }

  subscribe(pattern: string, handler: (message: Message) => void): Unsubscribe {
    return this.wish((bus) => bus.subscribe(pattern, handler))
  }

  serve(subject: string, handler: (message: Message) => Promise<string>): Unsubscribe {
    return this.wish((bus) => bus.serve(subject, handler))
  }

  async request(
    subject: string,
    body: string,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Message> {
    this.accepting()
    if (this.bus === null) throw new Fault('DISCONNECTED', 'not connected yet', 'safe', { subject })
    return this.bus.request(subject, body, timeoutMs, headers)
  }

  close(): Promise<void> {
    if (this.closing === null) {
      this.closing = this.bus?.close() ?? Promise.resolve()
      this.tell('closed')
    }
    return this.closing
  }

  private arrived(bus: Bus): void {
    if (this.closing !== null) {
      bus.close().catch(() => undefined)
      return
    }
    this.bus = bus
    bus.onState((state) => this.tell(state))
    for (const wish of this.wishes) wish.end = wish.make(bus)
    this.tell(bus.state())
  }

  private wish(make: Wish['make']): Unsubscribe {
    this.accepting()
    const wish: Wish = { make, end: this.bus === null ? null : make(this.bus) }
    this.wishes.add(wish)
    return () => {
      this.wishes.delete(wish)
      wish.end?.()
    }
  }

  private tell(state: BusState): void {
    for (const listener of this.listeners) listener(state)
  }

  private accepting(): void {
    if (this.closing !== null) throw new Fault('CLOSED', 'the bus is closed', 'never')
  }
}
