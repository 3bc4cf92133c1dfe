import { z } from 'zod'
import { sampleCovariance } from '#numerics/covariance.js'
import { type Matrix, timesVector } from '#numerics/matrix.js'
import { type RiskBudgeting, riskBudgeting } from '#numerics/risk-budgeting.js'
import { listed } from '../explain/words.js'
import type { TargetRefusal } from '../targets/source.js'
import type { Sizing, SizingMethod, SizingRequest, SizingScope } from './method.js'
import { columnsOf, deviationsOf, type Mover, movement } from './movement.js'

const schema = z.strictObject({
  budgets: z
    .record(z.string(), z.number().min(0.001).max(1_000))
    .default({})
    .describe('Share of risk by instrument id, in proportion to one another; an instrument that is not named has 1.'),
})

/** Parameters of risk parity. */
export type RiskParityParams = z.infer<typeof schema>

/** Names that an explanation lists before it only counts. */
const NAMED = 6

/**
 * Weights with risk contributions wᵢ·(Σw)ᵢ in proportion to the risk budgets, equal without any, that spend the budget
 * under the upper bounds; what the caps do not take stays in cash. Contributions of the names below their cap are as their
 * budgets to 1e-8 and closer, also while others are held at theirs ({@link riskBudgeting}). It is the rule of caps with
 * bᵢ/(Σw)ᵢ for the signal, and so θ is what a name below its cap contributes per unit of its risk budget. Long only: lower
 * bounds belong to the optimiser and are not used. A weight below a target source's minimum goes to cash last of all, and
 * the others stay as they are.
 *
 * Σ       is the plain sample covariance of the scenario returns, divisor T − 1: the risk that is shared out is that of
 *         the very scenarios whose CVaR the run reports, and anyone can add it up again. It is not shrunk because nothing
 *         here inverts it: where a minimum of variance runs after the errors of Σ, equal contributions of weights ≥ 0 do
 *         not, and shrinking toward equal correlations would only move the answer toward inverse volatility. Fewer
 *         returns than names make Σ singular, which matters only where names cancel each other.
 * Edges   an instrument whose price never moved has no risk to share: it gets nothing, and the note says so. Names that
 *         all but cancel each other have none together: hold, with their names.
 * Source  design domain.md sections 1 and 6.
 */
export const riskParity: SizingMethod<RiskParityParams> = {
  name: 'risk-parity',
  summary: 'Weights that contribute equally to risk, or by risk budgets, under the weight caps.',
  schema,
  refusal: refusalOf,
  window: () => null,
  size,
}

function refusalOf({ budgets }: RiskParityParams, { names }: SizingScope): TargetRefusal | null {
  const unknown = Object.keys(budgets)
    .sort()
    .find((id) => !names.has(id))
  if (unknown === undefined) return null
  const message = `${unknown} has a risk budget but is not in the universe`
  return { code: 'target_unknown', message, path: ['budgets', unknown] }
}

function size({ budgets }: RiskParityParams, request: SizingRequest): Sizing {
  const found = movement(request)
  if (found.kind === 'hold') return found
  const capOf = ({ instrument }: Mover): number => request.bounds(instrument)[1]
  const movers = found.movers.filter((mover) => capOf(mover) > 0)
  const volatilities = { per: 'bar', of: deviationsOf(movers) } as const
  const nothing = {
    kind: 'sized',
    weights: new Map(),
    theta: null,
    capped: [],
    volatilities,
    note: found.note,
  } as const
  if (movers.length === 0 || !(request.budget > 0)) return nothing
  const own = new Map(Object.entries(budgets))
  const covariance = sampleCovariance(columnsOf(request.scenarios, movers))
  const shares = Float64Array.from(movers, ({ instrument }) => own.get(instrument) ?? 1)
  const caps = Float64Array.from(movers, capOf)
  const answer = riskBudgeting({ covariance, budgets: shares, caps, total: request.budget })
  const namesOf = (columns: readonly number[]) => columns.map((column) => movers[column]!.instrument)
  if (answer.kind === 'hedged') {
    const names = listed(namesOf(answer.columns), NAMED)
    return { kind: 'hold', reason: `no risk to share out: ${names} all but cancel each other` }
  }
  const capped = namesOf(answer.capped)
  const held =
    capped.length === 0 ? '' : `held at the highest weight, below the share of risk: ${listed(capped, NAMED)}`
  return {
    kind: 'sized',
    weights: new Map(movers.map(({ instrument }, at) => [instrument, answer.weights[at]!])),
    theta: thetaOf(covariance, shares, answer),
    capped,
    volatilities,
    note: [found.note, held].filter((text) => text !== '').join('; '),
  }
}

/** What the names below their cap contribute to the variance per unit of budget; null where all are at theirs. */
function thetaOf(covariance: Matrix, budgets: Float64Array, answer: Extract<RiskBudgeting, { kind: 'shared' }>) {
  const capped = new Set(answer.capped)
  const free = [...budgets.keys()].find((column) => !capped.has(column))
  if (free === undefined) return null
  return (answer.weights[free]! * timesVector(covariance, answer.weights)[free]!) / budgets[free]!
}
