import { onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { virtualClock } from '#adapters/clock/virtual.js'
import { type MarketListener, type MarketListenerOptions, marketListener } from '#adapters/feed/listener.js'
import { type MarketPublisher, marketPublisher } from '#adapters/feed/publisher.js'
import type { Bus, BusState } from '#ports/bus.js'
import { type Log, silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import { instant } from '#units/time.js'
import { simulatedPrices } from '../../../support/prices.js'

const DEADLINE_MS = 20_000

/** Resolves when the condition holds; fails with what `describe` says when it does not in time. */
export async function eventually(condition: () => boolean, describe: () => string = () => ''): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${condition.toString()} ${describe()}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A bus whose messages can be lost, doubled or held back, and whose requests can fail. */
export interface LossyBus extends Bus {
  /** How many copies of a message arrive; 1 at first. */
  fate: (subject: string, body: string) => number
  /** The fault a request ends with instead of an answer; none at first. */
  outage: (subject: string) => Fault | undefined
  /** Says that the connection is back. */
  reconnect: () => void
  /** Requests made so far, by subject. */
  readonly asked: string[]
}

/** A memory bus behind a bad line. It is closed when the test ends. */
export function lossyBus(): LossyBus {
  const bus = memoryBus()
  onTestFinished(() => bus.close())
  const listeners = new Set<(state: BusState) => void>()
  const lossy: LossyBus = {
    fate: () => 1,
    outage: () => undefined,
    reconnect: () => {
      for (const listener of listeners) listener('connected')
    },
    asked: [],
    state: () => bus.state(),
    onState: (listener) => {
      listeners.add(listener)
      return bus.onState(listener)
    },
    subscribe: (pattern, handler) => bus.subscribe(pattern, handler),
    serve: (subject, handler) => bus.serve(subject, handler),
    close: () => bus.close(),
    publish(subject, body, headers) {
      for (let copies = lossy.fate(subject, body); copies > 0; copies -= 1) bus.publish(subject, body, headers)
    },
    async request(subject, body, timeoutMs, headers) {
      lossy.asked.push(subject)
      const fault = lossy.outage(subject)
      if (fault !== undefined) throw fault
      return bus.request(subject, body, timeoutMs, headers)
    },
  }
  return lossy
}

/** `count` daily sessions of so many instruments. */
export const sessionsOf = (count: number, instruments = 3): readonly SessionBars[] =>
  simulatedPrices({
    seed: 7,
    sessions: count,
    instruments: Array.from({ length: instruments }, (_, index) => `S${index}.X`),
  }).sessions

/** A publisher that is closed when the test ends. */
export function publisherOn(bus: Bus, feed = 'replay'): MarketPublisher {
  const publisher = marketPublisher({ bus, feed, barSize: '1d', log: silentLog })
  onTestFinished(() => publisher.close())
  return publisher
}

/** A listener with everything it delivered. */
export interface Heard extends MarketListener {
  readonly sessions: SessionBars[]
  readonly numbers: number[]
}

/** A listener that is closed when the test ends. */
export function listenerOn(bus: Bus, options: Partial<MarketListenerOptions> = {}): Heard {
  const sessions: SessionBars[] = []
  const numbers: number[] = []
  const listener = marketListener({
    bus,
    barSize: '1d',
    clock: virtualClock(instant(5_000)),
    log: silentLog,
    timeoutMs: 2_000,
    ...options,
    onSession(bars, number) {
      sessions.push(bars)
      numbers.push(number)
      options.onSession?.(bars, number)
    },
  })
  onTestFinished(() => listener.close())
  return {
    sessions,
    numbers,
    ready: () => listener.ready(),
    lastHeardAt: () => listener.lastHeardAt(),
    catchUp: (upTo) => listener.catchUp(upTo),
    close: () => listener.close(),
  }
}

/** Publishes sessions one after the other, numbered on. */
export function publishAll(publisher: MarketPublisher, sessions: readonly SessionBars[]): void {
  for (const bars of sessions) publisher.publish(bars, publisher.latest() + 1)
}

/** A log that keeps its messages, and how to read them. */
export function keptLog(): { readonly log: Log; readonly said: string[] } {
  const said: string[] = []
  const keep = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void said.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { debug: () => undefined, info: keep, warn: keep, error: keep, child: () => log }
  return { log, said }
}

/** Counts by metric name and labels. */
export function countedMetrics(): { readonly counts: Record<string, number>; readonly metrics: Metrics } {
  const counts: Record<string, number> = {}
  const count = (name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void => {
    const key = `${name} ${Object.values(labels).join(',')}`
    counts[key] = (counts[key] ?? 0) + by
  }
  return { counts, metrics: { count, gauge: () => undefined, observe: () => undefined } }
}

/** The fault that stands for nobody answering. */
export const noResponders = (): Fault => new Fault('NO_RESPONDERS', 'nobody serves it', 'ask-first')
