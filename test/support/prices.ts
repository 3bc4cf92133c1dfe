import type { BarSize } from '#domain/market.js'
import type { PriceHistory, SessionBars } from '#ports/market-feed.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { addDays, addWeekdays, instant, type SessionDate, sessionDate } from '#units/time.js'

/** What to simulate; the same values give the same history to the byte. */
export interface SimulatedPrices {
  readonly seed: number
  readonly instruments: readonly string[]
  readonly sessions: number
  /** First session; the default is Monday 2020-01-06. */
  readonly from?: string
  readonly barSize?: Extract<BarSize, '1d' | '1mo'>
  /** Standard deviation of a bar's return; the default is 0.01. */
  readonly volatility?: number
  /** Mean return of a bar; the default is 0.0003. */
  readonly drift?: number
  /** Share of the variance that all instruments have in common; the default is 0.4. */
  readonly common?: number
}

/** Random numbers in [0, 1), a Weyl sequence through an integer hash; the same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** A made-up price history: correlated geometric random walks from about 100, closes in cents, bars closing at 21:00 UTC. */
export function simulatedPrices(options: SimulatedPrices): PriceHistory {
  const { volatility = 0.01, drift = 0.0003, common = 0.4, barSize = '1d' } = options
  const random = seededRandom(options.seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const instruments = options.instruments.map((name) => instrumentId(name))
  const last = instruments.map(() => 50 + 100 * random())
  const sessions: SessionBars[] = []
  let session = sessionDate(options.from ?? '2020-01-06')
  for (let count = 0; count < options.sessions; count += 1) {
    const market = normal() * Math.sqrt(common)
    const closes: Record<InstrumentId, string> = {}
    for (const [index, instrument] of instruments.entries()) {
      const shock = market + normal() * Math.sqrt(1 - common)
      last[index] = Math.max(0.01, last[index]! * Math.exp(drift - volatility ** 2 / 2 + volatility * shock))
      closes[instrument] = last[index]!.toFixed(2)
    }
    sessions.push(barsOf(session, closes))
    session = barSize === '1d' ? addWeekdays(session, 1) : firstOfNextMonth(session)
  }
  return { barSize, instruments, sessions, dropped: [] }
}

/** One session's bars, closing at 21:00 UTC. */
export function barsOf(session: string, closes: Readonly<Record<string, string>>): SessionBars {
  return { session: sessionDate(session), at: instant(Date.parse(`${session}T21:00:00Z`)), closes }
}

const firstOfNextMonth = (date: SessionDate): SessionDate =>
  sessionDate(`${addDays(sessionDate(`${date.slice(0, 7)}-01`), 31).slice(0, 7)}-01`)
