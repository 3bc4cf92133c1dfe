import { type Decimal, decimalFromFloat } from '#units/decimal.js'
import { magnitude, minus, type Quantity, quantity, scaled } from '#units/money.js'
import { unitExposure, wholeLots } from '../instrument/registry.js'
import type { Leg } from '../plan/plan.js'
import { judgementBy, percent } from './judgement.js'
import { unitsOf } from './moves.js'
import { fractionKept } from './multiplier.js'
import type { Judgement, RuleContext } from './rule.js'
import { heldWithin } from './toward.js'

/** What is left of targets, and by whom. */
export interface TargetShare {
  readonly rule: string
  /** Of a name's target as its leg has it: one that is 1 or more cuts nothing. */
  readonly share: number
  /** What leaves it, for people: `CHOPPY`. */
  readonly left: string
  readonly evidence: Judgement['evidence']
}

/**
 * Takes no name beyond a share of its target. Each depends on its own leg alone, so this holds in every state a plan may fill to, and
 * gross exposure stays within that share of the targets' own. What takes a name towards zero is never cut; one that is beyond already
 * and would be taken further is not traded.
 * Edges   exactly there passes. Unknown terms: rejected. Equity must be positive.
 */
export function heldTo(context: RuleContext, left: TargetShare): readonly Judgement[] {
  return left.share >= 1 ? [] : context.plan.legs.flatMap((leg) => judgeLeg(leg, left, context))
}

function judgeLeg(leg: Leg, { rule, share, left, evidence }: TargetShare, context: RuleContext): readonly Judgement[] {
  const verdict = judgementBy(rule)
  const spec = context.specs[leg.instrument]
  if (spec === undefined) return [verdict(leg.id, 'reject', 1, `${leg.instrument} has no known terms`, {})]
  const held = unitsOf(context, leg.instrument)
  const limit = decimalFromFloat(Math.abs(leg.targetWeight)).times(decimalFromFloat(share))
  const most = quantity(scaled(context.equity, limit).div(unitExposure(spec, leg.arrival)))
  const { after, goal } = heldWithin(leg, held, most)
  if (goal.eq(after)) return []
  const kept = wholeLots(spec, magnitude(minus(goal, held)))
  const weight = (units: Quantity): Decimal =>
    magnitude(units).times(unitExposure(spec, leg.arrival)).div(context.equity)
  const reason = `${leg.instrument} would weigh ${percent(weight(after))}, more than the ${percent(limit)} that ${left} leaves`
  const figures = { after: weight(after).toNumber(), limit: limit.toNumber(), ...evidence }
  return [verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, figures)]
}
