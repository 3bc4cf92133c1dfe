import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import type { PortfolioId, RunId } from '#units/ids.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { PortfolioPolicy } from '../policy.js'
import type { Run } from '../run.js'
import type { TriggerKind } from '../trigger.js'
import { differenceOf, isSame, type ShadowDifference } from './difference.js'
import { type ShadowSide, sideOf } from './side.js'

/** Version of the records that are kept. */
export const SHADOW_VERSION = 1

/**
 * How a shadow run ended: it would have done the `same` or it `differs`; it `failed`, for want of targets or by an
 * error; or it was `dropped`, because a newer run began before its turn came.
 */
export type ShadowOutcome = 'same' | 'differs' | 'failed' | 'dropped'

/** A run of the live portfolio beside what its candidate would have made of the same trigger. Plain data. */
export interface ShadowRecord {
  readonly v: typeof SHADOW_VERSION
  readonly portfolio: PortfolioId
  /** The live run. */
  readonly run: RunId
  readonly session: SessionDate
  /** When the live run began. */
  readonly at: Instant
  readonly trigger: { readonly kind: TriggerKind; readonly why: string }
  /** Which candidate: {@link candidateId}. */
  readonly candidate: string
  readonly outcome: ShadowOutcome
  /** What went wrong; null when nothing did. */
  readonly error: string | null
  readonly live: ShadowSide
  /** Null where it was not worked out. */
  readonly shadow: ShadowSide | null
  readonly difference: ShadowDifference | null
}

const ids = new WeakMap<PortfolioPolicy, string>()

/**
 * A candidate by its content: 16 hex digits of SHA-256. Equal policies, however they are spelled, are one candidate. It is
 * remembered for the policy it was worked out for, which is never changed in place.
 */
export function candidateId(policy: PortfolioPolicy): string {
  const known = ids.get(policy) ?? digest(encode(policy)).slice(0, 16)
  ids.set(policy, known)
  return known
}

/** The record of a shadow run that was worked out; one whose targets could not be had has failed. */
export function compared(live: Run, shadow: Run, policy: PortfolioPolicy): ShadowRecord {
  const [mine, theirs] = [sideOf(live), sideOf(shadow)]
  const difference = differenceOf(mine, theirs)
  const error = shadow.failure?.status === 'FAILED' ? shadow.failure.reason : null
  const outcome = error !== null ? 'failed' : isSame(mine, theirs, difference) ? 'same' : 'differs'
  return { ...base(live, policy), outcome, error, live: mine, shadow: theirs, difference }
}

/** The record of a shadow run that came to nothing, and why. */
export const missed = (
  live: Run,
  policy: PortfolioPolicy,
  outcome: 'failed' | 'dropped',
  error: string,
): ShadowRecord => ({
  ...base(live, policy),
  ...{ outcome, error, live: sideOf(live), shadow: null, difference: null },
})

const base = ({ portfolio, id, session, startedAt, trigger }: Run, policy: PortfolioPolicy) =>
  ({
    v: SHADOW_VERSION,
    ...{ portfolio, run: id, session, at: startedAt },
    trigger: { kind: trigger.kind, why: trigger.why },
    candidate: candidateId(policy),
  }) as const
