import type { RunId } from '#units/ids.js'
import type { Refusal } from '#units/outcome.js'
import { type Instant, toIso } from '#units/time.js'
import type { Run } from '../run.js'
import type { Verdict } from './approval.js'

/** What somebody says of a plan: of which run, by its whole hash. */
export interface Decided {
  readonly run: RunId
  /** SHA-256 of the plan's legs: what exactly is decided on. */
  readonly plan: string
  readonly verdict: Verdict
  readonly actor: string
  readonly reason: string
}

/** Digits a plan is named with. */
const SHOWN = 12

/**
 * Why a decision cannot be taken now; null when it can.
 *
 * - `STALE_PLAN`: nothing waits, or another run or another plan does than the one that was looked at.
 * - `EXPIRED`: at or past the end of the wait.
 * - `SAME_ACTOR`: an approval by somebody who has approved already, or, where two must, by who asked for the run.
 *
 * A rejection is anybody's, at any moment of the wait. Total; source: design operator.md section 3.
 */
export function refusalOf(run: Run | null, { run: id, plan, verdict, actor }: Decided, at: Instant): Refusal | null {
  if (run?.approval === undefined || run.status !== 'AWAITING_APPROVAL')
    return { code: 'STALE_PLAN', message: `nothing waits for approval: plan ${short(plan)} of ${id} does not` }
  const hash = run.plan?.hash ?? ''
  if (run.id !== id || hash !== plan) {
    const message = `plan ${short(plan)} of ${id} is not what waits: that is plan ${short(hash)} of ${run.id}`
    return { code: 'STALE_PLAN', message }
  }
  const { until, approvers, decisions } = run.approval
  if (at >= until) return { code: 'EXPIRED', message: `plan ${short(plan)} of ${id} waited until ${toIso(until)}` }
  if (verdict === 'reject') return null
  const { kind, evidence } = run.trigger
  if (approvers > 1 && kind === 'manual' && evidence.actor === actor)
    return { code: 'SAME_ACTOR', message: `${actor} asked for ${id}: two others must approve it` }
  if (decisions.some((row) => row.verdict === 'approve' && row.actor === actor))
    return { code: 'SAME_ACTOR', message: `${actor} has approved plan ${short(plan)} already: it takes another person` }
  return null
}

const short = (hash: string): string => hash.slice(0, SHOWN)
