// A thousand portfolios on one scenario set, in one call: time a portfolio beside a single solve of the same ones.

import { nativeSolver } from '../../dist/src/adapters/solver/native.js'
import { asked } from './contestants.mjs'
import { uniforms } from './returns.mjs'
import { median } from './rounds.mjs'

const PORTFOLIOS = 1000
const SINGLE = 20
const THREADS = 2

/** Where the solver's solveMany is called: problems that share `scenarios` in, their answers in order out. */
const manyOf = (solver, problems) => solver.solveMany(problems, { threads: THREADS })

/** Portfolios with their own caps, holdings and sector limits, seeded; all feasible from equal weight. */
function portfoliosOf(problem) {
  const uniform = uniforms(PORTFOLIOS)
  return Array.from({ length: PORTFOLIOS }, () => {
    const cap = 0.06 + 0.06 * uniform()
    const tilt = problem.held.map((held) => held * (0.5 + uniform()))
    const total = tilt.reduce((sum, weight) => sum + weight, 0)
    return {
      ...problem,
      upper: problem.upper.map(() => cap),
      held: tilt.map((weight) => weight / total),
      groups: problem.groups.map((group) => ({
        ...group,
        lower: 0.02 + 0.04 * uniform(),
        upper: 0.15 + 0.1 * uniform(),
      })),
    }
  })
}

/** `ratio` is the time of a single solve over that of a portfolio among the thousand. */
export async function manyCase(instance, options) {
  const solver = nativeSolver()
  const size = `many-${instance.id}`
  if (typeof solver.solveMany !== 'function') return { size, skipped: 'the solver offers no solveMany' }
  const problems = portfoliosOf(instance.problem).map((problem) => asked(problem, options))
  const single = []
  for (const problem of problems.slice(0, SINGLE)) {
    const started = performance.now()
    await solver.solve(problem, { threads: THREADS })
    single.push((performance.now() - started) / 1000)
  }
  const started = performance.now()
  const answers = await manyOf(solver, problems)
  const seconds = (performance.now() - started) / 1000 / PORTFOLIOS
  const optimal = answers.filter(({ status }) => status === 'OPTIMAL').length
  const singleSeconds = median(single)
  return { size, portfolios: PORTFOLIOS, optimal, seconds, singleSeconds, ratio: singleSeconds / seconds }
}
