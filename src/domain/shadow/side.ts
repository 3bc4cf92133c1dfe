import type { Side } from '../book/events.js'
import type { Verdict } from '../governance/rule.js'
import type { Leg, SkipReason } from '../plan/plan.js'
import type { Run, RunStatus } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import { besideNothing } from '../what-if/beside.js'

/** A planned trade and what governance let through of it; quantities and money are decimal text. */
export interface ShadowLeg {
  /** `<side>-<instrument>`. */
  readonly id: string
  readonly planned: string
  /** `0` when nothing was let through. */
  readonly approved: string
  /** Of what was let through, at decision prices. */
  readonly value: string
  readonly cost: string
}

/** What a run came to up to governance, as plain data that can be kept. Ratios are fractions of equity. */
export interface ShadowSide {
  readonly status: RunStatus
  /** Why it ended without trades; null when it did not. */
  readonly failure: string | null
  /** Why its plan waits for people; empty when it does not. */
  readonly waits: readonly string[]
  /** Null where the run sets none: it moves cash, holds, or failed. */
  readonly targets: TargetSet | null
  /** Hash of the plan before governance; null without one. */
  readonly plan: string | null
  /** One-way, of what would be traded. */
  readonly turnover: number
  /** Estimated, of what would be traded. */
  readonly cost: string
  readonly legs: readonly ShadowLeg[]
  readonly skipped: readonly { readonly instrument: string; readonly side: Side; readonly reason: SkipReason }[]
  readonly judgements: readonly {
    readonly rule: string
    readonly leg: string | null
    readonly verdict: Verdict
    readonly reason: string
  }[]
}

/** One side of a comparison: a run as far as governance has judged it. A run that is to end early trades nothing. */
export function sideOf(run: Run): ShadowSide {
  const failure = run.failure?.reason ?? (run.status === 'ROLLED_BACK' ? run.outcome : null)
  const approved = failure === null ? run.approved : []
  const { turnover, cost } = besideNothing({ ...run, approved }).plan
  const passed = new Map(approved.map((leg) => [leg.id, leg]))
  return {
    status: run.status,
    failure,
    waits: run.approval?.reasons.map(({ reason }) => reason) ?? [],
    targets: run.answer?.kind === 'targets' ? run.answer.targets : null,
    plan: run.plan?.hash ?? null,
    turnover,
    cost,
    legs: (run.plan?.legs ?? []).map((leg) => legOf(leg, passed.get(leg.id))),
    skipped: (run.plan?.skipped ?? []).map(({ instrument, side, reason }) => ({ instrument, side, reason })),
    judgements: run.judgements.map(({ rule, leg, verdict, reason }) => ({ rule, leg, verdict, reason })),
  }
}

const legOf = ({ id, quantity }: Leg, approved: Leg | undefined): ShadowLeg => ({
  id,
  planned: quantity.toFixed(),
  approved: approved?.quantity.toFixed() ?? '0',
  value: approved?.value.toFixed(2) ?? '0.00',
  cost: approved?.cost.total.toFixed(2) ?? '0.00',
})
