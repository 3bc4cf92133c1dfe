import { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import { weightBounds } from '../optimise/bounds.js'
import type { PortfolioPolicy } from '../policy.js'
import { BUDGET_TOLERANCE, closeBudget, droppedNote } from './close.js'
import { neverPriced, waitingNote } from './scenarios.js'
import type { Proposal, TargetRefusal, TargetRequest, TargetSource } from './source.js'

const sumOf = (weights: Readonly<Record<string, number>>): number =>
  Object.keys(weights)
    .sort()
    .reduce((sum, id) => sum + weights[id]!, 0)

const schema = z
  .strictObject({
    weights: z.record(z.string(), z.number()).describe('Target weight by instrument id, fractions of equity.'),
    cash: z
      .number()
      .min(0)
      .optional()
      .describe('Target cash weight; with it the weights are taken as they are and everything sums to 1.'),
  })
  .superRefine(({ weights, cash }, context) => {
    const sum = sumOf(weights)
    if (cash !== undefined && Math.abs(sum + cash - 1) > BUDGET_TOLERANCE)
      context.addIssue({ code: 'custom', message: `weights and cash sum to ${sum + cash}, not to 1` })
    if (cash === undefined && sum > 1 + BUDGET_TOLERANCE)
      context.addIssue({ code: 'custom', message: `weights sum to ${sum}, more than 1` })
  })

/** Parameters of the fixed source: model weights and, optionally, their cash weight. */
export type FixedParams = z.infer<typeof schema>

/**
 * Model weights. With a cash weight they are used as they are; without one they are scaled by 1 − cashReserve.
 * An instrument that has never been priced waits in cash; one without enough history for scenarios is a target all the
 * same. Source: design domain.md section 1.
 */
export const fixed: TargetSource<FixedParams> = {
  name: 'fixed',
  summary: 'Weights of a model portfolio, as given.',
  schema,
  refusal: refusalOf,
  propose,
}

function refusalOf(params: FixedParams, policy: PortfolioPolicy): TargetRefusal | null {
  const specs = new Map<string, boolean>(policy.universe.map((spec) => [spec.id, spec.shortable]))
  for (const id of Object.keys(params.weights).sort()) {
    const path = ['weights', id]
    if (!specs.has(id))
      return { code: 'target_unknown', message: `${id} has a target weight but is not in the universe`, path }
    const shorts = specs.get(id) === true && weightBounds(policy.optimiser, id as InstrumentId)[0] < 0
    if (params.weights[id]! < 0 && !shorts)
      return {
        code: 'short_not_allowed',
        message: `${id} has a negative target weight and may not be held short`,
        path,
      }
  }
  return null
}

function propose(params: FixedParams, { policy, scenarios }: TargetRequest): Proposal {
  const untraded = neverPriced(scenarios)
  const scale = params.cash === undefined ? 1 - policy.targets.cashReserve : 1
  const wanted = new Map<InstrumentId, number>()
  const waiting: InstrumentId[] = []
  for (const id of Object.keys(params.weights).sort() as InstrumentId[]) {
    if (!untraded.has(id)) wanted.set(id, params.weights[id]! * scale)
    else if (params.weights[id] !== 0) waiting.push(id)
  }
  const { targets, dropped } = closeBudget(wanted, policy.targets.minWeight)
  const notes = [droppedNote(dropped, policy.targets.minWeight), waitingNote(waiting)]
  return { kind: 'targets', targets, note: notes.filter((note) => note !== '').join('; ') }
}
