import type { BarSize } from '../market.js'
import type { Band } from './band.js'

/** What true ranges are taken of: bars with their extremes, or closes alone. */
export type RangeSource = 'high-low' | 'closes'

/** Where the detector's flags go up and down, and how many bars it looks at. Ranges and moves are fractions of price, per bar. */
export interface Thresholds {
  /** Moves that the rates are taken of. */
  readonly window: number
  /** Bars a figure rests on at most; those before have no say. */
  readonly memory: number
  /** Bars a flag may stand without being confirmed. */
  readonly hold: number
  readonly trending: Band
  readonly reverting: Band
  readonly turning: Band
  /** Of the average true range, fraction of the close. */
  readonly wide: Band
  readonly narrow: Band
  /** A move of at least this is big. */
  readonly bigMove: number
  /** Of the share of big moves. */
  readonly jumpy: Band
}

/** Length of ATR, DI and ADX. */
export const WILDER_LENGTH = 14

/** Bars after which Wilder's smoothing has forgotten what was before: (13/14)^(100 − 28) < 0.5 %. */
const WILDER_MEMORY = 100

interface Horizon {
  readonly barsAYear: number
  readonly window: number
  readonly hold: number
}

const HORIZONS: Readonly<Record<BarSize, Horizon>> = {
  '1m': { barsAYear: 252 * 390, window: 120, hold: 30 },
  '1d': { barsAYear: 252, window: 60, hold: 20 },
  '1mo': { barsAYear: 12, window: 36, hold: 6 },
}

/** Volatilities a year at which moves are large and small. */
const LARGE: Band = { enter: 0.2, exit: 0.16 }
const SMALL: Band = { enter: 0.08, exit: 0.1 }

/** ADX of a random walk: one in ten is above `enter`, one in four above `exit`. See ADR 0039. */
const TREND: Readonly<Record<RangeSource, Band>> = {
  closes: { enter: 30, exit: 23 },
  'high-low': { enter: 38, exit: 29 },
}

/** Mean true range of a driftless Brownian path over the standard deviation of its move. */
const RANGE_PER_DEVIATION: Readonly<Record<RangeSource, number>> = {
  closes: Math.sqrt(2 / Math.PI),
  'high-low': Math.sqrt(8 / Math.PI),
}

/** Normal quantiles of 0.9 and 0.75. */
const OUTER_TENTH = 1.2816
const OUTER_QUARTER = 0.6745

/**
 * The thresholds of a bar size. Those of direction (ADX, autocorrelation, changes of direction) ask what a random walk shows in
 * a window of this length: a flag goes up where one in ten random walks is and comes down where one in four is. Those of size
 * are volatilities a year, brought to the bar by the square root of time. Why these: ADR 0039. Source: design domain.md section 10.
 */
export function thresholdsOf(barSize: BarSize, ranges: RangeSource): Thresholds {
  const { barsAYear, window, hold } = HORIZONS[barSize]
  const [changes, correlation] = [0.5 / Math.sqrt(window - 1), 1 / Math.sqrt(window)]
  const perBar = RANGE_PER_DEVIATION[ranges] / Math.sqrt(barsAYear)
  const scaled = ({ enter, exit }: Band): Band => ({ enter: enter * perBar, exit: exit * perBar })
  return {
    window,
    memory: Math.max(window + 1, WILDER_MEMORY),
    hold,
    trending: TREND[ranges],
    reverting: {
      enter: -1 / window - OUTER_TENTH * correlation,
      exit: -1 / window - OUTER_QUARTER * correlation,
    },
    turning: { enter: 0.5 + OUTER_TENTH * changes, exit: 0.5 + OUTER_QUARTER * changes },
    wide: scaled(LARGE),
    narrow: scaled(SMALL),
    bigMove: (2 * LARGE.exit) / Math.sqrt(barsAYear),
    // What normal moves show at the two volatilities of LARGE: P(|Z| ≥ 1.6) = 0.11, P(|Z| ≥ 2) = 0.046.
    jumpy: { enter: 0.11, exit: 0.046 },
  }
}

/** Bars after which a bar, changed or left out, changes no regime any more: it has left the figures, and then the flags. */
export const forgottenAfter = ({ memory, hold }: Thresholds): number => memory + hold
