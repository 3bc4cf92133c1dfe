import type { InstrumentId } from '#units/ids.js'
import { widthOf } from '../drift.js'
import { percent } from '../explain/words.js'
import type { DriftBand } from '../policy.js'
import type { Benefit } from '../run.js'
import type { TargetRequest } from '../targets/source.js'
import type { TargetSet } from '../targets/target-set.js'
import { costAt } from './certify/cost.js'
import { lossesAt, probabilitiesOf, tailOf } from './certify/losses.js'
import type { MeanCvarProblem } from './mean-cvar.js'

/** The band beyond a limit of a portfolio that has no drift trigger. Source: design domain.md section 2, the default. */
const DEFAULT_BAND: DriftBand = {
  type: 'absolute',
  band: 0.05,
  relativeFloor: 0.01,
  perInstrument: {},
  includeCash: false,
}

/** What is weighed up: the targets, those in force before (null where there were none), and how often the gain must cover the cost. */
export interface BenefitTerms {
  readonly targets: TargetSet
  readonly previous: TargetSet | null
  readonly ratio: number
}

/**
 * What it is to gain and to cost to trade from the weights held to the targets of a problem that was solved.
 *
 *   gain = H·Δ(μ·w − λ·CVaR),  cost = Σ slopeᵢ·|targetᵢ − heldᵢ|
 *
 * μ, λ, slopes and scenarios are the problem's, H the policy's holding periods, so that gain − cost is H times what the
 * objective improves by: where the weights held meet every limit, an optimum never costs more than it gains.
 *
 * A limit is no question of gain. Weights beyond one by as much as their drift band, cash outside its range by as much as its
 * band, and a holding that the problem does not know are exempt: `exempt` names the first. Nearer than that to a limit is
 * where a portfolio at its limits stands half the time. Exempt too are targets where there were none: without them nothing
 * would ever begin.
 *
 * Source design domain.md section 2; ADR 0034. Cost O(T N + T log T).
 */
export function benefitOf(
  request: TargetRequest,
  problem: MeanCvarProblem,
  { targets, previous, ratio }: BenefitTerms,
): Benefit {
  const { instruments } = request.scenarios
  const { holdingPeriods } = request.policy.optimiser
  const held = Float64Array.from(instruments, (instrument) => request.held[instrument] ?? 0)
  const wanted = Float64Array.from(instruments, (instrument) => targets.weights[instrument] ?? 0)
  const [before, after] = [standingAt(problem, held), standingAt(problem, wanted)]
  const gained = after.return - before.return - problem.riskAversion * (after.cvar - before.cvar)
  const cost = wanted.reduce((sum, weight, column) => sum + costAt(problem, column, weight), 0)
  const exempt = previous === null ? 'there were no targets before' : exemption(request, problem, held)
  return {
    holdingPeriods,
    return: { before: before.return, after: after.return },
    cvar: { before: before.cvar, after: after.cvar },
    gain: holdingPeriods * gained,
    cost,
    ratio,
    ...(exempt !== null && { exempt }),
  }
}

/** True when a gain exceeds its cost as often as it must, or need not. */
export const pays = ({ gain, cost, ratio, exempt }: Benefit): boolean => exempt !== undefined || gain > cost * ratio

function standingAt(
  problem: MeanCvarProblem,
  weights: Float64Array,
): { readonly return: number; readonly cvar: number } {
  const { cvar } = tailOf(lossesAt(problem, weights), probabilitiesOf(problem), problem.confidence)
  return { return: weights.reduce((sum, weight, column) => sum + (problem.mean?.[column] ?? 0) * weight, 0), cvar }
}

function exemption(
  { policy, held, scenarios }: TargetRequest,
  problem: MeanCvarProblem,
  weights: Float64Array,
): string | null {
  const band = policy.triggers.drift ?? DEFAULT_BAND
  const unknown = (Object.keys(held) as InstrumentId[]).filter(
    (id) => held[id] !== 0 && !scenarios.instruments.includes(id),
  )
  const [first] = unknown.sort()
  if (first !== undefined) return `${first} is held and is not among what may be`
  for (const [column, instrument] of scenarios.instruments.entries()) {
    const weight = weights[column]!
    const [least, most] = [problem.lower[column]!, problem.upper[column]!]
    const limit = weight > most ? most : least
    if (isPast(weight, least, most, widthOf(limit, band, instrument)))
      return `${instrument} is at ${percent(weight)}, its limit is ${percent(limit)}`
  }
  const cash = 1 - weights.reduce((sum, weight) => sum + weight, 0)
  const limit = cash > problem.cash.upper ? problem.cash.upper : problem.cash.lower
  return isPast(cash, problem.cash.lower, problem.cash.upper, widthOf(limit, band, null))
    ? `cash is at ${percent(cash)}, its limit is ${percent(limit)}`
    : null
}

const isPast = (weight: number, least: number, most: number, width: number): boolean =>
  weight > most + width || weight < least - width
