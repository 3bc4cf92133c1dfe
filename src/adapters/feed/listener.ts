import { z } from 'zod'
import type { BarSize } from '#domain/market.js'
import type { Bus, Message } from '#ports/bus.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { DroppedPrice, SessionBars } from '#ports/market-feed.js'
import { type Metrics, noMetrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import { ask } from '../wire/exchange.js'
import { barMessage, heartbeatMessage, historyExchange, sessionMessage } from '../wire/market.js'
import { readValue } from '../wire/read.js'
import { subjects } from '../wire/subjects.js'
import { collectBars, judged, type RawSession } from './collect.js'
import { type Persistent, persistent, type Step } from './persist.js'

/** What to listen to, and whom to tell. */
export interface MarketListenerOptions {
  readonly bus: Bus
  readonly barSize: BarSize
  /** Instruments wanted; absent means all. */
  readonly universe?: readonly InstrumentId[]
  /** Stamps what was heard. */
  readonly clock: Clock
  readonly log: Log
  readonly metrics?: Metrics
  /**
   * A session with its usable prices and its number in the feed's present run. Called once for every session, in order,
   * never inline with the constructor. What it throws is logged; the session counts as delivered.
   */
  readonly onSession: (bars: SessionBars, number: number) => void
  /** The feed is alive: a session, a heartbeat, an answer. */
  readonly onHeard?: (feed: string) => void
  /** A heartbeat of the feed followed, and when it was sent by its own clock. */
  readonly onBeat?: (sentAt: Instant) => void
  /** How long history may take to answer. */
  readonly timeoutMs: number
}

/** The listening end of market data. */
export interface MarketListener {
  /** The feed is known and every session it is known to have published has been delivered. */
  ready(): boolean
  /** When the feed was last heard, heartbeats included; null before the first time. */
  lastHeardAt(): Instant | null
  /**
   * Resolves when the session with this number has been delivered; without one, when everything published by now has.
   * Waits as long as it takes. @throws Fault `CLOSED` (never) when closed before
   */
  catchUp(upTo?: number): Promise<void>
  /** Ends listening; nothing is delivered after it. */
  close(): void
}

/**
 * Follows one feed from its first session on: what is missed on the way is had from its history, never skipped.
 *
 * The first feed to answer for its history is followed as long as this listener lives; messages of another are refused
 * and do not count as heard. Two sources may adjust prices differently, and the step between them would look like a
 * move of the market: changing the source is for a person to decide, by a restart.
 * A feed that starts anew (another `run`) numbers from 1 again: its sessions up to the last one delivered, by date, are
 * passed over. Who speaks for a feed's name is settled by asking: the run that answers is the one followed, so a late
 * message of an earlier run changes nothing.
 */
export const marketListener = (options: MarketListenerOptions): MarketListener => new Listener(options)

interface Waiter {
  readonly upTo: number
  readonly resolve: () => void
  readonly reject: (fault: Fault) => void
}

class Listener implements MarketListener {
  private feed: string | null = null
  private run: string | null = null
  /** Numbers of the present run: everything up to the first is delivered, the second is known to be published. */
  private delivered = 0
  private latest = 0
  private last: Pick<RawSession, 'session' | 'ts'> | null = null
  private heardAt: Instant | null = null
  private closed = false

  private readonly wanted: ReadonlySet<string> | undefined
  private readonly metrics: Metrics
  private collected = collectBars()
  private readonly waiters = new Set<Waiter>()
  private readonly ends: (() => void)[]
  /** Asking for history until in step with the feed. */
  private readonly asking: Persistent
  /** What was complained about since all was well: each thing is said once. */
  private readonly complaints = new Set<string>()

  constructor(private readonly options: MarketListenerOptions) {
    const { bus, barSize, universe, metrics } = options
    this.wanted = universe === undefined ? undefined : new Set(universe)
    this.metrics = metrics ?? noMetrics
    this.asking = persistent(() => this.askOnce())
    this.ends = [
      bus.subscribe(subjects.bars(barSize), (message) => this.onBar(message)),
      bus.subscribe(subjects.session(barSize), (message) => this.onSession(message)),
      bus.subscribe(subjects.heartbeat, (message) => this.onHeartbeat(message)),
      bus.onState((state) => {
        if (state === 'connected') void this.ask()
      }),
    ]
    void this.ask()
  }

  ready(): boolean {
    return this.run !== null && this.delivered >= this.latest
  }

  lastHeardAt(): Instant | null {
    return this.heardAt
  }

  async catchUp(upTo?: number): Promise<void> {
    if (this.closed) throw closedFault()
    if (upTo === undefined) {
      await this.ask()
      if (this.closed) throw closedFault()
    } else if (this.delivered < upTo) {
      const reached = new Promise<void>((resolve, reject) => this.waiters.add({ upTo, resolve, reject }))
      void this.ask()
      await reached
    }
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    for (const end of this.ends) end()
    this.asking.stop()
    for (const { reject } of this.waiters) reject(closedFault())
    this.waiters.clear()
  }

  private onBar(message: Message): void {
    const bar = this.read(barMessage, message)
    if (bar === undefined || bar.feed !== this.feed || bar.run !== this.run) return
    this.heardAt = this.options.clock.now()
    this.collected.bar(bar)
  }

  private onSession(message: Message): void {
    const session = this.read(sessionMessage, message)
    if (session === undefined || !this.follows(session)) return
    this.latest = Math.max(this.latest, session.number)
    this.collected.announce(session)
    this.deliverCollected()
    if (!this.ready()) void this.ask()
  }

  private onHeartbeat(message: Message): void {
    const beat = this.read(heartbeatMessage, message)
    if (beat === undefined || beat.bar_size !== this.options.barSize || !this.follows(beat)) return
    this.options.onBeat?.(beat.ts)
    this.latest = Math.max(this.latest, beat.latest)
    if (!this.ready()) void this.ask()
  }

  /** Whether a message is of the feed and run followed; asks who answers when the run is another. */
  private follows({ feed, run }: { readonly feed: string; readonly run: string }): boolean {
    if (this.feed !== null && !this.isOurs(feed)) return false
    if (this.feed !== null) this.heard()
    if (run === this.run) return true
    void this.ask()
    return false
  }

  private isOurs(feed: string): boolean {
    if (feed === this.feed) return true
    this.complain('FEED', { feed, followed: this.feed }, 'another feed is refused')
    return false
  }

  private heard(): void {
    this.heardAt = this.options.clock.now()
    if (this.feed !== null) this.options.onHeard?.(this.feed)
  }

  private ask(): Promise<void> {
    return this.asking.run()
  }

  private async askOnce(): Promise<Step> {
    const { bus, barSize, timeoutMs } = this.options
    const after = this.delivered
    try {
      return this.accept(await ask(bus, historyExchange, subjects.history(barSize), { after }, timeoutMs), after)
    } catch (error) {
      const code = error instanceof Fault ? error.code : 'INTERNAL'
      if (code === 'CLOSED') this.close()
      else this.complain(code, { error: String(error) }, 'no price history for now; asking again')
      return 'failed'
    }
  }

  private accept(answer: z.output<typeof historyExchange.answer>, after: number): Step {
    if (this.closed) return 'done'
    this.feed ??= answer.feed
    if (!this.isOurs(answer.feed)) return 'failed'
    this.heard()
    if (answer.run !== this.run) {
      this.begin(answer.run, answer.latest)
      if (after > 0) return 'more'
    }
    this.latest = Math.max(this.latest, answer.latest)
    const before = this.delivered
    for (const session of answer.sessions) if (session.number === this.delivered + 1) this.deliver(session)
    this.deliverCollected()
    if (this.ready()) {
      this.complaints.clear()
      return 'done'
    }
    if (this.delivered === before) {
      this.complain('GAP', { after: before, latest: this.latest }, 'history lacks a session; asking again')
      return 'failed'
    }
    return 'more'
  }

  private begin(run: string, latest: number): void {
    const { feed, delivered } = this
    if (this.run === null) this.options.log.info({ feed }, 'following feed')
    else this.options.log.warn({ feed, delivered }, 'the feed has started anew')
    this.run = run
    this.delivered = 0
    this.latest = latest
    this.collected = collectBars()
  }

  private deliverCollected(): void {
    for (let next = this.collected.complete(this.delivered + 1); next !== undefined && !this.closed; ) {
      this.deliver(next)
      next = this.collected.complete(this.delivered + 1)
    }
  }

  private deliver(raw: RawSession): void {
    if (this.closed) return
    this.delivered = raw.number
    this.collected.forget(raw.number)
    if (this.isLater(raw)) {
      this.last = { session: raw.session, ts: raw.ts }
      const { bars, dropped } = judged(raw, this.wanted)
      this.tellDropped(dropped)
      try {
        this.options.onSession(bars, raw.number)
      } catch (error) {
        this.options.log.error({ error, session: raw.session }, 'a session was not taken')
      }
    }
    for (const waiter of this.waiters)
      if (waiter.upTo <= this.delivered) {
        this.waiters.delete(waiter)
        waiter.resolve()
      }
  }

  /** Not delivered before by an earlier run: a later date, or within the day for bars shorter than one. */
  private isLater({ session, ts }: RawSession): boolean {
    if (this.last === null) return true
    return this.options.barSize === '1m' ? ts > this.last.ts : session > this.last.session
  }

  private tellDropped(dropped: readonly DroppedPrice[]): void {
    for (const { reason } of dropped) this.metrics.count('ballast_market_data_dropped_total', { reason })
    const [first] = dropped
    if (first !== undefined) this.options.log.warn({ ...first, dropped: dropped.length }, 'prices dropped')
  }

  private read<S extends z.ZodType>(schema: S, { subject, body }: Message): z.output<S> | undefined {
    const read = readValue(schema, parsed(body))
    if (read.success) return read.data
    this.metrics.count('ballast_nats_invalid_messages_total', { class: 'market' })
    this.options.log.debug({ subject, reason: z.prettifyError(read.error) }, 'message not understood')
    return undefined
  }

  private complain(code: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    if (!this.complaints.has(code)) this.options.log.warn({ code, ...fields }, message)
    this.complaints.add(code)
  }
}

const closedFault = (): Fault => new Fault('CLOSED', 'the market listener is closed', 'never')

/** JSON as a value; undefined when it is none: the schema says so. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
