import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import {
  greatest,
  type Money,
  minus,
  noMoney,
  noQuantity,
  plus,
  quantity,
  ratio,
  scaled,
  total,
  worth,
} from '#units/money.js'
import type { Side } from '../../book/events.js'
import { multiplierOf, wholeLots } from '../../instrument/registry.js'
import { byText } from '../../plan/assemble.js'
import type { Leg } from '../../plan/plan.js'
import { percentOf, rejection } from '../judgement.js'
import { WEIGHT_TOLERANCE } from '../limited.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import { towardZero, WITHOUT_EQUITY } from '../toward.js'

const NAME = 'turnover'

/** A lot that is more of equity than this is dear: less than the least turnover there is a limit on. */
const DEAR_LOT = 0.01

const schema = z.strictObject({
  max: z
    .number()
    .min(DEAR_LOT)
    .max(10)
    .default(0.2)
    .describe(
      'most that one run buys, and most that it sells, as a fraction of equity; first purchases, cash runs and liquidations are exempt',
    ),
})

/** Parameters of {@link turnover}. */
export type TurnoverParams = z.output<typeof schema>

/**
 * Limits the one-way turnover of a run, max(Σ buys, Σ sells) / equity at decision prices. Of each side the largest trades are
 * carried out whole, until one has to be cut and the rest waits for another run. Pro rata, small trades would end below a lot
 * or the smallest order, in this run and in every one after it; so long as a lot of anything fits the limit, something trades.
 *
 * Counted  what the run's earlier orders have traded, so that later waves of buys do not begin anew.
 * Exempt   a portfolio's first purchase, runs that only move cash, liquidations, and runs that a breached limit began.
 * Edges    exactly at the limit passes. Equity that is not positive: every leg is rejected.
 * Source   design domain.md section 9; ADR 0038.
 */
export const turnover: Rule<TurnoverParams> = {
  name: NAME,
  summary: 'Caps what one run buys and what it sells as a fraction of equity.',
  schema,
  constraints: ({ max }) => ({ turnover: max }),
  judge(params, context) {
    const { type, trigger, funds } = context.occasion
    if (type !== 'full' || trigger === 'cash' || trigger === 'risk' || funds) return []
    return (['sell', 'buy'] as const).flatMap((side) => judgeSide(side, params, context))
  },
}

function judgeSide(side: Side, { max }: TurnoverParams, context: RuleContext): readonly Judgement[] {
  const { equity, occasion, plan } = context
  const mine = plan.legs.filter((leg) => leg.side === side)
  if (!equity.gt(0)) return mine.flatMap((leg) => towardZero(leg, { rule: NAME, reason: WITHOUT_EQUITY }, context))
  const legs = mine.filter(({ value }) => value.isFinite())
  const rejects = mine.flatMap(({ id, value }) => (value.isFinite() ? [] : [rejection(NAME, id, `${id} has no value`)]))
  const done = occasion.traded[side]
  const most = scaled(equity, decimalFromFloat(max + WEIGHT_TOLERANCE))
  const all = plus(done, total(legs.map(({ value }) => value)))
  if (all.lte(most)) return rejects
  const reason = `the run would ${side} ${percentOf(ratio(all, equity))} of equity, more than ${percentOf(max)}`
  const evidence = { turnover: ratio(all, equity), traded: done.toFixed(2), max }
  const cuts = cut(legs, greatest(noMoney, minus(most, done)), context).map(({ leg, multiplier }): Judgement => {
    return { rule: NAME, leg: leg.id, verdict: 'resize', multiplier, reason, evidence }
  })
  return [...rejects, ...cuts]
}

/** The legs that do not fit a budget whole, with what of each does: one is cut, those after it are dropped. */
function cut(
  legs: readonly Leg[],
  budget: Money,
  context: RuleContext,
): readonly { readonly leg: Leg; readonly multiplier: number }[] {
  let left: Money | null = budget
  return inTurn(legs, context).flatMap((leg) => {
    if (left !== null && leg.value.lte(left)) {
      left = minus(left, leg.value)
      return []
    }
    const multiplier = left === null ? 0 : partOf(leg, left, context)
    left = null
    return [{ leg, multiplier }]
  })
}

/** By value, the largest first, ties by id; dear lots come last, the cheapest of them first, or one would hold up all. */
function inTurn(legs: readonly Leg[], context: RuleContext): readonly Leg[] {
  const dear = scaled(context.equity, decimalFromFloat(DEAR_LOT))
  const lots = new Map(legs.map((leg) => [leg, lotValue(leg, context)]))
  const rank = (leg: Leg): Money => (lots.get(leg)!.gt(dear) ? lots.get(leg)! : noMoney)
  return [...legs].sort((a, b) => rank(a).comparedTo(rank(b)) || b.value.comparedTo(a.value) || byText(a.id, b.id))
}

function lotValue({ instrument, arrival }: Leg, { specs }: RuleContext): Money {
  const spec = specs[instrument]
  return spec === undefined ? noMoney : worth(spec.lot, arrival, multiplierOf(spec))
}

function partOf(leg: Leg, room: Money, { specs }: RuleContext): number {
  const spec = specs[leg.instrument]
  if (spec === undefined || !leg.value.gt(0)) return 0
  const kept = wholeLots(spec, quantity(leg.quantity.times(room).div(leg.value)))
  return kept.lte(noQuantity) ? 0 : fractionKept(kept, leg.quantity)
}
