import type { Matrix } from '#numerics/matrix.js'
import { columnDeviations } from '#numerics/moments.js'
import type { InstrumentId } from '#units/ids.js'
import { nobodyEligible } from '../targets/scenarios.js'
import type { ScenarioSet } from '../targets/source.js'
import type { Sizing, SizingRequest } from './method.js'

/** A column of the scenarios whose returns vary. */
export interface Mover {
  readonly instrument: InstrumentId
  readonly column: number
  /** Sample standard deviation per bar, positive. */
  readonly deviation: number
}

/** Who can be weighed by risk, sorted by id, and a note on who cannot; or a reason to hold because nobody can. */
export type Movement =
  | { readonly kind: 'movers'; readonly movers: readonly Mover[]; readonly note: string }
  | Extract<Sizing, { kind: 'hold' }>

/** σ below this is the rounding of constant returns, not movement. */
export const NO_SPREAD = 1e-14

/** The movers of a request's scenarios. It takes two returns to move; a price that never did has no risk to weigh. */
export function movement({ scenarios, least }: SizingRequest): Movement {
  const { instruments, rows, returns } = scenarios
  if (rows === 0 || instruments.length === 0) return { kind: 'hold', reason: nobodyEligible(scenarios, least) }
  if (rows === 1) return { kind: 'hold', reason: 'volatility needs at least 2 returns, there is 1' }
  const deviations = columnDeviations({ rows, columns: instruments.length, values: returns })
  const movers: Mover[] = []
  const still: InstrumentId[] = []
  instruments.forEach((instrument, column) => {
    const deviation = deviations[column]!
    if (deviation > NO_SPREAD) movers.push({ instrument, column, deviation })
    else still.push(instrument)
  })
  const note = stillNote(still)
  if (movers.length === 0) return { kind: 'hold', reason: note }
  return { kind: 'movers', movers: movers.sort((a, b) => (a.instrument < b.instrument ? -1 : 1)), note }
}

/** That names which never moved have no weight; empty without any. */
export const stillNote = (still: readonly InstrumentId[]): string =>
  still.length === 0 ? '' : `no volatility, no weight: ${[...still].sort().join(', ')}`

/** The movers' returns in the movers' order, so that the order of the scenario columns changes no bit of the answer. */
export function columnsOf({ rows, instruments, returns }: ScenarioSet, movers: readonly Mover[]): Matrix {
  const values = new Float64Array(rows * movers.length)
  for (let row = 0; row < rows; row += 1)
    movers.forEach(({ column }, at) => {
      values[row * movers.length + at] = returns[row * instruments.length + column]!
    })
  return { rows, columns: movers.length, values }
}

/** Standard deviations per bar by name. */
export const deviationsOf = (movers: readonly Mover[]): ReadonlyMap<InstrumentId, number> =>
  new Map(movers.map(({ instrument, deviation }) => [instrument, deviation]))
