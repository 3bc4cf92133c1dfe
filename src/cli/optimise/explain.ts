import { limitMeaning } from '#domain/explain/words.js'
import { type ActiveLimit, activeLimits } from '#domain/optimise/answer.js'
import { FLOOR } from '#domain/optimise/frontier.js'
import type { MeanCvarProblem, SolverSolution } from '#domain/optimise/mean-cvar.js'
import type { InstrumentId } from '#units/ids.js'

/** A limit that binds, in words, and what loosening it would bring. */
export interface ExplainedLimit {
  readonly limit: string
  readonly dual: number
  readonly meaning: string
  readonly worth: string
}

/** The limits that bind at a solution, dearest first. The floor of a frontier's point is its `minimumReturn`. */
export function explainLimits(
  names: readonly string[],
  problem: MeanCvarProblem,
  solution: SolverSolution,
): readonly ExplainedLimit[] {
  return activeLimits(names as readonly InstrumentId[], problem, solution).map(({ limit, dual }) => {
    const known = limit === `group:${FLOOR}` && problem.groups?.at(-1)?.name === FLOOR ? 'minimumReturn' : limit
    return { limit: known, dual, meaning: limitMeaning(known), worth: worthOf({ limit: known, dual }) }
  })
}

/** One sentence a limit. */
export const explanationLines = (limits: readonly ExplainedLimit[]): readonly string[] =>
  limits.length === 0 ? ['No limit is binding.'] : limits.map(({ meaning, worth }) => `${meaning}: ${worth}`)

/** The first-order gain of loosening by a point of weight or a basis point of return, in basis points of objective. */
function worthOf({ limit, dual }: ActiveLimit): string {
  switch (limit) {
    case 'cardinality':
      return 'no multiplier says what one more name would bring'
    case 'minimumReturn':
      return `a basis point less asked would lower the objective by about ${bpsOf(dual * 1e-4)}`
    case 'maximumCvar':
      return `a basis point more allowed would lower the objective by about ${bpsOf(dual * 1e-4)}`
    default:
      return `0.01 more room would lower the objective by about ${bpsOf(dual * 0.01)}`
  }
}

const bpsOf = (gain: number): string => `${Number((Math.abs(gain) * 1e4).toPrecision(3))} bps`
