import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import { least, type Money, minus, money, noQuantity, plus, toLot, total } from '#units/money.js'
import type { Outcome } from '#units/outcome.js'
import type { Approved } from '#units/proof.js'
import type { Instant } from '#units/time.js'
import { spendableCash } from '../book/evolve.js'
import { cureTargets } from '../governance/cure.js'
import { govern as judge } from '../governance/govern.js'
import { inOrder } from '../governance/judge.js'
import { fractionKept } from '../governance/multiplier.js'
import type { Judgement } from '../governance/rule.js'
import type { Sent } from '../governance/sent.js'
import { specsOf } from '../instrument/registry.js'
import type { MarketView } from '../market.js'
import { heldOf, reducible, restrainedFrom, restraintOn, restraintText } from '../permission/restraint.js'
import { planInvestCash } from '../plan/invest-cash.js'
import { ALL_CASH, planCovers, planLiquidation } from '../plan/liquidate.js'
import type { Leg, Plan } from '../plan/plan.js'
import { type PlanInput, planBuys, planRebalance } from '../plan/rebalance.js'
import { planWithdrawCash } from '../plan/withdraw-cash.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import { aimed } from './aiming.js'
import { failed, value } from './begin.js'
import { limitsToCure } from './breaching.js'
import { sharesKept } from './freeing.js'
import { liquidityContext } from './liquidity.js'
import { lossContext } from './losses.js'
import { occasionOf } from './occasion.js'
import { readingsFor } from './readings.js'
import { marketContext } from './sizing.js'
import { type Decide, quiet, withRun } from './step.js'

/** What a plan is made from: the books and targets of a run at a market view. */
function planInput(state: PortfolioState, targets: TargetSet, view: MarketView): PlanInput {
  const valued = value(state, view)
  return {
    book: state.book,
    valuation: valued,
    targets,
    view,
    policy: state.policy,
    specs: specsOf(state.policy.universe),
    frozen: new Set(valued.frozen.map((row) => row.instrument)),
  }
}

/** The run's targets: its answer's, the effective ones when it only moves cash, or none at all; null when it has none (yet). */
export function targetsOf({ run, effective }: PortfolioState): TargetSet | null {
  if (run?.type === 'liquidate' || run?.type === 'cure') return ALL_CASH // not asked: what they trade to is worked out
  if (run?.type === 'invest-cash' || run?.type === 'withdraw-cash') return effective
  return run?.answer?.kind === 'targets' ? run.answer.targets : null
}

/** Plans a run's buys on the cash there is now; an instrument whose buy was refused in this run is not tried again. */
export function buyPlan(state: PortfolioState, targets: TargetSet, view: MarketView): Plan {
  const input = planInput(state, targets, view)
  const available = spendableCash(state.book, state.policy.orders.allowUnsettled)
  const exclude = exhausted(state)
  if (state.run?.type === 'liquidate') return planCovers({ ...input, available, exclude })
  if (state.run?.type === 'cure')
    return planBuys({ ...input, targets: cured(state, input, 'covers'), available, exclude })
  if (state.run?.type !== 'invest-cash') return planBuys({ ...aimed(state, input).input, available, exclude })
  const frozen = new Set([...input.frozen, ...exclude])
  return planInvestCash({ ...input, frozen, available: least(available, toInvest(state.run)) })
}

/** What takes the limits at hand back to where they are kept. */
const cured = (state: PortfolioState, input: PlanInput, by: 'trades' | 'covers' = 'trades'): TargetSet =>
  cureTargets(input, limitsToCure(state, input.valuation), by)

/** What is left of the amount an operator wants invested at most, earlier waves of buys taken off; all there is without one. */
function toInvest({ trigger: { task }, orders }: Run): Money {
  if (task?.type !== 'invest-cash') return UNLIMITED
  const buys = Object.values(orders).filter(({ body }) => body.side === 'buy')
  return minus(task.amount, total(buys.map(({ value, fees }) => plus(value, fees))))
}

const UNLIMITED = money('Infinity')

/** Sales that free what an operator asked for, without the names whose sale is restrained; or why they do not. */
function withdrawal(state: PortfolioState, run: Run, targets: TargetSet): Outcome<Plan> {
  const { task } = run.trigger
  hold(task?.type === 'withdraw-cash', 'task', () => `${run.id} withdraws without an amount`)
  const input = planInput(state, targets, run.view)
  const stopped = Object.values(state.policy.universe)
    .map(({ id }) => ({ instrument: id, side: 'sell', quantity: heldOf(state.book, id) }) as const)
    .filter((move) => restrainedFrom(state, move) !== null)
  const frozen = new Set([...input.frozen, ...stopped.map(({ instrument }) => instrument)])
  return planWithdrawCash({ ...input, frozen, amount: task.amount, ...sharesKept(state) })
}

/** Works out the trades that take the books to the targets, or as far as the policy says; none for a run that is to end. */
export const plan: Decide = (state) => {
  const { run } = state
  const targets = targetsOf(state)
  if (run === null || run.failure !== null || targets === null) return quiet(state)
  if (run.type === 'withdraw-cash') {
    const found = withdrawal(state, run, targets)
    return quiet(found.ok ? withRun(state, { plan: found.value }) : failed(state, 'CANCELLED', found.refusal.message))
  }
  if (run.type === 'invest-cash') return quiet(withRun(state, { plan: buyPlan(state, targets, run.view) }))
  const input = planInput(state, targets, run.view)
  if (run.type === 'liquidate') return quiet(withRun(state, { plan: planLiquidation(input) }))
  if (run.type === 'cure')
    return quiet(withRun(state, { plan: planRebalance({ ...input, targets: cured(state, input) }) }))
  const { input: toward, ...aim } = aimed(state, input)
  return quiet(withRun(state, { ...aim, plan: planRebalance(toward) }))
}

/** What governance made of a plan. */
export interface Governance {
  readonly approved: readonly Approved<Leg>[]
  readonly judgements: readonly Judgement[]
  readonly refused: string | null
  /** When to try again what was refused; absent where waiting does not help. */
  readonly retryAt?: Instant
}

/** Whether people have agreed, or will be asked, to what a rule wants approved. */
type Consents = (judgement: Judgement) => boolean

/** People agreed to what a rule asked for when the run's plan waited for them, and to nothing it asks for since. */
const agreedTo =
  (run: Run | null): Consents =>
  ({ rule, leg }) =>
    run?.approval?.reasons.some(({ by }) => by?.rule === rule && by.leg === leg) ?? false

/** They will be asked: the run then waits. */
const willBeAsked: Consents = () => true

/** A plan that is judged: the market it was made on, and when. */
interface Proposed {
  readonly plan: Plan
  readonly view: MarketView
  readonly at: Instant
  /** What has been sent before, as its event says. */
  readonly sent?: Sent
}

/**
 * Judges a plan on the books before it. `standing` are judgements made before any rule; `consents` says what people
 * have agreed to, or will be asked.
 */
export function governed(
  state: PortfolioState,
  { plan: proposed, view, at, sent }: Proposed,
  standing: readonly Judgement[] = [],
  consents: Consents = agreedTo(state.run),
): Governance {
  const context = {
    plan: proposed,
    book: state.book,
    view,
    equity: proposed.equity,
    specs: specsOf(state.policy.universe),
    at,
    occasion: occasionOf(state),
    ...readingsFor(state),
    ...marketContext(state),
    ...lossContext(state, view),
    ...liquidityContext(state, view),
    ...(sent !== undefined && { sent }),
  }
  const before = [...standing, ...cappedLegs(state, proposed.legs)]
  const result = judge(context, state.policy.governance, state.policy.costs, before, consents)
  const stopped = restrainedLegs(state, result.legs)
  const ids = new Set(stopped.map((row) => row.leg))
  return {
    approved: result.legs.filter((leg) => !ids.has(leg.id)),
    judgements: stopped.length === 0 ? result.judgements : inOrder([...result.judgements, ...stopped]),
    refused: result.refused,
    ...(result.retryAt !== undefined && { retryAt: result.retryAt }),
  }
}

/** What an event says has been sent. */
export const sentIn = (event: PortfolioEvent): Pick<Proposed, 'sent'> =>
  'sent' in event && event.sent !== undefined ? { sent: event.sent } : {}

/** A rejection of each leg in a name that is restrained, in the manner of a rule. */
const restrainedLegs = (state: PortfolioState, legs: readonly Leg[]): readonly Judgement[] =>
  legs.flatMap((leg) => {
    const reason = restrainedFrom(state, leg)
    return reason === null ? [] : [killSwitch(leg, reason)]
  })

/** A cut of each leg that would go past zero in a name that may only be reduced: to what is held. */
const cappedLegs = (state: PortfolioState, legs: readonly Leg[]): readonly Judgement[] =>
  legs.flatMap((leg) => {
    const found = restraintOn(state, leg)
    const spec = state.policy.universe.find((row) => row.id === leg.instrument)
    if (found === undefined || spec === undefined) return []
    const most = toLot(reducible(heldOf(state.book, leg.instrument), leg.side), spec.lot)
    if (most.lte(noQuantity) || restraintOn(state, { ...leg, quantity: most }) !== undefined) return []
    const evidence = { held: most.toFixed(), planned: leg.quantity.toFixed() }
    const multiplier = fractionKept(most, leg.quantity)
    return [{ ...killSwitch(leg, restraintText(found)), verdict: 'resize', multiplier, evidence }] as const
  })

/** What judgements of restraints go by, beside those of rules. */
export const KILL_SWITCH = 'kill-switch'

const killSwitch = (leg: Leg, reason: string): Judgement => ({
  rule: KILL_SWITCH,
  leg: leg.id,
  verdict: 'reject',
  multiplier: 1,
  reason,
  evidence: {},
})

/** Puts the run's plan through every rule; a refusal of the whole plan ends the run before anything is sent. */
export const govern: Decide = (state, event) => {
  const { run } = state
  if (run === null || run.plan === null) return quiet(state)
  const proposed = { plan: run.plan, view: run.view, at: event.at, ...sentIn(event) }
  const { approved, judgements, refused, retryAt } = governed(state, proposed, [], willBeAsked)
  const next = withRun(state, { approved, judgements })
  return quiet(refused === null ? next : failed(next, 'CANCELLED', refused, retryAt))
}

/** Instruments whose buy was refused or given up in this run: not tried again until the next. */
function exhausted(state: PortfolioState): ReadonlySet<InstrumentId> {
  const spent = Object.values(state.run?.orders ?? {}).filter(
    (order) => order.body.side === 'buy' && order.closedAt !== null && order.cumulative.lt(order.body.quantity),
  )
  return new Set(spent.map((order) => order.body.instrument))
}
