import { nobodyEligible } from './scenarios.js'
import { boundsRefusal, type OptimisedParams, optimisedSchema, sizedBounds } from './sized-bounds.js'
import type { Proposal, TargetRequest, TargetSource } from './source.js'

/**
 * Mean-CVaR weights from the solver, under the limits of the policy's `optimiser` section and, where it asks for them, highest
 * weights by a sizing method. Holds while no instrument has enough history, and while the method has no answer.
 * Source: design domain.md sections 1 and 6.
 */
export const optimised: TargetSource<OptimisedParams> = {
  name: 'optimised',
  summary: 'Mean-CVaR optimal weights under the limits of the policy.',
  schema: optimisedSchema,
  refusal: boundsRefusal,
  propose,
}

function propose(_params: OptimisedParams, request: TargetRequest): Proposal {
  const { scenarios, policy } = request
  if (scenarios.rows === 0 || scenarios.instruments.length === 0)
    return { kind: 'hold', reason: nobodyEligible(scenarios, policy.optimiser.scenarios.minimum) }
  const bounds = sizedBounds(request)
  return bounds?.kind === 'hold' ? bounds : { kind: 'optimise' }
}
