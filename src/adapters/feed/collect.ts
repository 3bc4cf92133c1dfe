import type { z } from 'zod'
import type { TradedBar } from '#domain/liquidity/estimate.js'
import type { DroppedPrice, SessionBars } from '#ports/market-feed.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { barMessage, historyExchange, sessionMessage } from '../wire/market.js'
import { faultOf } from './price-columns.js'

/** Sessions collected at the same time; a later one is had from history when its turn comes. */
const SESSIONS = 4
/** Bars kept of one session: more than one answer of history can hold. */
const BARS = 6_000

/** A session as its feed gave it, prices not judged yet. */
export interface RawSession {
  readonly number: number
  readonly session: SessionDate
  readonly ts: Instant
  readonly closes: Iterable<readonly [symbol: string, close: string]>
  /** What was traded; absent where the feed does not say. */
  readonly traded?: Iterable<Traded> | undefined
}

type Traded = NonNullable<z.output<typeof historyExchange.answer>['sessions'][number]['traded']>[number]

type Announced = z.output<typeof sessionMessage>

interface Slot {
  readonly closes: Map<string, string>
  readonly traded: Traded[]
  announced: Announced | null
}

/** Puts the bars of a session together, a few sessions at a time; the first bar of an instrument stands. */
export interface BarCollection {
  bar(bar: z.output<typeof barMessage>): void
  announce(session: Announced): void
  /** The session with this number once it is announced and every bar of it was heard. */
  complete(number: number): RawSession | undefined
  /** Only sessions after this number are collected from now on. */
  forget(upTo: number): void
}

/** Collects what comes after session 0; memory is bounded whatever is sent. */
export function collectBars(): BarCollection {
  const slots = new Map<number, Slot>()
  let floor = 0
  const slotOf = (number: number): Slot | undefined => {
    if (number <= floor || number > floor + SESSIONS) return undefined
    const slot = slots.get(number) ?? { closes: new Map(), traded: [], announced: null }
    slots.set(number, slot)
    return slot
  }
  return {
    bar({ number, symbol, close, traded }) {
      const slot = slotOf(number)
      if (slot === undefined || slot.closes.size >= BARS || slot.closes.has(symbol)) return
      slot.closes.set(symbol, close)
      if (traded !== undefined) slot.traded.push([symbol, traded.high, traded.low, traded.close, traded.volume])
    },
    announce(session) {
      const slot = slotOf(session.number)
      if (slot !== undefined) slot.announced ??= session
    },
    complete(number) {
      const slot = slots.get(number)
      if (slot === undefined || slot.announced === null || slot.closes.size !== slot.announced.bars) return undefined
      const { closes, traded } = slot
      const raw = { number, session: slot.announced.session, ts: slot.announced.ts, closes }
      return traded.length === 0 ? raw : { ...raw, traded }
    },
    forget(upTo) {
      floor = upTo
      for (const number of slots.keys()) if (number <= upTo || number > upTo + SESSIONS) slots.delete(number)
    },
  }
}

/** The usable prices of a session, and those that had to be dropped; instruments not wanted are neither. */
export function judged(
  { session, ts, closes, traded }: RawSession,
  wanted: ReadonlySet<string> | undefined,
): { readonly bars: SessionBars; readonly dropped: readonly DroppedPrice[] } {
  const kept: Record<InstrumentId, string> = {}
  const dropped: DroppedPrice[] = []
  for (const [symbol, close] of closes) {
    if (wanted !== undefined && !wanted.has(symbol)) continue
    const instrument = idOf(symbol)
    const reason = instrument === undefined ? 'malformed' : instrument in kept ? 'duplicate' : faultOf(close)
    if (instrument !== undefined && reason === undefined) kept[instrument] = close
    else if (reason !== undefined) dropped.push({ reason, where: `${session} ${symbol.slice(0, 32)}` })
  }
  const bars = { session, at: ts, closes: kept }
  return { bars: traded === undefined ? bars : { ...bars, traded: tradedOf(traded, kept) }, dropped }
}

/** What was traded of the instruments that have a usable price; figures are judged by whoever uses them. */
function tradedOf(
  rows: Iterable<Traded>,
  kept: Readonly<Record<InstrumentId, string>>,
): Readonly<Record<InstrumentId, TradedBar>> {
  const bars: Record<InstrumentId, TradedBar> = {}
  for (const [symbol, high, low, close, volume] of rows)
    if (Object.hasOwn(kept, symbol)) bars[symbol as InstrumentId] = { high, low, close, volume }
  return bars
}

function idOf(symbol: string): InstrumentId | undefined {
  try {
    return instrumentId(symbol)
  } catch {
    return undefined
  }
}
