import type { Instant, SessionDate } from '#units/time.js'

/** What asks for a person: a limit of the policy, or a rule of governance. */
export type ApprovalCode = 'turnover' | 'notional' | 'symbol' | 'first-live-run' | 'rule'

/** One reason why a plan waits for a person, with the figures it rests on. */
export interface ApprovalReason {
  readonly code: ApprovalCode
  /** One sentence without its full stop. */
  readonly reason: string
  readonly figures: Readonly<Record<string, string | number>>
  /** The rule that asked and the leg it is about (null: the whole plan); absent for a limit of the policy. */
  readonly by?: { readonly rule: string; readonly leg: string | null }
}

/** What a person may say of a plan. */
export type Verdict = 'approve' | 'reject'

/** What one person said of a plan that waits. */
export interface Decision {
  readonly verdict: Verdict
  readonly actor: string
  readonly reason: string
  readonly at: Instant
}

/** A plan that needs people: why, how many, until when, and what they have said so far. Part of its run. */
export interface Approval {
  readonly reasons: readonly ApprovalReason[]
  /** People who must approve, each another. */
  readonly approvers: 1 | 2
  readonly since: Instant
  /** From this instant on nobody can approve it any more. */
  readonly until: Instant
  readonly decisions: readonly Decision[]
  /** The last session that was closed when it was approved: its orders are sent in the one after; null before. */
  readonly session: SessionDate | null
}

/** True when as many people have approved as must; one person counts once. */
export function isGranted({ approvers, decisions }: Approval): boolean {
  const people = new Set(decisions.filter(({ verdict }) => verdict === 'approve').map(({ actor }) => actor))
  return people.size >= approvers
}

/** True of a plan that somebody rejected, or that too few had approved when its time was over; of one whose wait ended otherwise, nobody has said no. */
export const isDisapproved = (approval: Approval, endedAt: Instant): boolean =>
  approval.decisions.some(({ verdict }) => verdict === 'reject') || (!isGranted(approval) && endedAt >= approval.until)
