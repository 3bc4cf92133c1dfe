import { type Approval, isGranted, type Verdict } from '#domain/approval/approval.js'
import type { Decided } from '#domain/approval/refusal.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Given } from '#runtime/mail.js'
import { hold } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId, RunId } from '#units/ids.js'
import { runsOf } from '../queries/runs.js'
import { stateOf } from '../queries/sight.js'
import type { DecideAnswer } from './messages.js'
import { type ControlParts, managed, type Signed } from './parties.js'
import type { Requests } from './requests.js'
import { assertMayBegin } from './run.js'

type Parts = Pick<ControlParts, 'engine' | 'sight'>

type DecideAsked = Signed & { readonly run: RunId; readonly plan: string }

type Taken = Omit<DecideAnswer, 'duplicate'>

/**
 * Takes a person's word on the plan that waits, at most once for a request; answers once it is journaled. To reject needs
 * nothing but a plan that waits; to approve lets orders leave, so it takes what the beginning of a run takes.
 * @throws Fault `STALE_PLAN`, `EXPIRED`, `SAME_ACTOR`, `NOT_ACTIVE` (never), `NOT_READY`, `HELD_BACK`, `NOT_STARTED` (safe).
 */
export async function decideOnce(
  parts: Parts,
  requests: Requests,
  name: string,
  verdict: Verdict,
  asked: DecideAsked,
): Promise<DecideAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, dry_run: dryRun, run, plan } = asked
  const decided: Decided = { run, plan, verdict, actor, reason }
  const given = mayBeTaken(parts, portfolio, verdict)
  if (dryRun) {
    parts.engine.mayDecide(portfolio, decided)
    given(stateOf(parts.sight, portfolio), 0)
    return { ...would(portfolio, decided, approvalOf(parts, portfolio, run)), duplicate: false }
  }
  return requests.once<Taken>(
    { portfolio, id, content: { verb: verdict, run, plan, actor, reason } },
    (key) =>
      requests.inTurn(portfolio, async () => {
        const { entry, after } = await parts.engine.decide(portfolio, decided, key, given)
        return taken(portfolio, entry, after.context.run?.approval ?? null)
      }),
    (entry) => taken(portfolio, entry, approvalOf(parts, portfolio, run)),
  )
}

/** What must be so beside a plan that waits, in the very turn the decision is worked out. */
const mayBeTaken =
  ({ engine, sight }: Parts, portfolio: PortfolioId, verdict: Verdict): Given =>
  (now) => {
    if (verdict === 'reject') return
    if (sight.ready(portfolio) === false)
      throw new Fault('NOT_READY', `${portfolio} is still being taken over: its gateway has not answered`, 'safe')
    assertMayBegin(portfolio, now, now.context.run?.trigger.task)
    const held = engine.heldBack()
    if (held !== null) throw new Fault('HELD_BACK', `no new run begins now: ${held}`, 'safe')
    sight.market(portfolio)
  }

const approvalOf = ({ sight }: Parts, portfolio: PortfolioId, id: RunId): Approval | null =>
  runsOf(sight, portfolio).find((run) => run.id === id)?.approval ?? null

const peopleOf = (approval: Approval | null): string[] =>
  (approval?.decisions ?? []).filter(({ verdict }) => verdict === 'approve').map(({ actor }) => actor)

function answerOf(
  portfolio: PortfolioId,
  { run, plan, verdict }: Pick<Decided, 'run' | 'plan' | 'verdict'>,
  approval: Approval | null,
  seq: number | null,
): Taken {
  const open = approval === null || isGranted(approval) ? 'approved' : 'waits'
  return {
    portfolio,
    run_id: run,
    plan,
    status: verdict === 'reject' ? 'rejected' : open,
    approved_by: peopleOf(approval),
    approvers: approval?.approvers ?? 1,
    seq,
    dry_run: seq === null,
  }
}

/** What a decision would come to that has not been taken. */
function would(portfolio: PortfolioId, decided: Decided, approval: Approval | null): Taken {
  const { verdict, actor, reason } = decided
  if (approval === null) return answerOf(portfolio, decided, null, null)
  const decisions = [...approval.decisions, { verdict, actor, reason, at: approval.since }]
  return answerOf(portfolio, decided, { ...approval, decisions }, null)
}

/** What a journaled decision came to. The plan may have run out between the look and the entry: it then came to nothing. */
function taken(portfolio: PortfolioId, { event, seq }: Entry, approval: Approval | null): Taken {
  hold(event.type === 'decided', 'request', () => `a decision made ${event.type}`)
  const { run, plan, actor, at } = event
  if (approval?.decisions.some((row) => row.actor === actor && row.at === at))
    return answerOf(portfolio, event, approval, seq)
  throw new Fault('EXPIRED', `plan ${plan.slice(0, 12)} of ${run} ran out in that very moment`, 'never')
}
