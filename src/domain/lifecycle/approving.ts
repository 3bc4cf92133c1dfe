import { later, type SessionDate } from '#units/time.js'
import { isGranted } from '../approval/approval.js'
import { approvalReasons } from '../approval/reasons.js'
import { refusalOf } from '../approval/refusal.js'
import type { ApprovalPolicy } from '../policy.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import { failed } from './begin.js'
import { type Decide, quiet, withRun } from './step.js'

/** How a plan waits that only a rule asks for, in a portfolio whose policy says nothing about approval. */
const PLAIN: Pick<ApprovalPolicy, 'approvers' | 'expiresAfterMs'> = { approvers: 1, expiresAfterMs: 30 * 60_000 }

/** The timer that ends the wait for people. */
export const approvalTimer = (run: Run | null): string => `approval:${run?.id ?? ''}`

/** True when the run's plan must wait for people. */
export const needsApproval = (run: Run | null): boolean => run?.approval !== undefined

/** True when as many people have approved the run's plan as must. */
export const isApproved = (run: Run | null): boolean => run?.approval !== undefined && isGranted(run.approval)

/** Notes why the governed plan must wait for people; leaves a run alone that may trade at once. */
export const weighApproval: Decide = (state, event) => {
  const { run, policy, book } = state
  if (run === null || run.plan === null || run.failure !== null) return quiet(state)
  const { approved: legs, judgements, plan } = run
  const traded = book.tally.fills > 0
  const reasons = approvalReasons({ legs, judgements, equity: plan.equity, policy, traded })
  if (reasons.length === 0) return quiet(state)
  const { approvers, expiresAfterMs } = policy.approval ?? PLAIN
  const until = later(event.at, expiresAfterMs)
  return quiet(
    withRun(state, { approval: { reasons, approvers, since: event.at, until, decisions: [], session: null } }),
  )
}

/** Waits for people, until the plan's time is over. */
export const awaitPeople: Decide = (state) => {
  const { run } = state
  if (run?.approval === undefined) return quiet(state)
  return { state, effects: [{ type: 'schedule', timer: approvalTimer(run), at: run.approval.until }] }
}

/** True for a decision that may be taken now: on this run's very plan, in time, by somebody who may. */
export const mayDecide = ({ run }: PortfolioState, event: PortfolioEvent): boolean =>
  event.type === 'decided' && refusalOf(run, event, event.at) === null

/** Takes a decision: an approval counts, and the last one that is needed ends the wait; a rejection ends the run. */
export const takeDecision: Decide = (state, event) => {
  const { run } = state
  if (run?.approval === undefined || event.type !== 'decided') return quiet(state)
  const { verdict, actor, reason, at } = event
  const decisions = [...run.approval.decisions, { verdict, actor, reason, at }]
  const noted = { ...run.approval, decisions }
  if (verdict === 'reject')
    return quiet(failed(withRun(state, { approval: noted }), 'CANCELLED', `rejected by ${actor}: ${reason}`))
  if (!isGranted(noted)) return quiet(withRun(state, { approval: noted }))
  const approval = { ...noted, session: latest(run.session, state.book.nav.markedSession) }
  return { state: withRun(state, { approval }), effects: [{ type: 'unschedule', timer: approvalTimer(run) }] }
}

/** Nobody, or too few, approved in time: the run ends, nothing was sent. */
export const approvalOverdue: Decide = (state) => {
  const approval = state.run?.approval
  if (approval === undefined) return quiet(state)
  const { approvers, decisions } = approval
  const said = decisions.map(({ actor }) => actor).join(', ')
  const have = said === '' ? 'nobody' : `only ${said}`
  const wanted = approvers === 1 ? 'its plan' : `its plan, which takes ${approvers}`
  return quiet(failed(state, 'CANCELLED', `expired: ${have} approved ${wanted}`))
}

/** Waits no longer for people when the run ends for another reason: the deadline goes with it. */
export const giveUpApproval: Decide = (state, event) => {
  const { run } = state
  const waited = run?.phases.at(-2)?.status === 'AWAITING_APPROVAL' && event.type !== 'timedOut'
  return waited ? { state, effects: [{ type: 'unschedule', timer: approvalTimer(run) }] } : quiet(state)
}

const latest = (own: SessionDate, marked: SessionDate | null): SessionDate =>
  marked !== null && marked > own ? marked : own
