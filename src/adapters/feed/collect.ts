import type { z } from 'zod'
import type { DroppedPrice, SessionBars } from '#ports/market-feed.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { barMessage, sessionMessage } from '../wire/market.js'
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
}

type Announced = z.output<typeof sessionMessage>

interface Slot {
  readonly closes: Map<string, string>
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
    const slot = slots.get(number) ?? { closes: new Map(), announced: null }
    slots.set(number, slot)
    return slot
  }
  return {
    bar({ number, symbol, close }) {
      const closes = slotOf(number)?.closes
      if (closes !== undefined && closes.size < BARS && !closes.has(symbol)) closes.set(symbol, close)
    },
    announce(session) {
      const slot = slotOf(session.number)
      if (slot !== undefined) slot.announced ??= session
    },
    complete(number) {
      const slot = slots.get(number)
      if (slot === undefined || slot.announced === null || slot.closes.size !== slot.announced.bars) return undefined
      return { number, session: slot.announced.session, ts: slot.announced.ts, closes: slot.closes }
    },
    forget(upTo) {
      floor = upTo
      for (const number of slots.keys()) if (number <= upTo || number > upTo + SESSIONS) slots.delete(number)
    },
  }
}

/** The usable prices of a session, and those that had to be dropped; instruments not wanted are neither. */
export function judged(
  { session, ts, closes }: RawSession,
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
  return { bars: { session, at: ts, closes: kept }, dropped }
}

function idOf(symbol: string): InstrumentId | undefined {
  try {
    return instrumentId(symbol)
  } catch {
    return undefined
  }
}
