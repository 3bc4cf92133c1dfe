import { z } from 'zod'
import { type Decimal, decimalFromFloat } from '#units/decimal.js'
import { greatest, magnitude, minus, negated, noQuantity, plus, type Quantity, quantity, scaled } from '#units/money.js'
import { unitExposure, wholeLots } from '../../instrument/registry.js'
import type { Leg } from '../../plan/plan.js'
import { judgementBy, percent } from '../judgement.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'

const NAME = 'regime-sizing'
const verdict = judgementBy(NAME)

const schema = z.strictObject({})

/** Parameters of {@link regimeSizing}: none, the policy's section on the regime has them. */
type RegimeSizingParams = z.output<typeof schema>

/**
 * Takes no name beyond m times its plain target, m being the multiplier of the regime now: of targets that were not sized, min(m, 1)
 * is left. Targets sized by that same multiplier pass; what is cut are trades toward targets that were sized when the market was
 * another: buys planned again after a reading, a plan that waited for people, cash invested between two runs.
 *
 * A leg that takes its name towards zero is never cut. A name that is beyond already and would be taken further is not traded.
 * Edges   exactly there passes. A policy that says nothing of the regime has nothing cut. Unknown terms or equity ≤ 0: rejected.
 * Source  design domain.md sections 9 and 10.
 */
export const regimeSizing: Rule<RegimeSizingParams> = {
  name: NAME,
  summary: 'Takes no name beyond what the kind of market leaves of its target.',
  schema,
  judge(_params, context) {
    const { regime } = context
    if (regime === undefined) return []
    if (!context.equity.gt(0))
      return [verdict(null, 'reject', 1, 'equity is not positive: no position has a weight', {})]
    const share = regime.multiplier / regime.sized
    return share >= 1 ? [] : context.plan.legs.flatMap((leg) => judgeLeg(leg, share, regime, context))
  },
}

function judgeLeg(
  leg: Leg,
  share: number,
  { regime, multiplier, sized }: NonNullable<RuleContext['regime']>,
  context: RuleContext,
): readonly Judgement[] {
  const spec = context.specs[leg.instrument]
  if (spec === undefined) return [verdict(leg.id, 'reject', 1, `${leg.instrument} has no known terms`, {})]
  const held = context.book.positions[leg.instrument]?.quantity ?? noQuantity
  const after = plus(held, leg.side === 'buy' ? leg.quantity : negated(leg.quantity))
  const limit = decimalFromFloat(Math.abs(leg.targetWeight)).times(decimalFromFloat(share))
  const most = quantity(scaled(context.equity, limit).div(unitExposure(spec, leg.arrival)))
  // Where it is, or as far as it may go, or no further than zero: whichever lets it trade most without adding risk.
  const goal = within(after, greatest(most, sameSide(held, after) ? magnitude(held) : noQuantity))
  if (goal.eq(after)) return []
  const kept = wholeLots(spec, magnitude(minus(goal, held)))
  const weight = (units: Quantity): Decimal =>
    magnitude(units).times(unitExposure(spec, leg.arrival)).div(context.equity)
  const reason = `${leg.instrument} would weigh ${percent(weight(after))}, more than the ${percent(limit)} that ${regime} leaves`
  const evidence = { after: weight(after).toNumber(), limit: limit.toNumber(), multiplier, sized }
  return [verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)]
}

/** The units, or as many of that sign as may be. */
const within = (units: Quantity, most: Quantity): Quantity => {
  if (magnitude(units).lte(most)) return units
  return units.isNegative() ? negated(most) : most
}

const sameSide = (one: Quantity, other: Quantity): boolean => one.isNegative() === other.isNegative()
