import type { MeanCvarProblem, SolverSolution } from '#domain/optimise/mean-cvar.js'
import type { TargetsAnswer } from '#domain/run.js'

/** An answer that is a lie: the objective it claims, and the weights it gives in the order of their names. */
export interface Lie {
  readonly objective: number
  readonly weights: readonly number[]
}

/** Worse by so much in the worst scenario is no optimum, whatever the arithmetic. */
const WORSE = 1e-6
/** Weights as far apart are others. */
const SAME = 1e-9
/** A weight below this is left to cash: the simulated policies' `minWeight`. */
const LEFT_OUT = 0.001

/**
 * A solution made a lie, its figures said with a straight face: the half of equity more on the first name, which is more
 * than there is; half of everything, which leaves more cash than allowed; or weights halfway to equal ones, which keep
 * every limit of these problems and are not the best. `which` in [0, 1) says which.
 */
export function lieAbout(problem: MeanCvarProblem, answer: SolverSolution, which: number): SolverSolution {
  const { weights } = answer
  if (which < 1 / 3)
    return { ...answer, weights: weights.map((weight, place) => (place === 0 ? weight + 0.5 : weight)) }
  const even = weights.reduce((all, weight) => all + weight, 0) / weights.length
  const mixed = weights.map((weight) => (weight + even) / 2)
  const worse = worstLoss(problem, mixed) > worstLoss(problem, weights) + WORSE
  return { ...answer, weights: which < 2 / 3 && worse ? mixed : weights.map((weight) => weight / 2) }
}

/**
 * What is wrong with targets that were believed, and the invariant against it: they can be held (finite, together the whole of
 * equity), and they are none of the lies that were told.
 */
export function wrongIn(
  answer: TargetsAnswer,
  lies: readonly Lie[],
  shorts: boolean,
): readonly (readonly [string, string])[] {
  if (answer.kind !== 'targets') return []
  const { weights, cash } = answer.targets
  const believed = Object.keys(weights)
    .sort()
    .map((name) => (weights as Readonly<Record<string, number>>)[name]!)
  const sum = believed.reduce((all, weight) => all + weight, cash)
  const held =
    Math.abs(sum - 1) < 1e-6 &&
    believed.every((weight) => (shorts ? weight > -0.4 : weight >= 0) && weight < (shorts ? 1.25 : 0.97))
  const told = JSON.stringify(answer.targets)
  return [
    ...(held ? [] : [['I14', `targets that cannot be held: ${told}`] as const]),
    ...(isLie(lies, answer.evidence.objective, believed) ? [['lie', `the solver's lie: ${told}`] as const] : []),
  ]
}

const isLie = (lies: readonly Lie[], objective: number, believed: readonly number[]): boolean =>
  lies.some((lie) => {
    const told = lie.weights.filter((weight) => Math.abs(weight) >= LEFT_OUT)
    if (lie.objective !== objective || told.length !== believed.length) return false
    return told.every((weight, place) => Math.abs(weight - believed[place]!) < SAME)
  })

/** What is lost in the worst scenario: the CVaR of as few scenarios as the simulated policies have, at their confidence. */
function worstLoss({ scenarios: { rows, columns, returns } }: MeanCvarProblem, weights: Float64Array): number {
  const losses = Array.from({ length: rows }, (_, row) =>
    weights.reduce((loss, weight, column) => loss - weight * returns[row * columns + column]!, 0),
  )
  return Math.max(...losses)
}
