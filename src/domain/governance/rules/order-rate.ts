import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import { least, type Money, money, plus, quantity, scaled, total } from '#units/money.js'
import { positiveAmountText } from '../../instrument/amount.js'
import { unitExposure, wholeLots } from '../../instrument/registry.js'
import { reducible } from '../../permission/restraint.js'
import { byText } from '../../plan/assemble.js'
import type { Leg } from '../../plan/plan.js'
import { judgementBy, percentOf, rejection } from '../judgement.js'
import { unitsOf } from '../moves.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import type { Sent } from '../sent.js'
import { onlyTowardZero, WITHOUT_EQUITY } from '../toward.js'

const NAME = 'order-rate'
const verdict = judgementBy(NAME)

const count = z.int().min(1).max(1_000_000)

const schema = z.strictObject({
  maxOrdersPerMinute: count.default(120).describe('orders the portfolio may send in a minute'),
  maxFirmOrdersPerMinute: count.default(1200).describe('orders all portfolios of the journal may send in a minute'),
  maxValuePerDay: z
    .number()
    .gt(0)
    .max(1000)
    .default(2)
    .describe('value of the orders the portfolio may send in a day by UTC, as a fraction of its equity'),
  maxFirmValuePerDay: positiveAmountText
    .prefault('1000000000')
    .describe('value of the orders all portfolios in its currency may send in a day by UTC'),
  maxOrder: z
    .number()
    .gt(0)
    .max(10)
    .default(0.5)
    .describe('value of one order, as a fraction of equity: beyond it a figure must be wrong'),
  maxOrderValue: positiveAmountText.prefault('10000000').describe('value of one order, in the portfolio currency'),
})

/** Parameters of {@link orderRate}: money as decimal text. */
export type OrderRateParams = z.output<typeof schema>

/**
 * Keeps a portfolio, and all portfolios together, from sending more orders a minute and more value a day than anybody meant, and any
 * order from being larger than anybody would mean. What is sent counts whole, traded or not, the plan's own legs among it. A leg too large
 * is rejected where it opens or adds; one that only takes a holding toward zero is cut to the largest order, and the rest waits.
 *
 * Order   sells first, then by value, the largest first, ties by id: legs pass until one does not fit, and the rest waits for a later
 *         run. A leg too large to be true counts there too, so that to allow larger ones never costs another its place.
 * Exempt  liquidations, which a person asked for.
 * Edges   exactly at a limit passes.
 * Errors  none. Where nobody says what has been sent the plan is rejected; a leg without a value is. Where equity is not positive nothing is a
 *         fraction of it: what opens or adds is rejected, and the other limits stand.
 * Source  design domain.md section 9; 17 CFR 240.15c3-5 asks for such limits; ADR 0042.
 */
export const orderRate: Rule<OrderRateParams> = {
  name: NAME,
  summary: 'Caps orders a minute and value a day, of a portfolio and of all, and the size of one order.',
  schema,
  counts: true,
  // Whose limits these are is the house's to say: a preset does not know its size.
  suits: () => false,
  judge(params, context) {
    const { sent, equity, occasion, plan } = context
    if (occasion.type === 'liquidate') return []
    if (sent === undefined) return [verdict(null, 'reject', 1, 'what has been sent before is not known', {})]
    const valued = plan.legs.filter(({ value }) => value.isFinite() && !value.isNegative())
    const others = plan.legs.filter((leg) => !valued.includes(leg))
    return [
      ...(equity.gt(0) ? [] : onlyTowardZero({ rule: NAME, reason: WITHOUT_EQUITY }, context)),
      ...others.map(({ id }) => rejection(NAME, id, `${id} has no value`)),
      ...valued.flatMap((leg) => tooLarge(params, leg, context)),
      ...tooMuch(params, inTurn(valued), sent, equity),
    ]
  },
}

/** A leg that a slip of the finger has made; of a holding that has outgrown a single order, as much as one may sell. */
function tooLarge({ maxOrder, maxOrderValue }: OrderRateParams, leg: Leg, context: RuleContext): readonly Judgement[] {
  const { id, value } = leg
  const share = shareOf(context.equity, maxOrder)
  const most = least(share, money(maxOrderValue))
  if (value.lte(most)) return []
  const limit = value.gt(share) ? `${percentOf(maxOrder)} of equity` : maxOrderValue
  const reason = `${id} is worth ${value.toFixed(2)}, more than ${limit}`
  const evidence = { value: value.toFixed(2), maxOrder, maxOrderValue }
  const spec = context.specs[leg.instrument]
  const reduces = leg.quantity.lte(reducible(unitsOf(context, leg.instrument), leg.side))
  if (spec === undefined || !reduces) return [rejection(NAME, id, reason, evidence)]
  const kept = wholeLots(spec, quantity(most.div(unitExposure(spec, leg.arrival))))
  const cut = verdict(id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)
  // What is too large in a single lot is so tomorrow as well.
  return [kept.isZero() ? cut : { ...cut, waits: true }]
}

/** One limit on what is sent: what has been, what each leg adds, and the most there may be. */
interface Limit {
  readonly what: string
  readonly before: Money
  readonly most: Money
  readonly of: (leg: Leg) => Money
}

/** Rejections of the legs that come after what fits into every limit; they wait for a later run. */
function tooMuch(params: OrderRateParams, legs: readonly Leg[], sent: Sent, equity: Money): readonly Judgement[] {
  return limitsOf(params, sent, equity).flatMap(({ what, before, most, of }) => {
    const all = plus(before, total(legs.map(of)))
    if (all.lte(most)) return []
    const evidence = { before: before.toFixed(), after: all.toFixed(), most: most.toFixed() }
    const reason = `${what} would be ${all.toFixed()} with this plan, more than ${most.toFixed()}`
    let sum = before
    return legs.flatMap((leg): readonly Judgement[] => {
      sum = plus(sum, of(leg))
      return sum.lte(most) ? [] : [{ ...rejection(NAME, leg.id, reason, evidence), waits: true }]
    })
  })
}

function limitsOf(params: OrderRateParams, { orders, value }: Sent, equity: Money): readonly Limit[] {
  const one = (): Money => money('1')
  const worth = (leg: Leg): Money => leg.value
  const whole = (figure: number): Money => money(String(figure))
  const share = shareOf(equity, params.maxValuePerDay)
  return [
    { what: 'orders in a minute', before: whole(orders.own), most: whole(params.maxOrdersPerMinute), of: one },
    {
      what: 'orders of all portfolios in a minute',
      before: whole(orders.firm),
      most: whole(params.maxFirmOrdersPerMinute),
      of: one,
    },
    { what: 'orders of the day', before: value.own, most: share, of: worth },
    {
      what: 'orders of all portfolios this day',
      before: value.firm,
      most: money(params.maxFirmValuePerDay),
      of: worth,
    },
  ]
}

/** A fraction of equity; no limit where there is none to take it of. */
const shareOf = (equity: Money, fraction: number): Money =>
  equity.gt(0) ? scaled(equity, decimalFromFloat(fraction)) : money('Infinity')

const inTurn = (legs: readonly Leg[]): readonly Leg[] =>
  [...legs].sort(
    (a, b) => Number(a.side === 'buy') - Number(b.side === 'buy') || b.value.comparedTo(a.value) || byText(a.id, b.id),
  )
