import { z } from 'zod'
import { addDays, midnight } from '#units/time.js'
import { COUNTED } from '../../deferral.js'
import type { Rule } from '../rule.js'

const NAME = 'rebalance-frequency'

const schema = z.strictObject({
  maxRuns: z
    .int()
    .min(1)
    .max(100)
    .default(1)
    .describe('runs that triggers may begin in one session; those by hand, for cash or on a breached limit are exempt'),
})

/** Parameters of {@link rebalanceFrequency}. */
export type RebalanceFrequencyParams = z.output<typeof schema>

/**
 * Puts off to the next session what would be one automatic run too many of this one. The triggers have a cap of their own that
 * keeps drift and calendar from beginning; this one stops whatever began all the same. Source: design domain.md section 9.
 */
export const rebalanceFrequency: Rule<RebalanceFrequencyParams> = {
  name: NAME,
  summary: 'Caps the automatic runs of a session; one too many waits for the next.',
  schema,
  judge({ maxRuns }, { occasion: { trigger, automaticRuns }, view: { session } }) {
    if (!COUNTED.has(trigger) || automaticRuns <= maxRuns) return []
    const reason = `this is automatic run ${automaticRuns} of session ${session}, more than ${maxRuns}`
    const retryAt = midnight(addDays(session, 1))
    const evidence = { automaticRuns, maxRuns }
    return [{ rule: NAME, leg: null, verdict: 'reject', multiplier: 1, reason, evidence, retryAt }]
  },
}
