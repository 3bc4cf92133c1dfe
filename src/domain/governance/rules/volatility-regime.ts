import { z } from 'zod'
import { toIso } from '#units/time.js'
import { heldTo } from '../held-to.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import { onlyTowardZero, WITHOUT_EQUITY } from '../toward.js'

const NAME = 'volatility-regime'

const schema = z.strictObject({})

/** Parameters of {@link volatilityRegime}: none, the policy's section on volatility has them. */
type VolatilityRegimeParams = z.output<typeof schema>

/**
 * Takes no name beyond m times its plain target, m being what a volatility index leaves of weights now, whatever the targets were sized by
 * when they were made.
 *
 * Missing no reading has ever come: nothing may add risk, what takes a name toward zero passes.
 * Stale   the last reading is older than its time: its multiplier stays, which is never above 1, and a warning says so.
 * Edges   a policy that says nothing of volatility has nothing cut; otherwise as {@link heldTo}.
 * Source  design domain.md sections 9 and 10; ADR 0043.
 */
export const volatilityRegime: Rule<VolatilityRegimeParams> = {
  name: NAME,
  summary: 'Takes no name beyond what a volatility index leaves of its target.',
  schema,
  needs: 'volatility',
  judge(_params, context) {
    const { volatility } = context
    if (volatility === undefined) return []
    if (!context.equity.gt(0)) return onlyTowardZero({ rule: NAME, reason: WITHOUT_EQUITY }, context)
    const { reading, sized } = volatility
    // A figure that is none is no reading, and could not be written down as evidence either.
    if (reading === null || !Number.isFinite(reading.multiplier / sized) || !Number.isFinite(reading.level))
      return heldTo(context, { rule: NAME, share: 0, left: 'a missing volatility', evidence: {} })
    const { level, multiplier } = reading
    const left = `volatility at ${level.toFixed(2)}`
    const cuts = heldTo(context, {
      ...{ rule: NAME, share: multiplier / sized, left },
      evidence: { multiplier, sized, level },
    })
    return [...cuts, ...stale(volatility, context)]
  },
}

/** A warning where the reading is older than its time. */
function stale(
  { reading, maxAgeMs }: NonNullable<RuleContext['volatility']>,
  { at }: RuleContext,
): readonly Judgement[] {
  if (reading === null || at - reading.asOf <= maxAgeMs) return []
  const reason = `volatility was last read at ${toIso(reading.asOf)}: what it reduced stays reduced`
  const evidence = { asOf: toIso(reading.asOf), maxAgeMs }
  return [{ rule: NAME, leg: null, verdict: 'warn', multiplier: 1, reason, evidence }]
}
