import { z } from 'zod'
import { type Decimal, decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import {
  greatest,
  least,
  type Money,
  magnitude,
  minus,
  negated,
  noQuantity,
  type Price,
  plus,
  type Quantity,
  quantity,
  scaled,
} from '#units/money.js'
import { unitExposure, wholeLots } from '../../instrument/registry.js'
import type { InstrumentSpec } from '../../instrument/spec.js'
import type { Leg } from '../../plan/plan.js'
import { judgementBy, percent } from '../judgement.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'

const NAME = 'position-limit'
const verdict = judgementBy(NAME)

const schema = z.strictObject({
  max: z.number().gt(0).max(10).default(0.25).describe('largest |exposure| of one instrument, as a fraction of equity'),
})

/** Parameters of {@link positionLimit}. */
export type PositionLimitParams = z.output<typeof schema>

/**
 * Keeps every name's |exposure| within a fraction of equity, at plan prices. A name's exposure depends on its own
 * leg alone, so that leg filled as a whole is the worst of all intermediate states, and no sale elsewhere is credited.
 *
 * A leg may take its name anywhere between the limits, and from beyond a limit anywhere toward it; what would go
 * further is cut to whole lots. A name that is over and is not made worse is a passive breach: a warning.
 * Edges   exactly at the limit passes. Unknown terms: rejected. Where equity is not positive nothing has a weight: what takes a name toward zero
 *         passes and nothing goes beyond; a plan of which nothing does is rejected. Source: design domain.md section 9.
 */
export const positionLimit: Rule<PositionLimitParams> = {
  name: NAME,
  summary: 'Caps the exposure of one instrument as a fraction of equity.',
  schema,
  constraints: ({ max }) => ({ lower: -max, upper: max }),
  limits: ({ max }, { held }) =>
    (Object.keys(held) as InstrumentId[]).sort().map((name) => {
      return { rule: NAME, what: name, measure: 'gross', max, of: (instrument) => instrument === name }
    }),
  judge(params, context) {
    if (!context.equity.gt(0)) return judgeWeightless(context)
    const traded = new Set(context.plan.legs.map((leg) => leg.instrument))
    return [
      ...context.plan.legs.flatMap((leg) => judgeLeg(params, leg, context)),
      ...(Object.keys(context.book.positions) as InstrumentId[])
        .filter((instrument) => !traded.has(instrument))
        .flatMap((instrument) => judgeHeld(params, instrument, context)),
    ]
  },
}

/**
 * Without equity no exposure is within a limit, but less of one is less risk whatever it weighs: what reduces passes, and where nothing
 * does there is no plan.
 */
function judgeWeightless(context: RuleContext): readonly Judgement[] {
  const legs = context.plan.legs.map((leg) => ({ leg, kept: reducing(leg, context) }))
  if (legs.every(({ kept }) => kept.isZero()))
    return [verdict(null, 'reject', 1, 'equity is not positive: no position has a weight', {})]
  return legs.flatMap(({ leg: { id, instrument, quantity: planned }, kept }) => {
    if (kept.gte(planned)) return []
    const reason = `equity is not positive: ${instrument} may only be reduced`
    if (kept.isZero()) return [verdict(id, 'reject', 1, reason, {})]
    const evidence = { planned: planned.toFixed(), allowed: kept.toFixed() }
    return [verdict(id, 'resize', fractionKept(kept, planned), reason, evidence)]
  })
}

/** Whole lots of a leg that take its name toward zero; none where its terms are unknown. */
function reducing({ instrument, side, quantity: planned }: Leg, { specs, book }: RuleContext): Quantity {
  const spec = specs[instrument]
  const held = book.positions[instrument]?.quantity ?? noQuantity
  const against = greatest(noQuantity, side === 'sell' ? held : negated(held))
  if (spec === undefined || against.isZero()) return noQuantity
  return planned.lte(against) ? planned : wholeLots(spec, against)
}

function judgeLeg({ max }: PositionLimitParams, leg: Leg, context: RuleContext): readonly Judgement[] {
  const spec = context.specs[leg.instrument]
  if (spec === undefined) return [verdict(leg.id, 'reject', 1, `${leg.instrument} has no known terms`, {})]
  const held = context.book.positions[leg.instrument]?.quantity ?? noQuantity
  const signed = leg.side === 'buy' ? leg.quantity : negated(leg.quantity)
  const exposed = exposureIn(spec, leg.arrival, context.equity)
  const limit = decimalFromFloat(max)
  const after = plus(held, signed)
  if (exposed(after).lte(limit)) return []
  const evidence = { before: exposed(held).toNumber(), after: exposed(after).toNumber(), max }
  const cap = quantity(scaled(context.equity, limit).div(unitExposure(spec, leg.arrival)))
  const goal = least(greatest(after, least(held, negated(cap))), greatest(held, cap))
  if (goal.eq(after))
    return [verdict(leg.id, 'warn', 1, `${leg.instrument} is over its limit and being reduced`, evidence)]
  const kept = wholeLots(spec, magnitude(minus(goal, held)))
  const reason = `${leg.instrument} would weigh ${percent(exposed(after))}, more than ${percent(limit)}`
  return [verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)]
}

/** A name without a leg: nothing can be cut, but an observer should know. */
function judgeHeld({ max }: PositionLimitParams, instrument: InstrumentId, context: RuleContext): readonly Judgement[] {
  const held = context.book.positions[instrument]!.quantity
  const spec = context.specs[instrument]
  const last = context.view.quotes[instrument]?.price
  if (held.isZero()) return []
  if (spec === undefined || last === undefined || !last.gt(0))
    return [verdict(null, 'warn', 1, `${instrument} has no known weight`, {})]
  const weight = exposureIn(spec, last, context.equity)(held)
  if (weight.lte(decimalFromFloat(max))) return []
  return [
    verdict(null, 'warn', 1, `${instrument} weighs ${percent(weight)}, more than its limit, and is not traded`, {
      before: weight.toNumber(),
      max,
    }),
  ]
}

/** |exposure| of a quantity as an exact fraction of equity. */
const exposureIn =
  (spec: InstrumentSpec, at: Price, equity: Money) =>
  (units: Quantity): Decimal =>
    magnitude(units).times(unitExposure(spec, at)).div(equity)
