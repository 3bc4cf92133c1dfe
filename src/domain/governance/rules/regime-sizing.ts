import { z } from 'zod'
import { heldTo } from '../held-to.js'
import type { Rule } from '../rule.js'
import { onlyTowardZero, WITHOUT_EQUITY } from '../toward.js'

const NAME = 'regime-sizing'

const schema = z.strictObject({})

/** Parameters of {@link regimeSizing}: none, the policy's section on the regime has them. */
type RegimeSizingParams = z.output<typeof schema>

/**
 * Takes no name beyond m times its plain target, m being the multiplier of the regime now: of targets that were not sized, min(m, 1)
 * is left. Targets sized by that same multiplier pass; what is cut are trades toward targets that were sized when the market was
 * another: buys planned again after a reading, a plan that waited for people, cash invested between two runs.
 *
 * Edges   a policy that says nothing of the regime has nothing cut; otherwise as {@link withinShare}.
 * Source  design domain.md sections 9 and 10.
 */
export const regimeSizing: Rule<RegimeSizingParams> = {
  name: NAME,
  summary: 'Takes no name beyond what the kind of market leaves of its target.',
  schema,
  judge(_params, context) {
    const { regime: reading } = context
    if (reading === undefined) return []
    if (!context.equity.gt(0)) return onlyTowardZero({ rule: NAME, reason: WITHOUT_EQUITY }, context)
    const { regime, multiplier, sized } = reading
    const evidence = { multiplier, sized }
    return heldTo(context, { rule: NAME, share: multiplier / sized, left: regime, evidence })
  },
}
