import { columnDeviations } from '#numerics/moments.js'
import type { InstrumentId } from '#units/ids.js'
import { nobodyEligible } from './optimised.js'
import type { Proposal, TargetRequest } from './source.js'

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
  | Extract<Proposal, { kind: 'hold' }>

/** σ below this is the rounding of constant returns, not movement. */
const NO_SPREAD = 1e-14

/** The movers of a request's scenarios. It takes two returns to move; a price that never did has no risk to weigh. */
export function movement({ policy, scenarios }: TargetRequest): Movement {
  const { instruments, rows, returns } = scenarios
  if (rows === 0 || instruments.length === 0)
    return { kind: 'hold', reason: nobodyEligible(scenarios, policy.optimiser.scenarios.minimum) }
  if (rows === 1) return { kind: 'hold', reason: 'volatility needs at least 2 returns, there is 1' }
  const deviations = columnDeviations({ rows, columns: instruments.length, values: returns })
  const movers: Mover[] = []
  const still: InstrumentId[] = []
  instruments.forEach((instrument, column) => {
    const deviation = deviations[column]!
    if (deviation > NO_SPREAD) movers.push({ instrument, column, deviation })
    else still.push(instrument)
  })
  const note = still.length === 0 ? '' : `no volatility, no weight: ${still.sort().join(', ')}`
  if (movers.length === 0) return { kind: 'hold', reason: note }
  return { kind: 'movers', movers: movers.sort((a, b) => (a.instrument < b.instrument ? -1 : 1)), note }
}
