import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, negated, noMoney, plus, worth } from '#units/money.js'
import type { SessionDate } from '#units/time.js'
import { isGranted } from '../approval/approval.js'
import { onDeferred, onRefused, refusedBy } from '../deferral.js'
import type { OutstandingRisk } from '../derisk/outstanding.js'
import { keptOf } from '../governance/multiplier.js'
import type { Judgement } from '../governance/rule.js'
import { ALL_CASH } from '../plan/liquidate.js'
import type { Leg, SkippedLeg, SkipReason } from '../plan/plan.js'
import type { PortfolioPolicy } from '../policy.js'
import type { PortfolioState, TriggerMemory } from '../portfolio/state.js'
import type { Run, RunFailure, RunStatus } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import { onCommitted, onEnded, onNoTargets } from '../trigger-memory.js'
import { unpaid } from './aiming.js'
import { standing, value } from './begin.js'
import { forgetCured } from './breaching.js'
import { shortOfAmount } from './freeing.js'
import { KILL_SWITCH } from './planning.js'
import { fillTimer, multiplierIn } from './release.js'
import { type Decide, enter, quiet, withRun } from './step.js'
import { forgetTried } from './trying.js'

/**
 * Accepts the run: books are what the fills made them; effective targets, cooldown and trigger memory move on.
 * A run that could not do all it meant to is COMPLETED_ADJUSTED. One that cures a broken limit rebalances nothing: what is due rests no longer for it.
 */
export const commit: Decide = (state, event) => {
  const { run } = state
  if (run === null) return quiet(state)
  const traded = Object.values(run.orders).some((order) => order.cumulative.gt(0))
  const freed = shortOfAmount(state, run)
  const short = [...(freed === null ? [] : [freed]), ...shortfalls(run, state.policy)]
  const status: RunStatus = short.length === 0 ? 'COMPLETED' : 'COMPLETED_ADJUSTED'
  const outcome = short.length > 0 ? short.join('; ') : traded ? 'as planned' : idleReason(run)
  const next = close(state, event.at, status, outcome)
  return {
    state: {
      ...forgetCured(enter(next, status, event)),
      effective: effectiveTargets(run, takesRiskBack(state, run)) ?? state.effective,
      memory: afterSizing(next, run, remembered(next, run, { rests: traded && run.type !== 'cure', committed: true })),
    },
    effects: [{ type: 'unschedule', timer: fillTimer(run) }],
  }
}

/**
 * Ends the run without accepting it: nothing is live any more, fills stay booked, targets stay as they were. One that did not
 * pay rests like one that traded: the next look would find the same. One that a rule put off is tried again when that is over, and one
 * that was refused for good rests where it would be due at once. What people did not approve is not asked of them again, but for taking risk back.
 */
export const rollBack: Decide = (state, event) => {
  const { run } = state
  if (run === null) return quiet(state)
  const traded = Object.values(run.orders).some((order) => order.cumulative.gt(0))
  const failure: RunFailure = run.failure ?? { status: 'ROLLED_BACK', reason: 'rolled back' }
  const status = traded ? 'ROLLED_BACK' : failure.status
  const next = close(state, event.at, status, failure.reason)
  const idle = unpaid(run) === failure.reason
  const { retryAt } = failure
  const isGivenUp = run.approval !== undefined && !isGranted(run.approval) && run.trigger.kind !== 'risk'
  const remains = onEnded(remembered(next, run, { rests: idle, committed: false }), isGivenUp ? null : run.trigger)
  const refusal = refusedBy(run, event.at)
  const rested = refusal === null ? remains : onRefused(remains, run, refusal, sessionOf(next, run))
  const memory = retryAt === undefined ? rested : onDeferred(onEnded(next.memory, run.trigger), run, retryAt)
  const ended = forgetCured(enter(next, status, event))
  return {
    state: { ...(retryAt === undefined ? ended : forgetTried(ended, run.session)), memory },
    effects: [{ type: 'unschedule', timer: fillTimer(run) }],
  }
}

/** Rests count from the run's session, or from the one in which people were done with it: a wait for them may take days. */
function remembered(
  state: PortfolioState,
  run: Run,
  { rests, committed }: { readonly rests: boolean; readonly committed: boolean },
): TriggerMemory {
  const { memory, policy, effective } = state
  const days = policy.triggers.cooldownDays
  const session = sessionOf(state, run)
  if (rests) return onCommitted(memory, session, days)
  const aimless = effective === null && run.type === 'full' && (!committed || run.answer?.kind !== 'targets')
  return aimless ? onNoTargets(memory, session, days) : memory
}

/** The session a run belongs to, or that in which people were done with it. */
function sessionOf({ book }: PortfolioState, run: Run): SessionDate {
  const { markedSession } = book.nav
  const waited = run.approval !== undefined && markedSession !== null && markedSession > run.session
  return waited ? markedSession : run.session
}

/** Memory of what the targets were sized by that are in force from now on, and of the risk they take back that is held all the same. */
function afterSizing(state: PortfolioState, run: Run, memory: TriggerMemory): TriggerMemory {
  const { sizing } = run
  const sized =
    sizing === undefined ? memory : { ...memory, sized: { multiplier: sizing.multiplier, factor: sizing.factor } }
  if (run.type !== 'liquidate' && (run.type !== 'full' || run.answer?.kind !== 'targets')) return sized
  const { outstanding: _, ...rest } = sized
  const kept = takesRiskBack(state, run) ? keptAtRisk(run, state.policy) : null
  return kept === null ? rest : { ...rest, outstanding: { ...kept, through: sessionOf(state, run) } }
}

/** True of a run by a multiplier that has fallen, and of any full one while what such a run was to take back is outstanding. */
const takesRiskBack = ({ memory }: PortfolioState, { type, trigger: { kind, evidence } }: Run): boolean =>
  type === 'full' &&
  (memory.outstanding !== undefined || (kind === 'risk' && Number(evidence.to) < Number(evidence.from)))

/** What a rule kept a run from taking back and may let pass later; null where there is nothing. */
function keptAtRisk(run: Run, { universe }: PortfolioPolicy): Pick<OutstandingRisk, 'names' | 'why'> | null {
  const cuts = (run.plan?.legs ?? [])
    .filter(reducesWeight)
    .flatMap((leg) => cutsOf(run, leg).map((cut) => ({ leg, cut })))
    .filter(({ cut }) => passes(cut) && (cut.verdict === 'reject' || !isOneLot(cut, run, universe)))
  const [first] = cuts
  if (first === undefined) return null
  const names = [...new Set(cuts.map(({ leg }) => leg.instrument))].sort()
  return { names, why: `${first.cut.rule}: ${first.cut.reason}` }
}

/** True of a cut that time or people lift: what it leaves out is wanted as before. */
const passes = ({ rule, waits }: Judgement): boolean => waits !== undefined || rule === KILL_SWITCH

function close(state: PortfolioState, at: Run['startedAt'], status: RunStatus, outcome: string): PortfolioState {
  const { run } = state
  if (run === null) return state
  return withRun(state, {
    status,
    endedAt: at,
    after: standing(value(state, run.view)),
    realisedCost: realisedCost(state, run),
    outcome,
  })
}

/** Reasons that leave out what is not worth trading: the plan is carried out all the same. */
const TOO_SMALL: ReadonlySet<SkipReason> = new Set(['below_min_order', 'below_lot'])

function shortfalls(run: Run, { targets: { minWeight }, universe }: PortfolioPolicy): string[] {
  const orders = Object.values(run.orders)
  const short = orders.filter((order) => order.cumulative.lt(order.body.quantity) && !continued(run, order.body.leg))
  const cut = run.judgements.filter(
    (row) => row.verdict === 'reject' || (row.verdict === 'resize' && !isOneLot(row, run, universe)),
  )
  const ordered = new Set(orders.map((order) => order.body.leg))
  const seen = new Map([...(run.plan?.skipped ?? []), ...(run.buys?.skipped ?? [])].map((leg) => [legId(leg), leg]))
  const skipped = [...seen.values()].filter(
    (leg) => !TOO_SMALL.has(leg.reason) && Math.abs(leg.residualWeight) >= minWeight && !ordered.has(legId(leg)),
  )
  const unsent = run.approved.filter((leg) => !ordered.has(leg.id) && !seen.has(leg.id))
  return [
    ...short.map((order) => `${order.body.leg} filled ${order.cumulative} of ${order.body.quantity}: ${order.status}`),
    ...cut.map((row) => `${row.leg ?? 'plan'} ${row.verdict} by ${row.rule}: ${row.reason}`),
    ...skipped.map((leg) => `${legId(leg)} left out: ${leg.detail}`),
    ...unsent.map((leg) => `${leg.id} was approved and not sent`),
  ].sort()
}

/** True for a cut of a single lot: sells stop at whole lots, and what one leaves over a limit a buy has to give. */
function isOneLot(
  { leg: id, multiplier }: Judgement,
  { plan, buys }: Run,
  universe: PortfolioPolicy['universe'],
): boolean {
  const leg = [...(buys?.legs ?? []), ...(plan?.legs ?? [])].find((row) => row.id === id)
  const lot = universe.find((spec) => spec.id === leg?.instrument)?.lot
  if (leg === undefined || lot === undefined || multiplier === 0) return false
  return minus(leg.quantity, keptOf(leg.quantity, multiplier, lot)).lte(lot)
}

/** Cuts of a leg by rules. */
const cutsOf = ({ judgements }: Run, { id }: Leg): readonly Judgement[] =>
  judgements.filter(({ leg, verdict }) => leg === id && (verdict === 'resize' || verdict === 'reject'))

/** True of a leg that takes its name's weight toward nothing, and not through it. */
const reducesWeight = ({ heldWeight, targetWeight }: Leg): boolean =>
  Math.abs(targetWeight) < Math.abs(heldWeight) && targetWeight * heldWeight >= 0

/** What cuts leave of a leg, those that only put something off aside. */
const leftBy = (cuts: readonly Judgement[]): number =>
  Math.min(...cuts.map(({ verdict, multiplier }) => (verdict === 'reject' ? 0 : multiplier)))

const legId = (leg: Pick<SkippedLeg, 'side' | 'instrument'>): string => `${leg.side}-${leg.instrument}`

const continued = (run: Run, leg: string): boolean =>
  Object.values(run.orders).some((order) => order.body.leg === leg && order.cumulative.gte(order.body.quantity))

function idleReason(run: Run): string {
  if (run.answer?.kind === 'hold') return `holds: ${run.answer.reason}`
  if (run.type === 'withdraw-cash') return 'cash covers it already'
  if (run.type === 'cure' && run.plan?.skipped.length === 0) return 'nothing is past its limit any more'
  if (run.type === 'liquidate' && run.plan?.legs.length === 0 && run.plan.skipped.length === 0) return 'holds nothing'
  if (run.plan?.skipped.length) return 'every trade was too small'
  return run.aim === undefined ? 'already at target' : 'inside every band'
}

/** Σ side·(fill − arrival)·quantity + fees: positive when trading cost money. */
export function realisedCost(state: PortfolioState, run: Run): Money {
  let cost = noMoney
  for (const order of Object.values(run.orders)) {
    const multiplier = new Decimal(multiplierIn(state, order.body.instrument))
    const paid = plus(order.value, negated(worth(order.cumulative, order.body.arrival, multiplier)))
    cost = plus(cost, plus(order.body.side === 'buy' ? paid : negated(paid), order.fees))
  }
  return cost
}

/**
 * What drift is measured against from now on: the targets after governance. A leg a rule cut counts as far as it was
 * allowed; a leg that waits for later runs, or that the venue did not fill, still counts whole, so that the gap shows as drift; one that stops at the edge of its band
 * leaves the target where it is, and so does a restraint where the run takes risk back. After a liquidation nothing but
 * cash is wanted. Source: domain.md section 2.
 */
export function effectiveTargets(run: Run, takesBack = false): TargetSet | null {
  if (run.type === 'liquidate') return ALL_CASH // or what could not be sold would be wanted again
  if (run.answer?.kind !== 'targets') return null
  const weights: Record<InstrumentId, number> = { ...run.answer.targets.weights }
  for (const leg of run.plan?.legs ?? []) {
    const approved = run.approved.find((row) => row.id === leg.id)
    const cuts = cutsOf(run, leg)
    const isWanted = takesBack && reducesWeight(leg)
    const lasting = cuts.filter((cut) => cut.waits === undefined && !(isWanted && passes(cut)))
    if (lasting.length === 0) continue
    const kept = approved === undefined ? 0 : approved.quantity.div(leg.quantity).toNumber()
    const share = lasting.length === cuts.length ? kept : leftBy(lasting)
    if (run.aim !== undefined && share === 1) continue // the edge it reached is no target
    weights[leg.instrument] = leg.heldWeight + share * (leg.targetWeight - leg.heldWeight)
  }
  let invested = 0
  for (const instrument of Object.keys(weights).sort()) invested += weights[instrument as InstrumentId] ?? 0
  return { weights, cash: 1 - invested }
}
