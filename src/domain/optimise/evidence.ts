import type { InstrumentId } from '#units/ids.js'
import { type Lending, lenderOf } from '../governance/lending.js'
import type { OptimiserPolicy } from '../policy.js'
import type { Ladder, OptimiserEvidence, TargetsAnswer } from '../run.js'
import { droppedNote } from '../targets/close.js'
import { sizedBounds } from '../targets/sized-bounds.js'
import type { Proposal, TargetRequest } from '../targets/source.js'
import type { TargetSet } from '../targets/target-set.js'
import { type ActiveLimit, riskOf, targetsFromSolution } from './answer.js'
import { benefitOf } from './benefit.js'
import { type MeanCvarProblem, type SolverAnswer, type SolverFailure, solved } from './mean-cvar.js'

/**
 * What the solver said as the answer to a run: targets with evidence and risk before and after, or the failure.
 * The caller certifies the solution first; nothing here believes more than it is given.
 */
export function answerFromSolver(
  request: TargetRequest,
  problem: MeanCvarProblem,
  answer: SolverAnswer,
): TargetsAnswer {
  if (!solved(answer)) {
    const reason = failureReason(answer, request.scenarios.instruments)
    return { kind: 'failed', reason, evidence: solverEvidence(request, answer, [], reason) }
  }
  const { targets, active, dropped } = targetsFromSolution(request, problem, answer)
  const notes = [soldNote(request), boundsNote(request), droppedNote(dropped, request.policy.targets.minWeight)]
  const note = notes.filter((text) => text !== '').join('; ')
  return withRisk(request, targets, solverEvidence(request, answer, active, note))
}

/** A source's own answer as the answer to a run: its targets with risk before and after, or its reason to hold. */
export function answerFromProposal(
  request: TargetRequest,
  proposal: Exclude<Proposal, { kind: 'optimise' }>,
): TargetsAnswer {
  if (proposal.kind === 'hold')
    return { kind: 'hold', reason: proposal.reason, evidence: unsolvedEvidence(request, proposal.reason) }
  return withRisk(request, proposal.targets, unsolvedEvidence(request, proposal.note))
}

/** A failed solve as one sentence that names the limits in conflict by instrument rather than by column. */
export function failureReason(failure: SolverFailure, instruments: readonly InstrumentId[] = []): string {
  switch (failure.status) {
    case 'INFEASIBLE':
      if (failure.conflict.length === 0) return `no portfolio meets every limit: ${failure.message}`
      return `no portfolio meets these limits together: ${conflictNames(failure.conflict, instruments).join(', ')}`
    case 'INVALID_INPUT':
      return `the optimiser refused ${failure.field}: ${failure.message}`
    case 'TIME_LIMIT':
      return `the optimiser ran out of time: ${failure.message}`
    case 'CANCELLED':
      return `the optimisation was cancelled: ${failure.message}`
    case 'NUMERICAL':
      return `the optimiser could not certify an answer: ${failure.message}`
  }
}

/** The solver's names of limits in conflict as people know them. */
export const conflictNames = (conflict: readonly string[], instruments: readonly InstrumentId[]): readonly string[] =>
  conflict.map((name) => limitName(name, instruments))

/** An answer that limits in conflict led to, with what was done about them. */
export const withLadder = (answer: TargetsAnswer, ladder: Ladder): TargetsAnswer => ({
  ...answer,
  evidence: { ...answer.evidence, ladder },
})

/** An answer whose binding limits say which rule they come from, where one lent them. */
export const withLenders = (answer: TargetsAnswer, lending: Lending, policy: OptimiserPolicy): TargetsAnswer => ({
  ...answer,
  evidence: {
    ...answer.evidence,
    active: answer.evidence.active.map((row) => {
      const by = lenderOf(row.limit, lending, policy)
      return by === null ? row : { ...row, by }
    }),
  },
})

/** Targets of a problem with what trading to them is to gain and to cost, where the policy asks; any other answer as it is. */
export function withBenefit(
  request: TargetRequest,
  problem: MeanCvarProblem,
  answer: TargetsAnswer,
  previous: TargetSet | null,
): TargetsAnswer {
  const { tradeTo } = request.policy
  if (answer.kind !== 'targets' || tradeTo?.to !== 'optimal') return answer
  const { targets } = answer
  const benefit = benefitOf(request, problem, { targets, previous, ratio: tradeTo.minBenefitRatio })
  return { ...answer, evidence: { ...answer.evidence, benefit } }
}

/** Earlier targets that stay in force because no portfolio meets the limits. */
export const answerFromPrevious = (request: TargetRequest, targets: TargetSet): TargetsAnswer =>
  withRisk(request, targets, { ...unsolvedEvidence(request, ''), status: 'INFEASIBLE' })

/** Nothing is traded, because no portfolio meets the limits. */
export const answerOfNothing = (request: TargetRequest, reason: string): TargetsAnswer => ({
  kind: 'hold',
  reason,
  evidence: { ...unsolvedEvidence(request, reason), status: 'INFEASIBLE' },
})

/** Evidence of an answer the solver gave, or of its failure (figures zero). */
function solverEvidence(
  request: TargetRequest,
  answer: SolverAnswer,
  active: readonly ActiveLimit[],
  note: string,
): OptimiserEvidence {
  const base = { ...unsolvedEvidence(request, note), status: answer.status as string, active }
  if (!solved(answer)) return base
  const { backend, gap, objective, iterations } = answer
  return { ...base, backend, gap, objective, iterations }
}

/** Evidence of targets that no solver was asked for: status `NOT_NEEDED`, figures zero. */
export function unsolvedEvidence({ policy, scenarios }: TargetRequest, note: string): OptimiserEvidence {
  const { rows, from, to, digest, excluded } = scenarios
  return {
    status: 'NOT_NEEDED',
    backend: '',
    gap: 0,
    objective: 0,
    iterations: 0,
    confidence: policy.optimiser.confidence,
    scenarios: { rows, from, to, digest },
    excluded,
    active: [],
    note,
  }
}

function withRisk({ policy, held, scenarios }: TargetRequest, targets: TargetSet, evidence: OptimiserEvidence) {
  const { confidence } = policy.optimiser
  const riskBefore = riskOf(held, scenarios, confidence)
  const riskAfter = riskOf(targets.weights, scenarios, confidence)
  return { kind: 'targets', targets, evidence, riskBefore, riskAfter } as const
}

/** What no weight may exceed beside the policy's bounds; empty for nothing. */
function boundsNote(request: TargetRequest): string {
  const bounds = sizedBounds(request)
  return bounds?.kind === 'bounds' ? bounds.note : ''
}

/** Held instruments that are no column: the targets leave them out, and the plan sells them. */
function soldNote({ held, scenarios }: TargetRequest): string {
  const columns = new Set(scenarios.instruments)
  const sold = (Object.keys(held) as InstrumentId[]).filter((id) => held[id] !== 0 && !columns.has(id)).sort()
  if (sold.length === 0) return ''
  const why = new Map(scenarios.excluded.map(({ instrument, reason }) => [instrument, reason]))
  return `held but not eligible, target 0: ${sold.map((id) => `${id} (${why.get(id) ?? 'not in the universe'})`).join(', ')}`
}

/** A group of a rule is named after it and what it is; any other by its name alone. */
function groupLimit(name: string): string {
  const [rule, label] = name.split(/:(.*)/s)
  return label === undefined ? `the limits of group ${name}` : `the limit on ${label} (${rule})`
}

function limitName(name: string, instruments: readonly InstrumentId[]): string {
  const [kind, rest = ''] = name.split(/:(.*)/s)
  switch (kind) {
    case 'bound':
      return `the weight bounds of ${instruments[Number(rest)] ?? `column ${rest}`}`
    case 'group':
      return groupLimit(rest)
    case 'budget':
      return 'the cash range'
    case 'turnover':
      return 'the turnover limit'
    case 'traded':
      return 'the limit on buys plus sells'
    case 'leverage':
      return 'the leverage limit'
    case 'minimumReturn':
      return 'the least expected return'
    case 'maximumCvar':
      return 'the largest CVaR'
    case 'cardinality':
      return 'the limit on the number of names'
    default:
      return name
  }
}
