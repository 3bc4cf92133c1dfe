import { leastSquares } from '#numerics/least-squares.js'
import type { InstrumentId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { SessionCloses } from '../targets/scenarios.js'
import type { BetaReading } from './readings.js'

/** Returns of factors by session, fractions. */
export interface FactorReturns {
  readonly factors: readonly string[]
  /** By date `YYYY-MM-DD`: one return a factor, and the return without risk, which is taken off those of names. */
  readonly sessions: ReadonlyMap<string, { readonly returns: readonly number[]; readonly riskFree: number }>
}

/** Digits kept of a beta: its standard error begins before the second. */
const DECIMALS = 3

/**
 * How each name moves with each factor: plain least squares of its returns, less the return without risk, on those of the
 * factors, with an intercept, over the last `window` sessions that both have.
 *
 * A return is from one session to the next; a name without a price in one of the two has none there, and one with fewer than
 * `minimum` of them is left out. Null where no factor has a session. Betas are rounded to a thousandth.
 * Cost O(names × window × factors²). Source: design domain.md sections 9 and 12; ADR 0041.
 */
export function betaReading(
  sessions: readonly (SessionCloses & { readonly at: Instant })[],
  instruments: readonly InstrumentId[],
  { factors, sessions: known }: FactorReturns,
  { window, minimum }: { readonly window: number; readonly minimum: number },
): BetaReading | null {
  const rows = sessions.flatMap((bars, at) => {
    const factor = at === 0 ? undefined : known.get(bars.session)
    return factor === undefined ? [] : [{ ...factor, before: sessions[at - 1]!, bars }]
  })
  const used = rows.slice(-window)
  const last = used.at(-1)
  if (last === undefined) return null
  const bars = sessions.find(({ session }) => session === last.bars.session)!
  const least = Math.max(minimum, factors.length + 2)
  const entries = [...instruments].sort().flatMap((instrument) => {
    const mine = used.flatMap(({ before, bars: after, returns, riskFree }) => {
      const moved = closeOf(after, instrument) / closeOf(before, instrument) - 1
      return Number.isFinite(moved) ? [{ returns, excess: moved - riskFree }] : []
    })
    if (mine.length < least) return []
    const values = Float64Array.from(mine.flatMap(({ returns }) => returns))
    const y = Float64Array.from(mine, ({ excess }) => excess)
    const found = leastSquares({ rows: mine.length, columns: factors.length, values }, y)
    return found === null ? [] : [[instrument, Array.from(found.slice(1), rounded)] as const]
  })
  return { asOf: bars.at, factors, betas: Object.fromEntries(entries) }
}

/** A close that can be divided by; NaN for any other. */
function closeOf({ closes }: SessionCloses, instrument: InstrumentId): number {
  const close = Number(closes[instrument] ?? Number.NaN)
  return close > 0 && Number.isFinite(close) ? close : Number.NaN
}

const rounded = (beta: number): number => Number(beta.toFixed(DECIMALS)) + 0
