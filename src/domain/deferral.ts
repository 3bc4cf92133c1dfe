import { type Instant, type SessionDate, toIso } from '#units/time.js'
import { isDisapproved } from './approval/approval.js'
import type { TriggerMemory } from './portfolio/state.js'
import type { Run } from './run.js'
import { refusalOf } from './run-refusal.js'
import type { BlockedTrigger, Trigger, TriggerKind } from './trigger.js'

/** Kinds that count towards the automatic runs of a session. */
export const COUNTED: ReadonlySet<TriggerKind> = new Set(['targets', 'calendar', 'drift'])

/** Kinds that no cap counts and no rest follows: refused, they would be due again at the next look. */
export const UNCAPPED: ReadonlySet<TriggerKind> = new Set(['risk', 'cash'])

/** A run that a rule has put off: why it was begun, and when that may be tried again. */
export type PutOff = Pick<Trigger, 'why' | 'evidence'> & { readonly until: Instant }

/** A run that a rule has refused for good, or people have: it rests through a session, or until what rules judge by changes. */
export type Refused = Pick<Trigger, 'why' | 'evidence'> & {
  /** Who, and the reason. */
  readonly refused: string
  readonly through: SessionDate
}

/** A run that is not begun for now. */
export type Deferral = PutOff | Refused

/** What is put off, by what began it. Absent from a memory while nothing is. */
export type Deferrals = Readonly<Partial<Record<TriggerKind, Deferral>>>

/** A look at the market, as far as deferrals ask. */
interface Look {
  readonly at: Instant
  readonly session: SessionDate
}

/**
 * Memory after a run that began by itself was put off; what a person asked for is the person's to ask for again. One that has
 * traded nothing is no run of its session: it would use up the one that it is put off to.
 */
export function onDeferred(memory: TriggerMemory, run: Run, until: Instant): TriggerMemory {
  const { kind, why, evidence } = run.trigger
  if (kind === 'manual') return memory
  const deferred = { ...memory.deferred, [kind]: { why, evidence, until } }
  const traded = Object.values(run.orders).some(({ cumulative }) => cumulative.gt(0))
  const { runsToday } = memory
  if (traded || !COUNTED.has(kind) || runsToday?.session !== run.session) return { ...memory, deferred }
  return { ...memory, runsToday: { ...runsToday, count: Math.max(0, runsToday.count - 1) }, deferred }
}

/**
 * Memory after a rule refused a run for good: of a kind that nothing else holds back, it rests through the session. The others
 * are used up by their run, or held to a number a session.
 */
export function onRefused(
  memory: TriggerMemory,
  { trigger }: Run,
  refused: string,
  through: SessionDate,
): TriggerMemory {
  const { kind, why, evidence } = trigger
  if (!UNCAPPED.has(kind)) return memory
  return { ...memory, deferred: { ...memory.deferred, [kind]: { why, evidence, refused, through } } }
}

/** Memory once a trigger of a kind has begun a run again: what was put off of that kind is. */
export const withoutDeferral = (memory: TriggerMemory, kind: TriggerKind): TriggerMemory =>
  keeping(memory, (other) => other !== kind)

/** Memory once what rules refused may no longer be refused: nothing rests. What was put off to a time still is. */
export const withoutRefusals = (memory: TriggerMemory): TriggerMemory =>
  keeping(memory, (_, deferral) => !('refused' in deferral))

function keeping(memory: TriggerMemory, keeps: (kind: TriggerKind, deferral: Deferral) => boolean): TriggerMemory {
  const { deferred, ...rest } = memory
  if (deferred === undefined) return memory
  const all = Object.entries(deferred) as [TriggerKind, Deferral][]
  const left = all.filter(([kind, deferral]) => keeps(kind, deferral))
  if (left.length === all.length) return memory
  return left.length === 0 ? rest : { ...rest, deferred: Object.fromEntries(left) }
}

/** What a deferral makes of a kind of trigger at a look: blocked until it is over, and from then on what it was about. */
export function deferralOf(
  { deferred }: TriggerMemory,
  kind: TriggerKind,
  look: Look,
): BlockedTrigger | Deferral | null {
  const found = deferred?.[kind]
  if (found === undefined) return null
  if (!lasts(found, look)) return found
  return { kind, code: 'until' in found ? 'deferred' : 'refused', reason: deferralText(found) }
}

/** A deferral in words. */
export function deferralText(deferral: Deferral): string {
  const { why } = deferral
  if ('until' in deferral) return `put off until ${toIso(deferral.until)}: ${why}`
  const { refused, through } = deferral
  return `refused by ${refused}; rests through session ${through} unless what rules judge by changes: ${why}`
}

/**
 * Who refused a run that ended then without being committed, and why: a rule, or the people who did not approve it where it was to take
 * risk back, which they will be asked again. Null for any other.
 */
export function refusedBy(
  { trigger, judgements, failure, approval }: Pick<Run, 'trigger' | 'judgements' | 'failure' | 'approval'>,
  endedAt: Instant,
): string | null {
  const refusal = refusalOf({ judgements, failure })
  if (refusal !== null || failure === null || approval === undefined || trigger.kind !== 'risk') return refusal
  return isDisapproved(approval, endedAt) ? `people: ${failure.reason}` : null
}

/** True for a run that rests because it was refused: see {@link onRefused}. */
export const isLaidToRest = (run: Pick<Run, 'trigger' | 'judgements' | 'failure' | 'approval' | 'endedAt'>): boolean =>
  run.endedAt !== null &&
  UNCAPPED.has(run.trigger.kind) &&
  run.failure?.retryAt === undefined &&
  refusedBy(run, run.endedAt) !== null

/** True for what can be seen again when it is over: a gap, cash, a moved multiplier. A day that has passed or a policy that was taken up cannot. */
export const isLookedAgain = (kind: TriggerKind): boolean => kind === 'drift' || kind === 'cash' || kind === 'risk'

/** True while what is put off may block or begin a run, whatever the prices. Once false it stays so. */
export const putsOff = ({ deferred = {} }: TriggerMemory, look: Look): boolean =>
  (Object.keys(deferred) as TriggerKind[]).some((kind) => !isLookedAgain(kind) || lasts(deferred[kind]!, look))

const lasts = (deferral: Deferral, { at, session }: Look): boolean =>
  'until' in deferral ? at < deferral.until : session <= deferral.through
