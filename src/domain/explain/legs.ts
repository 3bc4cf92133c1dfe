import type { OrderId } from '#units/ids.js'
import { noQuantity, plus } from '#units/money.js'
import type { Judgement } from '../governance/rule.js'
import type { Leg } from '../plan/plan.js'
import type { Run } from '../run.js'
import type { LegExplanation, RuleExplanation, Size, SkipExplanation } from './explanation.js'

/** Rules as they judged; every judgement of the run, in journal order. */
export const explainRules = (run: Run): readonly RuleExplanation[] => run.judgements.map(ruleOf)

/** Every leg the run planned or approved, in plan order, then those only later buys planned. */
export function explainLegs(run: Run): readonly LegExplanation[] {
  const planned = run.plan?.legs ?? []
  const known = new Set(planned.map((leg) => leg.id))
  return [...planned, ...run.approved.filter((leg) => !known.has(leg.id))].map((leg) => explainLeg(run, leg.id))
}

/** One leg: as planned, what the rules did to it, as approved, and the orders made of it. */
export function explainLeg(run: Run, id: string): LegExplanation {
  const planned = run.plan?.legs.find((leg) => leg.id === id)
  const approved = run.approved.find((leg) => leg.id === id)
  const leg = planned ?? approved
  if (leg === undefined) throw new RangeError(`${run.id} has no leg ${id}`)
  const orders = Object.values(run.orders).filter((order) => order.body.leg === id)
  return {
    leg: id,
    instrument: leg.instrument,
    side: leg.side,
    heldWeight: leg.heldWeight,
    targetWeight: leg.targetWeight,
    planned: planned === undefined ? null : sizeOf(planned),
    approved: approved === undefined ? null : sizeOf(approved),
    limit: leg.limit.toFixed(),
    estimate: { cost: (approved ?? leg).cost.total.toFixed(2), bps: (approved ?? leg).cost.bps },
    changedBy: run.judgements.filter((row) => row.leg === id && row.verdict !== 'allow').map(ruleOf),
    orders: orders.map((order): OrderId => order.id),
    filled: orders.reduce((sum, order) => plus(sum, order.cumulative), noQuantity).toFixed(),
  }
}

/**
 * Trades left out of the plan, and of the later buys when they left out others. What the plan left out for want of
 * cash and a later wave of buys made after all is not among them.
 */
export function explainSkipped(run: Run): readonly SkipExplanation[] {
  const made = new Set(Object.values(run.orders).map(({ body }) => `${body.side}-${body.instrument}`))
  const found = new Map<string, SkipExplanation>()
  for (const skipped of [...(run.plan?.skipped ?? []), ...(run.buys?.skipped ?? [])]) {
    const { instrument, side, reason, detail, residualWeight } = skipped
    const key = `${side}-${instrument}`
    if (!made.has(key) && !found.has(key)) found.set(key, { instrument, side, reason, detail, residualWeight })
  }
  return [...found.values()]
}

const sizeOf = ({ quantity, arrival, value }: Leg): Size => ({
  quantity: quantity.toFixed(),
  price: arrival.toFixed(),
  value: value.toFixed(2),
})

const ruleOf = ({ rule, leg, verdict, multiplier, reason, evidence }: Judgement): RuleExplanation => ({
  rule,
  leg,
  verdict,
  multiplier,
  reason,
  evidence,
})
