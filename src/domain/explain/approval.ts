import { toIso } from '#units/time.js'
import { type Decision, isGranted } from '../approval/approval.js'
import type { Run } from '../run.js'
import type { ApprovalExplanation } from './explanation.js'

/** Why people had to agree to a run's plan and what they said; null when nobody has to. */
export function explainApproval({ approval }: Run): ApprovalExplanation | null {
  if (approval === undefined) return null
  const { reasons, approvers, since, until, decisions } = approval
  return { reasons, approvers, since, until, granted: isGranted(approval), decisions }
}

/** Why people had to agree, then what each said, or how long they may. `ended` when the run is over. */
export function approvalSentences(approval: ApprovalExplanation | null, ended: boolean): readonly string[] {
  if (approval === null) return []
  const { reasons, approvers, since, until, granted, decisions } = approval
  const people = approvers === 1 ? 'a person' : `${approvers} people`
  const rejected = decisions.some(({ verdict }) => verdict === 'reject')
  const open = granted || rejected ? [] : [openSentence(since, until, ended)]
  return [...reasons.map(({ reason }) => `It takes ${people}: ${reason}.`), ...decisions.map(decisionSentence), ...open]
}

const decisionSentence = ({ verdict, actor, reason, at }: Decision): string =>
  `${actor} ${verdict === 'approve' ? 'approved' : 'rejected'} it at ${toIso(at)}: ${reason}.`

const openSentence = (since: ApprovalExplanation['since'], until: ApprovalExplanation['until'], ended: boolean) =>
  ended
    ? `It waited from ${toIso(since)} and was not approved.`
    : `It waits from ${toIso(since)} on, until ${toIso(until)} at the latest.`
