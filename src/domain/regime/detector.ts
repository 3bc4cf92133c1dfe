import { bigMoveShare, directionChangeRate, lagOneAutocorrelation } from '#numerics/serial.js'
import { type RangeBar, wilder, wilderBars } from '#numerics/wilder.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { BarSize } from '../market.js'
import { clearness, type Flag, flagAfter } from './band.js'
import type { MarketRegime } from './regime.js'
import { type RangeSource, type Thresholds, thresholdsOf, WILDER_LENGTH } from './thresholds.js'

/** What the bars of a window measure. */
export interface Figures {
  readonly adx: number
  readonly plusDi: number
  readonly minusDi: number
  /** Average true range as a fraction of the close. */
  readonly atr: number
  readonly directionChanges: number
  readonly autocorrelation: number
  readonly bigMoves: number
}

const FLAGS = ['trending', 'reverting', 'turning', 'wide', 'narrow', 'jumpy'] as const
type FlagName = (typeof FLAGS)[number]

/** What the detector knows; plain data of bounded size, so that it can be written down and gone on with. */
export interface DetectorState {
  readonly barSize: BarSize
  readonly ranges: RangeSource
  /** The latest bars, oldest first: as many as figures rest on. */
  readonly bars: readonly RangeBar[]
  /** Null until there are bars enough. */
  readonly flags: Readonly<Record<FlagName, Flag>> | null
  readonly figures: Figures | null
  readonly regime: MarketRegime
  /** In [0, 1]: how clearly the figures say so; 0 before there are bars enough. */
  readonly confidence: number
}

/** A detector that has seen nothing. */
export const newDetector = (barSize: BarSize, ranges: RangeSource): DetectorState => ({
  barSize,
  ranges,
  bars: [],
  flags: null,
  figures: null,
  regime: 'UNKNOWN',
  confidence: 0,
})

/** Bars the detector needs before it says anything but `UNKNOWN`. */
export const barsNeeded = ({ window }: Thresholds): number => Math.max(window + 1, wilderBars(WILDER_LENGTH))

/**
 * The detector after one more bar. What it says depends on the last {@link forgottenAfter} bars alone, however it came to them.
 *
 * Edges   with `closes` only the close of a bar is looked at. Fewer than {@link barsNeeded} bars: `UNKNOWN`, confidence 0.
 * Errors  refuses `bad_bar`: a price that is not positive and finite, a close outside its bar's extremes.
 * Cost    O(memory), about 100 bars. Source: design domain.md section 10.
 */
export function observe(state: DetectorState, bar: RangeBar): Outcome<DetectorState> {
  const seen = state.ranges === 'closes' ? { high: bar.close, low: bar.close, close: bar.close } : bar
  const fault = faultOf(seen)
  if (fault !== null) return refuse('bad_bar', fault)
  const thresholds = thresholdsOf(state.barSize, state.ranges)
  const bars = [...state.bars, seen].slice(-thresholds.memory)
  if (bars.length < barsNeeded(thresholds)) return accept({ ...state, bars })
  const figures = figuresOf(bars, thresholds)
  const flags = Object.fromEntries(
    FLAGS.map((name) => [
      name,
      flagAfter(state.flags?.[name] ?? null, figures[FIGURE[name]], thresholds[name], thresholds.hold),
    ]),
  ) as Record<FlagName, Flag>
  return accept({ ...state, bars, flags, figures, ...classified(flags, figures, thresholds) })
}

const FIGURE: Readonly<Record<FlagName, keyof Figures>> = {
  trending: 'adx',
  reverting: 'autocorrelation',
  turning: 'directionChanges',
  wide: 'atr',
  narrow: 'atr',
  jumpy: 'bigMoves',
}

function figuresOf(bars: readonly RangeBar[], { window, bigMove }: Thresholds): Figures {
  const latest = bars.slice(-(window + 1))
  const moves = latest.slice(1).map(({ close }, at) => close / latest[at]!.close - 1)
  const { averageTrueRange, plusDi, minusDi, adx } = wilder(bars, WILDER_LENGTH)
  return {
    adx,
    plusDi,
    minusDi,
    atr: averageTrueRange / bars.at(-1)!.close,
    directionChanges: directionChangeRate(moves),
    autocorrelation: lagOneAutocorrelation(moves),
    bigMoves: bigMoveShare(moves, bigMove),
  }
}

/**
 * The regime the flags make, asked in this order, with the confidence of the least clear of the answers:
 * a trend (volatile or not); else large moves without direction, CHOPPY; else reversion; else small moves, QUIET_CHOPPY; else
 * ordinary ones that keep turning, CHOPPY; else UNKNOWN. Size comes before reversion because more is at stake where moves are large.
 */
function classified(
  flags: Readonly<Record<FlagName, Flag>>,
  figures: Figures,
  thresholds: Thresholds,
): Pick<DetectorState, 'regime' | 'confidence'> {
  const clear = (name: FlagName): number => clearness(flags[name], figures[FIGURE[name]], thresholds[name])
  const volatile = flags.wide.up || flags.jumpy.up
  // One of the two is enough to say that moves are large; that they are not takes both.
  const supporting = (['wide', 'jumpy'] as const).filter((name) => flags[name].up === volatile).map(clear)
  const answers = [clear('trending'), volatile ? Math.max(...supporting) : Math.min(...supporting)]
  const said = (regime: MarketRegime, ...more: readonly FlagName[]) => ({
    regime,
    confidence: Math.min(...answers, ...more.map(clear)),
  })
  if (flags.trending.up) return said(volatile ? 'VOLATILE_TRENDING' : 'TRENDING')
  if (volatile) return said('CHOPPY')
  if (flags.reverting.up) return said('MEAN_REVERTING', 'reverting')
  if (flags.narrow.up) return said('QUIET_CHOPPY', 'reverting', 'narrow')
  return said(flags.turning.up ? 'CHOPPY' : 'UNKNOWN', 'reverting', 'narrow', 'turning')
}

function faultOf({ high, low, close }: RangeBar): string | null {
  const odd = [high, low, close].find((price) => !(Number.isFinite(price) && price > 0))
  if (odd !== undefined) return `${odd} is no price: it must be positive and finite`
  return low <= close && close <= high ? null : `a close of ${close} is not between ${low} and ${high}`
}
