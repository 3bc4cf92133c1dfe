import { noMoney, ratio, total } from '#units/money.js'
import { isLaidToRest } from '../deferral.js'
import type { Run, Standing } from '../run.js'
import { refusalOf, severeIn } from '../run-refusal.js'
import { explainApproval } from './approval.js'
import type { CostExplanation, RunExplanation, StandingExplanation } from './explanation.js'
import { explainLegs, explainRules, explainSkipped } from './legs.js'
import { arrivalValue, bpsOf, estimatedCost, explainOrders, realisedCost } from './order.js'
import { explainAim, explainTargets, explainTrigger } from './targets.js'

/**
 * Explains a run, finished or not: trigger, targets, rules, sizes, costs, orders and outcome. Total: a run that ended
 * before it had targets or a plan has null or empty parts. Cost O(legs × judgements).
 */
export function explainRun(run: Run): RunExplanation {
  return {
    run: run.id,
    portfolio: run.portfolio,
    type: run.type,
    status: run.status,
    session: run.session,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    version: run.version,
    plan: run.plan === null ? null : { hash: run.plan.hash, turnover: run.plan.turnover },
    trigger: explainTrigger(run),
    targets: explainTargets(run),
    aim: explainAim(run),
    rules: explainRules(run),
    approval: explainApproval(run),
    legs: explainLegs(run),
    skipped: explainSkipped(run),
    orders: explainOrders(run),
    cost: costOf(run),
    before: standingOf(run.before),
    after: run.after === null ? null : standingOf(run.after),
    waves: run.waves,
    rests: isLaidToRest(run),
    outcome: run.outcome,
  }
}

/**
 * Why governance refused a run's whole plan, or every trade of it; null when it let something through or was not
 * asked. A plan none of whose legs survived resizing counts as refused only when some rule rejected one outright.
 */
export function vetoOf(run: Run): string | null {
  const refusal = refusalOf(run)
  if (refusal !== null) return refusal
  const planned = run.plan?.legs.length ?? 0
  const [first] = severeIn(run)
  if (planned === 0 || run.approved.length > 0 || first === undefined) return null
  return `every trade was refused; first ${first.rule}: ${first.reason}`
}

function costOf(run: Run): CostExplanation {
  const orders = Object.values(run.orders)
  if (orders.length === 0) {
    const estimated = total(run.approved.map((leg) => leg.cost.total))
    const estimatedBps = bpsOf(estimated, total(run.approved.map((leg) => leg.value)))
    return { estimated: estimated.toFixed(2), estimatedBps, realised: noMoney.toFixed(2), realisedBps: 0 }
  }
  const estimated = total(orders.map((order) => estimatedCost(run, order)))
  const realised = total(orders.map((order) => realisedCost(run, order)))
  const asked = total(orders.map((order) => arrivalValue(run, order, order.body.quantity)))
  const traded = total(orders.map((order) => arrivalValue(run, order, order.cumulative)))
  return {
    estimated: estimated.toFixed(2),
    estimatedBps: bpsOf(estimated, asked),
    realised: realised.toFixed(2),
    realisedBps: bpsOf(realised, traded),
  }
}

const standingOf = ({ equity, cash }: Standing): StandingExplanation => ({
  equity: equity.toFixed(2),
  cash: cash.toFixed(2),
  cashWeight: equity.isZero() ? 0 : ratio(cash, equity),
})
