import { expect } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { certify } from '#domain/optimise/certify.js'
import { type MeanCvarProblem, type SolverSolution, solved } from '#domain/optimise/mean-cvar.js'

const solver = nativeSolver()

/** The native solver's optimum, recertified; fails the test on any other answer. */
export async function optimum(problem: MeanCvarProblem): Promise<SolverSolution> {
  const answer = await solver.solve(problem)
  if (!solved(answer)) throw new Error(`${answer.status}: ${answer.message}`)
  expect(answer.status).toBe('OPTIMAL')
  const certificate = certify(problem, answer, { gap: 1e-8 })
  expect(certificate.certified ? '' : certificate.reason).toBe('')
  return answer
}
