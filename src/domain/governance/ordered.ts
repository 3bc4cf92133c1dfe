import { decimalFromFloat } from '#units/decimal.js'
import { greatest, type Money, minus, noMoney, plus, quantity, ratio, scaled } from '#units/money.js'
import { unitExposure, wholeLots } from '../instrument/registry.js'
import type { Known } from '../liquidity/liquidity.js'
import { judgementBy, percentOf } from './judgement.js'
import type { Move } from './moves.js'
import { fractionKept } from './multiplier.js'
import type { Judgement, RuleContext } from './rule.js'

/** What may be ordered of a name, and what has been. */
export interface VolumeLimit {
  readonly rule: string
  readonly known: Known
  /** Fraction of its ADV. */
  readonly max: number
  /** Value ordered of it before. */
  readonly before: Money
  /** What orders of it would come to, for people, of `40.0 % of` or `more than` its ADV; without the limit. */
  readonly text: (share: string) => string
}

/**
 * The part of a leg that its name's ADV has room for, in whole lots; the rest waits for another day. Exactly at the limit passes. A
 * liquidation, which a person asked for, is let through with a warning.
 */
export function orderedWithin(
  { leg, spec }: Move,
  limit: VolumeLimit,
  { occasion }: RuleContext,
): readonly Judgement[] {
  const { rule, known, max, before, text } = limit
  const verdict = judgementBy(rule)
  const unit = unitExposure(spec, leg.arrival)
  const most = scaled(known.adv, decimalFromFloat(max))
  const after = plus(before, scaled(unit, leg.quantity))
  if (after.lte(most)) return []
  const share = known.adv.isZero() ? 'more than' : `${percentOf(ratio(after, known.adv))} of`
  const reason = `${text(share)}, more than ${percentOf(max)}`
  const evidence = { before: before.toFixed(2), after: after.toFixed(2), adv: known.adv.toFixed(), max }
  if (occasion.type === 'liquidate')
    return [verdict(leg.id, 'warn', 1, `${reason}; a liquidation is not held to it`, evidence)]
  const kept = wholeLots(spec, quantity(greatest(noMoney, minus(most, before)).div(unit)))
  const cut = verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)
  // Less than a lot a day would begin a run a day for ever.
  return [wholeLots(spec, quantity(most.div(unit))).isZero() ? cut : { ...cut, waits: true }]
}
