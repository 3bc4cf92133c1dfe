/**
 * An independent answer to a Mean-CVaR problem: the textbook linear programme of Rockafellar & Uryasev
 * (J. Risk 2(3), 2000, eq. 17), solved by HiGHS compiled to WebAssembly.
 */
import highsPackage from 'highs'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'

/** What the oracle found. */
export interface OracleAnswer {
  readonly status: 'optimal' | 'infeasible' | 'other'
  readonly objective: number
  readonly weights: Float64Array
}

// The package declares CommonJS types for its ES module: the default import is the loader itself.
const loadHighs = highsPackage as unknown as typeof highsPackage.default

type Highs = Awaited<ReturnType<typeof loadHighs>>

let instance: Promise<Highs> | undefined

/** Solves `problem` with HiGHS at feasibility and optimality tolerance 1e-10. One instance serves all calls. */
export async function highsOracle(problem: MeanCvarProblem): Promise<OracleAnswer> {
  instance ??= loadHighs()
  const highs = await instance
  const units = unitsOf(problem)
  const text = linearProgramme(problem, units)
  try {
    // At 1e-10 HiGHS now and then ends as 'Unknown' on an infeasible problem; at its own tolerances it decides.
    const strict = answerOf(problem, units, highs.solve(text, options))
    return strict.status === 'other' ? answerOf(problem, units, highs.solve(text, { output_flag: false })) : strict
  } catch (error) {
    instance = undefined // a trapped WebAssembly instance answers nothing any more
    throw error
  }
}

const options = {
  output_flag: false,
  primal_feasibility_tolerance: 1e-10,
  dual_feasibility_tolerance: 1e-10,
  small_matrix_value: 1e-12,
} as const

function answerOf(problem: MeanCvarProblem, units: Units, solution: ReturnType<Highs['solve']>): OracleAnswer {
  const columns = solution.Columns as Record<string, { Primal?: number }>
  const weights = Float64Array.from(problem.lower, (_, i) => columns[`w${i}`]?.Primal ?? 0)
  const optimal = solution.Status === 'Optimal'
  const status = optimal ? 'optimal' : solution.Status === 'Infeasible' ? 'infeasible' : 'other'
  return { status, objective: solution.ObjectiveValue * units.objective, weights }
}

/** Units in which losses and the objective are of order 1: HiGHS's tolerances are absolute. */
interface Units {
  readonly loss: number
  readonly objective: number
}

function unitsOf(problem: MeanCvarProblem): Units {
  const most = (values: Float64Array | undefined) => values?.reduce((a, b) => Math.max(a, Math.abs(b)), 0) ?? 0
  const loss = most(problem.scenarios.returns) || 1
  const slopes = Math.max(most(problem.cost?.buy), most(problem.cost?.sell)) / (problem.cost?.holdingPeriods ?? 1)
  return { loss, objective: Math.max(problem.riskAversion * loss, most(problem.mean), slopes) || 1 }
}

/** The problem in CPLEX LP format; numbers are written in full, so nothing is lost on the way. */
function linearProgramme(problem: MeanCvarProblem, units: Units): string {
  const { scenarios, lower, upper, cash, cost, turnover, groups = [], held, funding } = problem
  const n = scenarios.columns
  const indices = Array.from({ length: n }, (_, i) => i)
  const probabilities = scenarios.probabilities ?? new Float64Array(scenarios.rows).fill(1)
  const mass = probabilities.reduce((sum, p) => sum + p, 0) * (1 - problem.confidence)
  const trades = cost !== undefined || turnover !== undefined
  const kept = Array.from(probabilities.keys()).filter((t) => probabilities[t]! > 0)

  const objective = new Row()
  const aversion = (problem.riskAversion * units.loss) / units.objective
  objective.add(aversion, 't')
  for (const t of kept) objective.add((aversion * probabilities[t]!) / mass, `x${t}`)
  const spend = new Row()
  const invest = new Row()
  const buys = new Row()
  const sells = new Row()
  let [maxBuys, maxSells] = [0, 0]
  for (const i of indices) {
    objective.add(-(problem.mean?.[i] ?? 0) / units.objective, `w${i}`)
    invest.add(funding?.[i] ?? 1, `w${i}`)
    spend.add(funding?.[i] ?? 1, `w${i}`)
    buys.add(1, `b${i}`)
    sells.add(1, `s${i}`)
    if (cost === undefined) continue
    objective.add(cost.buy[i]! / cost.holdingPeriods / units.objective, `b${i}`)
    objective.add(cost.sell[i]! / cost.holdingPeriods / units.objective, `s${i}`)
    spend.add(cost.buy[i]!, `b${i}`)
    spend.add(cost.sell[i]!, `s${i}`)
    maxBuys += cost.buy[i]! * Math.max(upper[i]! - (held?.[i] ?? 0), 0)
    maxSells += cost.sell[i]! * Math.max((held?.[i] ?? 0) - lower[i]!, 0)
  }
  if (cost !== undefined && turnover !== undefined) {
    maxBuys = Math.min(maxBuys, turnover * Math.max(...cost.buy))
    maxSells = Math.min(maxSells, turnover * Math.max(...cost.sell))
  }
  const rows = [
    `${spend} <= ${1 - cash.lower}`,
    `${invest} >= ${1 - cash.upper - maxBuys - maxSells}`,
    ...(turnover === undefined ? [] : [`${buys} <= ${turnover}`, `${sells} <= ${turnover}`]),
    ...groups.flatMap((group) => {
      const row = new Row()
      for (const i of indices) row.add(group.coefficients[i]!, `w${i}`)
      return [
        ...(group.lower === undefined ? [] : [`${row} >= ${group.lower}`]),
        ...(group.upper === undefined ? [] : [`${row} <= ${group.upper}`]),
      ]
    }),
    ...(trades ? indices.map((i) => `w${i} - b${i} + s${i} = ${held?.[i] ?? 0}`) : []),
    ...kept.map((t) => {
      const row = new Row().add(1, `x${t}`).add(1, 't')
      for (const i of indices) row.add(scenarios.returns[t * n + i]! / units.loss, `w${i}`)
      return `${row} >= 0`
    }),
  ]
  const bounds = ['t free', ...indices.map((i) => `${lower[i]} <= w${i} <= ${upper[i]}`)]
  return `Minimize\n obj: ${objective}\nSubject To\n${rows.map((row, r) => ` r${r}: ${row}`).join('\n')}\nBounds\n ${bounds.join('\n ')}\nEnd\n`
}

/** Terms of a row, eight to a line: LP readers limit the length of a line. */
class Row {
  private readonly terms: string[] = []

  add(coefficient: number, name: string): this {
    if (coefficient !== 0 || this.terms.length === 0) {
      this.terms.push(`${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`)
    }
    return this
  }

  toString(): string {
    return this.terms.map((term, k) => (k % 8 === 7 ? `${term}\n  ` : term)).join(' ')
  }
}
