import { InvalidArgumentError, type Msg } from 'nats'
import type { BusState, Message, Unsubscribe } from '#ports/bus.js'
import { type Log, silentLog } from '#ports/log.js'
import { type Metrics, noMetrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import { trafficClass } from '../../wire/subjects.js'
import { checkBody, checkedMessage } from '../message.js'
import type { NatsBus, NatsOptions } from '../nats.js'
import { checkPattern } from '../subject.js'
import { checkSeed } from './connect.js'
import { messageOf } from './message.js'
import { Requests } from './requests.js'
import { type Discovery, discovery, type EndpointCounter, QUEUE } from './service.js'
import { Session } from './session.js'

/** Longest that closing waits for what was accepted. */
const DRAIN_MS = 10_000
/** Requests answered at the same time; one beyond gets no answer. */
const MOST_ANSWERS = 10_000

type Handler = (message: Message) => Promise<string>

/** See `natsBus`. */
export async function openBus(options: NatsOptions, attempts: 'once' | 'forever'): Promise<NatsBus> {
  if (options.nkeySeed !== undefined) checkSeed(options.nkeySeed)
  const bus = new WireBus(options)
  await bus.open(attempts)
  return bus
}

class WireBus implements NatsBus {
  private readonly log: Log
  private readonly metrics: Metrics
  private readonly session: Session
  private readonly requests: Requests
  private readonly discovery: Discovery | null
  /** Requests and answers under way. */
  private readonly working = new Set<Promise<unknown>>()
  private dropped = 0
  private answering = 0
  private closing: Promise<void> | null = null

  constructor(options: NatsOptions) {
    this.log = options.log ?? silentLog
    this.metrics = options.metrics ?? noMetrics
    this.requests = new Requests(options.inboxPrefix ?? '_INBOX', (subject, outcome, tookMs) =>
      this.metrics.observe('ballast_nats_request_duration_seconds', tookMs / 1_000, {
        class: trafficClass(subject),
        outcome,
      }),
    )
    this.session = new Session(options, this.log, this.metrics, (subject) => this.requests.denied(subject))
    this.session.listen(this.requests.pattern, undefined, (message) => this.requests.arrived(message))
    this.discovery = options.service === undefined ? null : discovery(options.service)
    for (const { subject, answer } of this.discovery?.questions ?? [])
      this.session.listen(subject, undefined, ({ reply }) => this.reply(subject, reply, answer()))
  }

  get serverVersion(): string {
    return this.session.serverVersion
  }

  async open(attempts: 'once' | 'forever'): Promise<void> {
    try {
      await this.session.open(attempts)
    } catch (error) {
      await this.session.close()
      throw error
    }
  }

  state(): BusState {
    return this.session.state
  }

  onState(listener: (state: BusState) => void): Unsubscribe {
    return this.session.onState(listener)
  }

  publish(subject: string, body: string, headers?: Message['headers']): void {
    this.accepting()
    this.say(checkedMessage(subject, body, headers))
  }

  subscribe(pattern: string, handler: (message: Message) => void): Unsubscribe {
    this.accepting()
    checkPattern(pattern)
    return this.session.listen(pattern, undefined, (message) => {
      this.counted(message.subject, 'in')
      try {
        handler(messageOf(message))
      } catch (error) {
        this.log.error({ subject: message.subject, error: String(error) }, 'NATS: a subscriber failed')
      }
    })
  }

  serve(subject: string, handler: Handler): Unsubscribe {
    this.accepting()
    checkPattern(subject)
    const counter = this.discovery?.endpoint(subject)
    const end = this.session.listen(subject, QUEUE, (message) => {
      this.counted(message.subject, 'in')
      if (this.answering >= MOST_ANSWERS)
        this.log.warn(
          { subject: message.subject, answering: this.answering },
          'NATS: too many requests, one is dropped',
        )
      else void this.track(this.answer(message, handler, counter))
    })
    let ended = false
    return () => {
      if (ended) return
      ended = true
      end()
      counter?.end()
    }
  }

  async request(subject: string, body: string, timeoutMs: number, headers?: Message['headers']): Promise<Message> {
    this.accepting()
    const message = checkedMessage(subject, body, headers)
    const answer = await this.track(
      this.requests.ask(message, timeoutMs, (reply) => {
        if (!this.sent(message, reply)) throw disconnected(subject)
      }),
    )
    this.counted(subject, 'in')
    return answer
  }

  async roundTripMs(): Promise<number> {
    this.accepting()
    const started = performance.now()
    if (await this.session.flushed()) return performance.now() - started
    this.accepting()
    throw disconnected('')
  }

  close(): Promise<void> {
    if (this.closing === null) {
      this.closing = Promise.resolve().then(() => this.drained())
      this.session.retire()
    }
    return this.closing
  }

  private accepting(): void {
    if (this.session.state === 'closed') throw new Fault('CLOSED', 'the bus is closed', 'never')
  }

  /** Sends and counts. @throws Fault `PAYLOAD_TOO_LARGE` when the server takes less than we do. */
  private sent(message: Message, reply?: string): boolean {
    try {
      const sent = this.session.send(message, reply)
      if (sent) this.counted(message.subject, 'out')
      return sent
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      throw new Fault('PAYLOAD_TOO_LARGE', `${message.subject}: more than the server takes`, 'never', {
        subject: message.subject,
      })
    }
  }

  /** Sends, or drops what cannot be sent. */
  private say(message: Message, reply?: string): void {
    if (this.sent(message, reply)) return
    this.dropped += 1
    this.log.debug({ subject: message.subject, dropped: this.dropped }, 'NATS: disconnected, a message is dropped')
  }

  private async answer(message: Msg, handler: Handler, counter: EndpointCounter | undefined): Promise<void> {
    const { subject, reply } = message
    const started = performance.now()
    this.answering += 1
    try {
      const body = await handler(messageOf(message))
      checkBody(subject, body)
      this.reply(subject, reply, body)
      counter?.answered(performance.now() - started)
    } catch (error) {
      counter?.answered(performance.now() - started, error)
      // A fault is the world's doing, and may be silence on purpose; anything else is a bug in the server.
      const level = error instanceof Fault ? 'warn' : 'error'
      this.log[level]({ subject, error: String(error) }, 'NATS: a server failed, the request gets no answer')
    } finally {
      this.answering -= 1
    }
  }

  /** Answers to an inbox, on the connection of the moment. */
  private reply(subject: string, inbox: string | undefined, body: string): void {
    if (inbox === undefined || inbox === '') return
    try {
      if (this.session.send({ subject: inbox, body, headers: {} })) this.counted(subject, 'out')
      else this.log.debug({ subject }, 'NATS: disconnected, an answer is dropped')
    } catch (error) {
      this.log.error({ subject, error: String(error) }, 'NATS: an answer cannot be sent')
    }
  }

  private counted(subject: string, direction: 'in' | 'out'): void {
    this.metrics.count('ballast_nats_messages_total', { class: trafficClass(subject), direction })
  }

  /** Keeps work in view of {@link close} until it is over. */
  private track<T>(work: Promise<T>): Promise<T> {
    this.working.add(work)
    const done = (): void => void this.working.delete(work)
    work.then(done, done)
    return work
  }

  private async drained(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS)
    })
    const lost = this.session.disconnected()
    await Promise.race([this.session.drain(this.requests.pattern).then(() => this.idle()), lost, tooLong])
    // No answer arrives any more; what is being answered here goes on to its end.
    this.requests.abandon()
    await Promise.race([this.idle(), tooLong])
    clearTimeout(timer)
    await Promise.race([this.session.flushed(), new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
    await this.session.close()
  }

  private async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.allSettled(this.working)
  }
}

const disconnected = (subject: string): Fault =>
  new Fault('DISCONNECTED', `not connected to NATS, nothing was sent${subject && ` on ${subject}`}`, 'safe', {
    subject,
  })
