/**
 * An independent answer to a Mean-CVaR problem: the textbook linear programme of Rockafellar & Uryasev
 * (J. Risk 2(3), 2000, eq. 17), solved by HiGHS compiled to WebAssembly.
 */
import highsPackage from 'highs'
import { STRICT } from '#adapters/highs/peer.js'
import type { MeanCvarProblem, SolverDuals } from '#domain/optimise/mean-cvar.js'
import { linearProgramme, type Units, unitsOf } from '#domain/optimise/programme/mean-cvar.js'
import { lpText } from './lp-text.js'

/** What the oracle found. */
export interface OracleAnswer {
  readonly status: 'optimal' | 'infeasible' | 'other'
  readonly objective: number
  readonly weights: Float64Array
  /** Multipliers of the optimum as the port defines them; null without one, and for a problem with cardinality. */
  readonly duals: SolverDuals | null
}

// The package declares CommonJS types for its ES module: the default import is the loader itself.
const loadHighs = highsPackage as unknown as typeof highsPackage.default

type Highs = Awaited<ReturnType<typeof loadHighs>>

let instance: Promise<Highs> | undefined

/**
 * Solves `problem` with HiGHS at feasibility and optimality tolerance 1e-10. One instance serves all calls. Cardinality
 * is by binary columns: for small problems only.
 */
export async function highsOracle(problem: MeanCvarProblem): Promise<OracleAnswer> {
  instance ??= loadHighs()
  const highs = await instance
  const units = unitsOf(problem)
  const text = lpText(linearProgramme(problem, units))
  try {
    // At 1e-10 HiGHS now and then ends as 'Unknown' on an infeasible problem; at its own tolerances it decides.
    const strict = answerOf(problem, units, highs.solve(text, { output_flag: false, ...STRICT }))
    return strict.status === 'other' ? answerOf(problem, units, highs.solve(text, { output_flag: false })) : strict
  } catch (error) {
    instance = undefined // a trapped WebAssembly instance answers nothing any more
    throw error
  }
}

function answerOf(problem: MeanCvarProblem, units: Units, solution: ReturnType<Highs['solve']>): OracleAnswer {
  const columns = solution.Columns as Record<string, { Primal?: number }>
  const weights = Float64Array.from(problem.lower, (_, i) => columns[`w${i}`]?.Primal ?? 0)
  const optimal = solution.Status === 'Optimal'
  const status = optimal ? 'optimal' : solution.Status === 'Infeasible' ? 'infeasible' : 'other'
  const duals = optimal && problem.cardinality === undefined ? dualsOf(problem, units, solution) : null
  return { status, objective: solution.ObjectiveValue * units.objective, weights, duals }
}

/** Row multipliers in the port's units: a row divided by a unit has a multiplier of objective over that unit. */
function dualsOf(problem: MeanCvarProblem, units: Units, solution: ReturnType<Highs['solve']>): SolverDuals {
  const rows = new Map((solution.Rows as readonly { Name: string; Dual?: number }[]).map((row) => [row.Name, row.Dual]))
  const of = (name: string, unit = 1): number => ((rows.get(name) ?? 0) * units.objective) / unit
  return {
    scenario: Float64Array.from({ length: problem.scenarios.rows }, (_, t) => of(`tail${t}`, units.loss)),
    budget: of('spend') + of('invest'),
    turnover: { buys: of('buys'), sells: of('sells') },
    traded: of('traded'),
    leverage: of('leverage'),
    minimumReturn: of('return', units.mean),
    maximumCvar: -of('cvar', units.loss),
    groups: (problem.groups ?? []).map(({ name }, g) => ({ name, dual: of(`lower${g}`) + of(`upper${g}`) })),
    reducedCost: new Float64Array(problem.lower.length),
  }
}
