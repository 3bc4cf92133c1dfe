import { z } from 'zod'
import { weightBounds } from '../optimise/bounds.js'
import { cappedShares } from './cap.js'
import { closeBudget, droppedNote } from './close.js'
import { movement } from './movement.js'
import type { Proposal, TargetRequest, TargetSource } from './source.js'

const schema = z.strictObject({})

/** The inverse-volatility source has no parameters of its own. */
export type InverseVolatilityParams = z.infer<typeof schema>

/**
 * Weights proportional to 1/σ, σ the sample standard deviation of the scenario returns, scaled to 1 − cashReserve under
 * the upper bounds of the policy; what the caps do not take stays in cash. An instrument whose price never moved has no
 * finite 1/σ: it gets nothing, and the note says so. Lower bounds above zero belong to the optimiser and are not used.
 * Source: design domain.md sections 1 and 6.
 */
export const inverseVolatility: TargetSource<InverseVolatilityParams> = {
  name: 'inverse-volatility',
  summary: 'Weights in proportion to one over volatility, under the weight caps.',
  schema,
  propose,
}

function propose(_params: InverseVolatilityParams, request: TargetRequest): Proposal {
  const { policy } = request
  const found = movement(request)
  if (found.kind === 'hold') return found
  const shares = cappedShares(
    found.movers.map(({ deviation }) => 1 / deviation),
    found.movers.map(({ instrument }) => weightBounds(policy.optimiser, instrument)[1]),
    1 - policy.targets.cashReserve,
  )
  const wanted = new Map(found.movers.map(({ instrument }, index) => [instrument, shares[index]!]))
  const { targets, dropped } = closeBudget(wanted, policy.targets.minWeight)
  const notes = [found.note, droppedNote(dropped, policy.targets.minWeight)]
  return { kind: 'targets', targets, note: notes.filter((note) => note !== '').join('; ') }
}
