import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { certify } from '#domain/optimise/certify.js'
import { type MeanCvarProblem, solved } from '#domain/optimise/mean-cvar.js'
import { highsOracle } from '../support/highs-oracle.js'
import { randomProblem, smallSizes } from '../unit/adapters/solver/problems.js'

/**
 * BALLAST_SEEDS=first:count runs a campaign, BALLAST_SIZES=columnsMin:columnsMax:rowsMin:rowsMax at other sizes.
 * The objective must agree within 1e-6 of itself, floored at 1e-3 of the objective's steepest slope in one weight.
 */
const [first = 1, count = 200] = (process.env.BALLAST_SEEDS ?? '1:200').split(':').map(Number)
const sizes = sizesFrom(process.env.BALLAST_SIZES)
const batch = 50

function sizesFrom(text: string | undefined): typeof smallSizes {
  if (text === undefined) return smallSizes
  const [a = 1, b = a, c = 1, d = c] = text.split(':').map(Number)
  return { columns: [a, b], rows: [c, d] }
}

describe('the native solver against HiGHS', () => {
  const solver = nativeSolver()
  const worst = { error: 0, violation: 0, gap: 0, milliseconds: 0, optimal: 0, infeasible: 0 }

  for (let begin = first; begin < first + count; begin += batch) {
    const end = Math.min(begin + batch, first + count)
    it(`agrees on the objective and on infeasibility, certified, for seeds ${begin} to ${end - 1}`, async () => {
      for (let seed = begin; seed < end; seed++) await compare(seed)
    }, 600_000)
  }

  it('prints the worst figures of the run', () => {
    expect(worst.optimal + worst.infeasible).toBeGreaterThan(0)
    console.log(`solver laws: ${JSON.stringify(worst)}`)
  })

  async function compare(seed: number): Promise<void> {
    const problem = randomProblem(seed, sizes)
    const answer = await solver.solve(problem)
    const oracle = await highsOracle(problem)
    const label = `seed ${seed}: ${answer.status}, HiGHS ${oracle.status}`
    if (!solved(answer)) {
      expect(answer.status, `${label}: ${answer.message}`).toBe('INFEASIBLE')
      expect(oracle.status, label).toBe('infeasible')
      worst.infeasible++
      return
    }
    const certificate = certify(problem, answer, { gap: 1e-8, violation: 1e-8 })
    expect(certificate.certified ? '' : certificate.reason, label).toBe('')
    expect(answer.status, label).toBe('OPTIMAL')
    // HiGHS may call a problem infeasible that our weights satisfy within 1e-8; then there is nothing to compare.
    if (oracle.status === 'infeasible' && answer.violation > 1e-12) return
    expect(oracle.status, label).toBe('optimal')
    const distance = Math.abs(answer.objective - oracle.objective)
    const error = distance === 0 ? 0 : distance / Math.max(Math.abs(answer.objective), floorOf(problem))
    expect(error, `${label}: ${answer.objective} against ${oracle.objective}`).toBeLessThan(1e-6)
    worst.error = Math.max(worst.error, error)
    worst.violation = Math.max(worst.violation, answer.violation)
    worst.gap = Math.max(worst.gap, answer.gap)
    worst.milliseconds = Math.max(worst.milliseconds, answer.elapsedMs)
    worst.optimal++
  }
})

/** 1e-3 of the objective's steepest slope in one weight: HiGHS works to 1e-10 of that slope. */
function floorOf(problem: MeanCvarProblem): number {
  const most = (values: Iterable<number> | undefined) =>
    [...(values ?? [])].reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const slopes = Math.max(most(problem.cost?.buy), most(problem.cost?.sell)) / (problem.cost?.holdingPeriods ?? 1)
  return 1e-3 * Math.max(problem.riskAversion * most(problem.scenarios.returns), most(problem.mean), slopes)
}
