import { costSlope } from '#domain/cost/registry.js'
import { plainHeld } from '#domain/derisk/plain-held.js'
import { type Lending, lendingOf } from '#domain/governance/lending.js'
import type { ConstraintScope } from '#domain/governance/rule.js'
import { constraintScope } from '#domain/lifecycle/scope.js'
import { certify } from '#domain/optimise/certify.js'
import {
  answerFromPrevious,
  answerFromProposal,
  answerFromSolver,
  answerOfNothing,
  unsolvedEvidence,
  withBenefit,
  withLadder,
  withLenders,
} from '#domain/optimise/evidence.js'
import { type MeanCvarProblem, type SolverAnswer, solved } from '#domain/optimise/mean-cvar.js'
import { meanCvarProblem } from '#domain/optimise/problem.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { TargetsAnswer } from '#domain/run.js'
import { propose } from '#domain/targets/registry.js'
import { type ScenarioHistory, scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet, TargetRequest } from '#domain/targets/source.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import type { Clock } from '#ports/clock.js'
import type { Market } from '#ports/market.js'
import type { Metrics } from '#ports/metrics.js'
import type { Solver } from '#ports/solver.js'
import type { PortfolioId } from '#units/ids.js'
import { later } from '#units/time.js'
import type { Targeting } from './dispatch.js'
import { descend } from './ladder.js'

/** Bars read beyond the scenario window, so that a name's gaps are seen. */
const EXTRA_BARS = 1

/** What targets are computed with. */
export interface TargetingPorts {
  readonly market: Market
  readonly solver: Pick<Solver, 'solve'>
  readonly clock: Clock
  readonly metrics: Metrics
  /** Makes scenarios; absent where nobody has them already. */
  readonly scenarios?: typeof scenarioSet
  /** Told of what scenarios were made from, and of them. */
  readonly onScenarios?: OnScenarios
}

/** Hears of the scenarios of a portfolio's run as they are made. */
export type OnScenarios = (portfolio: PortfolioId, history: ScenarioHistory, made: ScenarioSet) => void

/**
 * Computes targets: scenarios up to now, the portfolio's target source, and where it asks for one a solve. A
 * solution is believed only once {@link certify} has recomputed it; limits that no portfolio meets together are stepped
 * down from by {@link descend}. Never throws: what goes wrong is a `failed` answer.
 */
export function targeting(ports: TargetingPorts): Targeting {
  return async ({ context }, held) => {
    const { policy, effective, memory } = context
    const { minimum, maximum } = policy.optimiser.scenarios
    const sessions = ports.market.sessions(ports.clock.now(), maximum + EXTRA_BARS)
    const history = { instruments: policy.universe.map((spec) => spec.id), sessions, minimum, maximum }
    const scenarios = (ports.scenarios ?? scenarioSet)(history)
    ports.onScenarios?.(policy.id, history, scenarios)
    const heldPlain = plainHeld(held, memory.sized)
    const request: TargetRequest = { policy, held, ...(heldPlain !== null && { heldPlain }), scenarios }
    try {
      return await answerOf(request, constraintScope(context), effective, ports)
    } catch (error) {
      return failed(request, `targets could not be computed: ${String(error)}`)
    }
  }
}

async function answerOf(
  request: TargetRequest,
  scope: ConstraintScope,
  previous: TargetSet | null,
  ports: TargetingPorts,
): Promise<TargetsAnswer> {
  const { policy } = request
  const proposed = propose(policy.targets, request)
  if (!proposed.ok) return failed(request, proposed.refusal.message)
  if (proposed.value.kind !== 'optimise') return answerFromProposal(request, proposed.value)
  const lending = lendingOf(policy.governance, { ...scope, held: request.heldPlain ?? request.held })
  return withLenders(await optimised(request, lending, previous, ports), lending, policy.optimiser)
}

async function optimised(
  request: TargetRequest,
  lending: Lending,
  previous: TargetSet | null,
  ports: TargetingPorts,
): Promise<TargetsAnswer> {
  const { policy } = request
  const problem = meanCvarProblem(request, lending, (instrument) => costSlope(policy.costs, instrument))
  const solve = solving(policy, ports)
  const answer = await solve(problem)
  if (answer.status !== 'INFEASIBLE') return withBenefit(request, problem, believed(request, problem, answer), previous)
  const landing = await descend({ request, problem, failure: answer, previous }, solve)
  if (landing.kind === 'failed') return believed(request, problem, landing.failure)
  const { ladder } = landing
  ports.metrics.count('ballast_limits_conflict_total', { portfolio: policy.id, rung: ladder.rung })
  if (landing.kind === 'relaxed') return withLadder(believed(request, landing.problem, landing.answer), ladder)
  if (landing.kind === 'previous') return withLadder(answerFromPrevious(request, landing.targets), ladder)
  return withLadder(answerOfNothing(request, landing.reason), ladder)
}

/** Solves problems of one request, all of them within the time limit of one, and measures each. */
function solving({ id, optimiser: { tolerance, timeoutMs } }: PortfolioPolicy, ports: TargetingPorts) {
  const { solver, clock, metrics } = ports
  const end = later(clock.now(), timeoutMs)
  return async (problem: MeanCvarProblem): Promise<SolverAnswer> => {
    const timeLimitMs = Math.max(1, end - clock.now())
    const answer = await solver.solve(problem, { tolerance, timeLimitMs }).catch((error: unknown) => {
      metrics.count('ballast_optimise_total', { portfolio: id, backend: 'cpu', status: 'lost' })
      throw error
    })
    measure(metrics, id, answer, problem)
    return answer
  }
}

/** What a solver said, once its certificate has been recomputed. */
function believed(request: TargetRequest, problem: MeanCvarProblem, answer: SolverAnswer): TargetsAnswer {
  const doubt = doubtOf(problem, answer)
  return doubt === null ? answerFromSolver(request, problem, answer) : failed(request, doubt)
}

function doubtOf(problem: MeanCvarProblem, answer: SolverAnswer): string | null {
  if (!solved(answer)) return null
  const certificate = certify(problem, answer)
  return certificate.certified ? null : `the optimiser's answer does not certify: ${certificate.reason}`
}

const failed = (request: TargetRequest, reason: string): TargetsAnswer => ({
  kind: 'failed',
  reason,
  evidence: unsolvedEvidence(request, reason),
})

function measure(metrics: Metrics, portfolio: string, answer: SolverAnswer, problem: MeanCvarProblem): void {
  const backend = solved(answer) && answer.backend === 'cuda' ? 'cuda' : 'cpu'
  metrics.count('ballast_optimise_total', { portfolio, backend, status: answer.status.toLowerCase() })
  metrics.gauge('ballast_scenarios', problem.scenarios.rows, { portfolio })
  if (!solved(answer)) return
  metrics.observe('ballast_optimise_duration_seconds', answer.elapsedMs / 1000, { backend })
  metrics.observe('ballast_optimise_iterations', answer.iterations, { backend })
  metrics.gauge('ballast_optimise_gap_ratio', answer.gap, { portfolio })
}
