import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, magnitude, minus, money, noMoney, quantity, ratio, scaled } from '#units/money.js'
import { amountText } from '../../instrument/amount.js'
import { unitExposure, wholeLots } from '../../instrument/registry.js'
import { advText, liquidityAges, liquidityDoubt } from '../../liquidity/age.js'
import type { Known } from '../../liquidity/liquidity.js'
import { judgementBy, percentOf, rejection } from '../judgement.js'
import { type Move, movesOf, unitsOf } from '../moves.js'
import { fractionKept } from '../multiplier.js'
import { orderedWithin } from '../ordered.js'
import type { ConstraintScope, Judgement, Rule, RuleContext, WeightLimit } from '../rule.js'
import { heldWithin, onlyTowardZero, WITHOUT_EQUITY } from '../toward.js'

const NAME = 'liquidity-adjusted'
const verdict = judgementBy(NAME)

const schema = z.strictObject({
  maxOrder: z
    .number()
    .gt(0)
    .max(1)
    .default(0.05)
    .describe(
      'most that a run orders of a name, as a fraction of its average daily volume (ADV); the rest waits for later runs',
    ),
  minAdv: amountText
    .prefault('500000')
    .describe('a name of which less money is traded a day is illiquid, and so is one of which nobody knows'),
  maxIlliquid: z
    .number()
    .gt(0)
    .max(10)
    .default(0.02)
    .describe('largest |exposure| of one illiquid name, as a fraction of equity'),
  maxSpread: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('a name with a wider spread, as a fraction of its price, is illiquid too; where one is known'),
  ...liquidityAges,
})

/** Parameters of {@link liquidityAdjusted}. */
export type LiquidityAdjustedParams = z.output<typeof schema>

/**
 * Keeps what a run orders of a name within a fraction of its ADV, and the exposure of names that hardly trade within a fraction of equity.
 * A name whose figures are missing or too old is illiquid; what old ones there are still bound the order.
 *
 * Edges   exactly at a limit passes. What takes a name toward zero is held to the size of an order alone, and not even that in
 *         a liquidation, which a person asked for. Cut orders are of whole lots; less than a lot is none.
 * Errors  none. A policy without liquidity: the plan is rejected. Unknown terms or no price: the leg is. Where equity is not positive, what opens or adds.
 * Source  design domain.md section 9; ADR 0042.
 */
export const liquidityAdjusted: Rule<LiquidityAdjustedParams> = {
  name: NAME,
  summary: 'Caps orders by average daily volume, and positions in names that hardly trade.',
  schema,
  needs: 'liquidity',
  constraints: (params, scope) => ({ perInstrument: limitsOf(params, scope) }),
  judge(params, context) {
    const { liquidity: known } = context
    if (known === undefined) return [verdict(null, 'reject', 1, 'the policy has no section liquidity', {})]
    if (!context.equity.gt(0)) return onlyTowardZero({ rule: NAME, reason: WITHOUT_EQUITY }, context)
    const traded = new Set(context.plan.legs.map(({ instrument }) => instrument))
    return [
      ...context.plan.legs.flatMap(({ id, instrument, arrival }) =>
        context.specs[instrument] !== undefined && arrival.gt(0)
          ? []
          : [rejection(NAME, id, `${instrument} has no known terms or price`)],
      ),
      ...movesOf(context).moves.flatMap((move) => [
        ...orderWithin(params, move, known[move.leg.instrument], context),
        ...positionWithin(params, move, known[move.leg.instrument], context),
      ]),
      ...movesOf(context).holdings.flatMap(({ instrument, exposure }) =>
        traded.has(instrument) ? [] : passive(params, instrument, exposure, context),
      ),
    ]
  },
}

/** The part of an order that its name's ADV has room for. */
function orderWithin(
  { maxOrder: max }: LiquidityAdjustedParams,
  move: Move,
  known: Known | undefined,
  context: RuleContext,
): readonly Judgement[] {
  const { id, instrument, arrival } = move.leg
  if (known === undefined || !isAmount(known.adv) || !arrival.gt(0)) return []
  const before = context.occasion.tradedOf?.[instrument] ?? noMoney
  const text = (share: string) =>
    `${id} takes what the run trades of ${instrument} to ${share} the ${advText(known)} a day`
  return orderedWithin(move, { rule: NAME, known, max, before, text }, context)
}

/** The part of an order that leaves an illiquid name within its limit, or no further beyond it. */
function positionWithin(
  params: LiquidityAdjustedParams,
  { leg, spec, opens }: Move,
  known: Known | undefined,
  context: RuleContext,
): readonly Judgement[] {
  const why = illiquid(params, known, context)
  if (why === '' || opens.isZero() || !leg.arrival.gt(0)) return []
  const { equity } = context
  const unit = unitExposure(spec, leg.arrival)
  const cap = quantity(scaled(equity, decimalFromFloat(params.maxIlliquid)).div(unit))
  const held = unitsOf(context, leg.instrument)
  const { after, goal } = heldWithin(leg, held, cap)
  if (goal.eq(after)) return []
  const weight = ratio(scaled(unit, magnitude(after)), equity)
  const reason = `${leg.instrument} would weigh ${percentOf(weight)}, more than ${percentOf(params.maxIlliquid)}: it ${why}`
  const evidence = { after: weight, max: params.maxIlliquid, adv: known?.adv.toFixed() ?? 'unknown' }
  const kept = wholeLots(spec, magnitude(minus(goal, held)))
  return [verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)]
}

/** An illiquid name past its limit without a leg: nothing can be cut, but an observer should know; once in a run. */
function passive(
  params: LiquidityAdjustedParams,
  instrument: InstrumentId,
  exposure: Money,
  context: RuleContext,
): readonly Judgement[] {
  const { traded } = context.occasion
  const why = illiquid(params, context.liquidity?.[instrument], context)
  const weight = ratio(magnitude(exposure), context.equity)
  if (why === '' || weight <= params.maxIlliquid || !traded.buy.isZero() || !traded.sell.isZero()) return []
  const reason = `${instrument} weighs ${percentOf(weight)}, more than ${percentOf(params.maxIlliquid)}, and is not traded: it ${why}`
  return [verdict(null, 'warn', 1, reason, { before: weight, max: params.maxIlliquid })]
}

/** Why a name is illiquid, in words that follow it; empty where it is not. */
function illiquid(params: LiquidityAdjustedParams, known: Known | undefined, { at }: Pick<RuleContext, 'at'>): string {
  const doubt = liquidityDoubt(known, at, params)
  if (known === undefined || doubt !== '') return doubt
  if (known.adv.lt(params.minAdv)) return `trades ${advText(known)} a day, less than ${money(params.minAdv).toFixed()}`
  const { spread } = known
  if (spread === null || spread <= params.maxSpread) return ''
  return `has a spread of ${percentOf(spread)}, more than ${percentOf(params.maxSpread)}`
}

/** What the optimiser is told: how far a name may go from what is held, and how far an illiquid one may go at all. */
function limitsOf(
  params: LiquidityAdjustedParams,
  { universe, held, liquidity }: ConstraintScope,
): Readonly<Record<InstrumentId, WeightLimit>> {
  if (liquidity === undefined || !liquidity.equity.gt(0)) return {}
  const { known, equity, at } = liquidity
  const rows = universe.map(({ id }): readonly [InstrumentId, WeightLimit] => {
    const weight = held[id] ?? 0
    const figures = known[id]
    const order =
      figures !== undefined && isAmount(figures.adv)
        ? ratio(figures.adv, equity) * params.maxOrder
        : Number.POSITIVE_INFINITY
    const most = illiquid(params, figures, { at }) === '' ? Number.POSITIVE_INFINITY : params.maxIlliquid
    return [id, limitOf(weight, order, most)]
  })
  return Object.fromEntries(rows.filter(([, limit]) => limit.lower !== undefined || limit.upper !== undefined))
}

function limitOf(weight: number, order: number, most: number): WeightLimit {
  const lower = Math.max(weight - order, Math.min(-most, weight))
  const upper = Math.min(weight + order, Math.max(most, weight))
  return { ...(Number.isFinite(lower) && { lower }), ...(Number.isFinite(upper) && { upper }) }
}

const isAmount = (adv: Money): boolean => adv.isFinite() && !adv.isNegative()
