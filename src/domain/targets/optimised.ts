import { z } from 'zod'
import { nobodyEligible } from './scenarios.js'
import type { TargetSource } from './source.js'

const schema = z.strictObject({})

/** The optimised source has no parameters of its own: its limits are the policy's `optimiser` section. */
export type OptimisedParams = z.infer<typeof schema>

/** Mean-CVaR weights from the solver; holds while no instrument has enough history. Source: design domain.md section 1. */
export const optimised: TargetSource<OptimisedParams> = {
  name: 'optimised',
  summary: 'Mean-CVaR optimal weights under the limits of the policy.',
  schema,
  propose: (_params, { policy, scenarios }) =>
    scenarios.rows === 0 || scenarios.instruments.length === 0
      ? { kind: 'hold', reason: nobodyEligible(scenarios, policy.optimiser.scenarios.minimum) }
      : { kind: 'optimise' },
}
