import { type FrontierAnswer, pointProblem } from '#domain/optimise/frontier.js'
import type { MeanCvarProblem, SolverAnswer, SolverFailure, SolverSolution } from '#domain/optimise/mean-cvar.js'

/** An answer as it crosses the bridge back: every field present, in the order of native/binding/encode.cpp. */
export interface AnswerDto {
  readonly status: SolverAnswer['status']
  readonly field: string
  readonly message: string
  readonly conflict: readonly string[]
  readonly weights: Float64Array | null
  readonly cash: number
  readonly objective: number
  readonly lowerBound: number
  readonly gap: number
  readonly cvar: number
  readonly var: number
  readonly expectedReturn: number
  readonly cost: number
  readonly violation: number
  readonly scenarioDual: Float64Array | null
  readonly budgetDual: number
  readonly buysDual: number
  readonly sellsDual: number
  readonly tradedDual: number
  readonly leverageDual: number
  readonly minimumReturnDual: number
  readonly maximumCvarDual: number
  readonly groupDuals: Float64Array | null
  readonly reducedCost: Float64Array | null
  readonly iterations: number
  readonly passes: number
  readonly elapsedMs: number
  readonly backend: string
  readonly fallback: string
}

/** A frontier as it crosses the bridge back: an answer for each floor, the last one perhaps a failure. */
export interface FrontierDto {
  readonly status: SolverAnswer['status']
  readonly field: string
  readonly message: string
  readonly conflict: readonly string[]
  readonly floors: Float64Array
  readonly points: readonly AnswerDto[]
}

/** A problem as it crosses the bridge; what a caller without types sends may be anything. */
export interface ProblemDto {
  readonly scenarios: {
    readonly rows: number
    readonly columns: number
    readonly returns: unknown
    readonly probabilities: unknown
  }
  readonly [field: string]: unknown
}

/** A problem as native/binding/decode.cpp reads it: the same arrays, what is absent as null. */
export function problemDto(problem: MeanCvarProblem): ProblemDto {
  const { scenarios, cost, cardinality } = problem
  return {
    scenarios: {
      rows: scenarios.rows,
      columns: scenarios.columns,
      returns: scenarios.returns,
      probabilities: scenarios.probabilities ?? null,
    },
    confidence: problem.confidence,
    riskAversion: problem.riskAversion,
    mean: problem.mean ?? null,
    lower: problem.lower,
    upper: problem.upper,
    funding: problem.funding ?? null,
    held: problem.held ?? null,
    cash: { lower: problem.cash.lower, upper: problem.cash.upper },
    cost: cost
      ? {
          buy: cost.buy,
          sell: cost.sell,
          holdingPeriods: cost.holdingPeriods,
          steps: (cost.steps ?? []).map(({ beyond, buy, sell }) => ({ beyond, buy, sell })),
        }
      : null,
    groups: (problem.groups ?? []).map((group) => ({
      name: group.name,
      coefficients: group.coefficients,
      lower: group.lower ?? null,
      upper: group.upper ?? null,
    })),
    turnover: problem.turnover ?? null,
    traded: problem.traded ?? null,
    leverage: problem.leverage ?? null,
    minimumReturn: problem.minimumReturn ?? null,
    maximumCvar: problem.maximumCvar ?? null,
    cardinality: cardinality ? { most: cardinality.most, smallest: cardinality.smallest } : null,
  }
}

/** The port's answer to `problem`. */
export function answerOf(dto: AnswerDto, problem: MeanCvarProblem): SolverAnswer {
  switch (dto.status) {
    case 'OPTIMAL':
    case 'FEASIBLE':
      return solutionOf(dto, dto.status, problem)
    default:
      return failureOf(dto, dto.status)
  }
}

/** The port's frontier of `problem`. */
export function frontierOf(dto: FrontierDto, problem: MeanCvarProblem): FrontierAnswer {
  if (dto.status !== 'OPTIMAL' && dto.status !== 'FEASIBLE') return failureOf(dto, dto.status)
  const points = dto.points.map((answer, k) => {
    const floor = dto.floors[k]!
    const point = pointProblem(problem, floor)
    const status = answer.status === 'OPTIMAL' ? answer.status : 'FEASIBLE'
    return { floor, problem: point, answer: solutionOf(answer, status, point) }
  })
  return { status: 'SOLVED', points }
}

function failureOf(
  { field, message, conflict }: Pick<AnswerDto, 'field' | 'message' | 'conflict'>,
  status: SolverFailure['status'],
): SolverFailure {
  if (status === 'INVALID_INPUT') return { status, field, message }
  if (status === 'INFEASIBLE') return { status, message, conflict }
  return { status, message }
}

function solutionOf(dto: AnswerDto, status: SolverSolution['status'], problem: MeanCvarProblem): SolverSolution {
  return {
    status,
    weights: present(dto.weights),
    cash: dto.cash,
    objective: dto.objective,
    lowerBound: dto.lowerBound,
    gap: dto.gap,
    cvar: dto.cvar,
    var: dto.var,
    expectedReturn: dto.expectedReturn,
    cost: dto.cost,
    violation: dto.violation,
    duals: {
      scenario: present(dto.scenarioDual),
      budget: dto.budgetDual,
      turnover: { buys: dto.buysDual, sells: dto.sellsDual },
      traded: dto.tradedDual,
      leverage: dto.leverageDual,
      minimumReturn: dto.minimumReturnDual,
      maximumCvar: dto.maximumCvarDual,
      groups: (problem.groups ?? []).map((group, g) => ({ name: group.name, dual: dto.groupDuals?.[g] ?? 0 })),
      reducedCost: present(dto.reducedCost),
    },
    iterations: dto.iterations,
    passes: dto.passes,
    elapsedMs: dto.elapsedMs,
    backend: dto.backend,
    ...(dto.fallback === '' ? {} : { fallback: dto.fallback }),
  }
}

function present(array: Float64Array | null): Float64Array {
  if (!(array instanceof Float64Array))
    throw new Error('the native solver answered with a solution that lacks an array')
  return array
}
