import { checkBody, checkedMessage } from '#adapters/bus/message.js'
import { checkPattern, matches } from '#adapters/bus/subject.js'
import type { Bus, BusState, Message, Unsubscribe } from '#ports/bus.js'
import { Fault } from '#units/fault.js'
import { later } from '#units/time.js'
import type { Chance, Range } from './chance.js'
import type { LifeClock } from './clock.js'
import type { Life } from './life.js'
import type { Timeline } from './timeline.js'

/** How a network treats messages at present. */
export interface Weather {
  readonly delayMs: Range
  /** Share of messages that take as long as {@link slowMs}: others overtake them. */
  readonly slow: number
  readonly slowMs: Range
  /** The same for orders on their way. */
  readonly slowOrders: number
  readonly drop: number
  readonly duplicate: number
}

/** A network on which everything arrives soon, once and in order. */
export const FAIR: Weather = { delayMs: [1, 1], slow: 0, slowMs: [0, 0], slowOrders: 0, drop: 0, duplicate: 0 }

/** What is seen on the line, from outside of both ends. */
export interface Taps {
  /** A request leaves a process. */
  readonly sent?: (life: Life, message: Message) => void
  /** A process has answered a request. */
  readonly answered?: (life: Life, message: Message, body: string) => void
}

interface Served {
  readonly life: Life
  readonly pattern: string
  readonly handler: (message: Message) => Promise<string>
}

interface Heard {
  readonly life: Life
  readonly pattern: string
  readonly handler: (message: Message) => void
}

/** A network between processes that may drop, delay, reorder and duplicate messages, or part the processes altogether. */
export class Net {
  weather: Weather = FAIR
  /** Null while connected; whether the processes know of the cut, or learn of it by their timeouts. */
  cut: 'known' | 'silent' | null = null
  /** Whose request is being handed over at this very moment. */
  sender: Life | null = null
  readonly #served = new Set<Served>()
  /** Who serves a subject, in turn; forgotten whenever somebody comes or goes. */
  readonly #serving = new Map<string, Served[]>()
  readonly #heard = new Set<Heard>()
  #replies = 0

  constructor(
    readonly timeline: Timeline,
    readonly chance: Chance,
    readonly taps: Taps = {},
  ) {}

  /** A process's connection; it ends with the process. */
  end(life: Life, clock: LifeClock): Bus {
    return new End(this, life, clock)
  }

  serve(served: Served): Unsubscribe {
    checkPattern(served.pattern)
    this.#served.add(served)
    this.#serving.clear()
    return () => this.#end(served)
  }

  subscribe(heard: Heard): Unsubscribe {
    checkPattern(heard.pattern)
    this.#heard.add(heard)
    return () => void this.#heard.delete(heard)
  }

  leave(life: Life): void {
    for (const served of this.#served) if (served.life === life) this.#end(served)
    for (const heard of this.#heard) if (heard.life === life) this.#heard.delete(heard)
  }

  /** Whether anybody answers on a subject. */
  isServed(subject: string): boolean {
    return this.#servers(subject).length > 0
  }

  /** Sends copies on their way to one of those who serve the subject when they arrive. */
  send(life: Life, message: Message, answer: (reply: Message) => void): void {
    this.taps.sent?.(life, message)
    const { duplicate, slow, slowOrders } = this.weather
    const late = message.subject.endsWith('.submit') ? slowOrders : slow
    this.#travel(() => this.#handOver(life, message, answer), late)
    if (this.chance.is(duplicate)) this.#travel(() => this.#handOver(life, message, answer), late)
  }

  /** Tells every subscription, and one server, whose answer goes nowhere. */
  publish(life: Life, message: Message): void {
    this.#travel(() => {
      for (const heard of this.#heard)
        if (matches(heard.pattern, message.subject)) this.timeline.after(0, () => tell(heard, message))
      if (this.isServed(message.subject)) this.#handOver(life, message, () => undefined)
    })
  }

  #handOver(sender: Life, message: Message, answer: (reply: Message) => void): void {
    const served = this.#next(message.subject)
    if (served === undefined || !served.life.touch()) return
    this.sender = sender
    const answering = handled(served, message)
    this.sender = null
    void answering.then((body) => {
      if (body === null || !served.life.touch()) return
      this.taps.answered?.(served.life, message, body)
      this.#replies += 1
      const reply = checkedMessage(`_INBOX.${this.#replies}`, body)
      this.#travel(() => answer(reply))
    })
  }

  #travel(arrive: () => void, slow = this.weather.slow): void {
    const { chance, weather } = this
    const lost = chance.is(weather.drop)
    const ms = chance.is(slow) ? chance.within(weather.slowMs) : chance.within(weather.delayMs)
    if (lost || this.cut !== null) return
    this.timeline.after(ms, () => {
      if (this.cut === null) arrive()
    })
  }

  /** The server whose turn it is; its next turn comes after all others'. */
  #next(subject: string): Served | undefined {
    const servers = this.#servers(subject)
    const next = servers.shift()
    if (next !== undefined) servers.push(next)
    return next
  }

  #servers(subject: string): Served[] {
    const known = this.#serving.get(subject)
    if (known !== undefined) return known
    const found = [...this.#served].filter(({ pattern }) => matches(pattern, subject))
    this.#serving.set(subject, found)
    return found
  }

  #end(served: Served): void {
    this.#served.delete(served)
    this.#serving.clear()
  }
}

/** The server's answer; null when it failed. */
async function handled({ handler }: Served, message: Message): Promise<string | null> {
  try {
    const body = await handler(message)
    checkBody(message.subject, body)
    return body
  } catch {
    return null
  }
}

function tell({ life, handler }: Heard, message: Message): void {
  try {
    if (life.touch()) handler(message)
  } catch {
    // a subscriber's error is its own
  }
}

class End implements Bus {
  #closed = false
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #listeners = new Set<(state: BusState) => void>()

  constructor(
    readonly net: Net,
    readonly life: Life,
    readonly clock: LifeClock,
  ) {
    life.onEnd(() => net.leave(life))
  }

  state(): BusState {
    if (this.#closed) return 'closed'
    return this.net.cut === 'known' ? 'disconnected' : 'connected'
  }

  onState(listener: (state: BusState) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  publish(subject: string, body: string, headers?: Readonly<Record<string, string>>): void {
    this.#accepting()
    const message = checkedMessage(subject, body, headers)
    if (this.life.touch()) this.net.publish(this.life, message)
  }

  subscribe(pattern: string, handler: (message: Message) => void): Unsubscribe {
    this.#accepting()
    return this.net.subscribe({ life: this.life, pattern, handler })
  }

  serve(pattern: string, handler: (message: Message) => Promise<string>): Unsubscribe {
    this.#accepting()
    return this.net.serve({ life: this.life, pattern, handler })
  }

  async request(
    subject: string,
    body: string,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Message> {
    this.#accepting()
    const message = checkedMessage(subject, body, headers)
    if (!this.life.touch()) return new Promise(() => undefined)
    if (this.net.cut === 'known') throw new Fault('DISCONNECTED', 'no connection', 'safe', { subject })
    if (this.net.cut === null && !this.net.isServed(subject))
      throw new Fault('NO_RESPONDERS', `nobody serves ${subject}`, 'ask-first', { subject })
    const asked = this.#ask(message, timeoutMs)
    this.#underWay.add(asked)
    const done = (): void => void this.#underWay.delete(asked)
    asked.then(done, done)
    return asked
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const listener of this.#listeners) listener('closed')
    await Promise.allSettled(this.#underWay)
    this.net.leave(this.life)
  }

  #ask(message: Message, timeoutMs: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      const { subject } = message
      const callOff = this.clock.wake(later(this.clock.now(), timeoutMs), () =>
        reject(new Fault('TIMEOUT', `no answer on ${subject} within ${timeoutMs} ms`, 'ask-first', { subject })),
      )
      this.net.send(this.life, message, (reply) => {
        if (!this.life.touch()) return
        callOff()
        resolve(reply)
      })
    })
  }

  #accepting(): void {
    if (this.#closed) throw new Fault('CLOSED', 'the bus is closed', 'never')
  }
}
