import { type Instant, toIso } from '#units/time.js'
import type { TriggerMemory } from './portfolio/state.js'
import type { Run } from './run.js'
import type { BlockedTrigger, Trigger, TriggerKind } from './trigger.js'

/** Kinds that count towards the automatic runs of a session. */
export const COUNTED: ReadonlySet<TriggerKind> = new Set(['targets', 'calendar', 'drift'])

/** A run that a rule has put off: why it was begun, and when that may be tried again. */
export type Deferral = Pick<Trigger, 'why' | 'evidence'> & { readonly until: Instant }

/** What is put off, by what began it. Absent from a memory while nothing is. */
export type Deferrals = Readonly<Partial<Record<TriggerKind, Deferral>>>

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

/** Memory once a trigger of a kind has begun a run again: what was put off of that kind is. */
export function withoutDeferral(memory: TriggerMemory, kind: TriggerKind): TriggerMemory {
  const { deferred, ...rest } = memory
  if (deferred === undefined) return memory
  const { [kind]: _begun, ...others } = deferred
  return Object.keys(others).length === 0 ? rest : { ...rest, deferred: others }
}

/** What a deferral makes of a kind of trigger at a time: blocked until it is over, and from then on what it was about. */
export function deferralOf(
  { deferred }: TriggerMemory,
  kind: TriggerKind,
  at: Instant,
): BlockedTrigger | Deferral | null {
  const found = deferred?.[kind]
  if (found === undefined) return null
  if (at >= found.until) return found
  return { kind, code: 'deferred', reason: `put off until ${toIso(found.until)}: ${found.why}` }
}

/** True for what can be seen again when it is over: a gap, cash. A day that has passed or a policy that was taken up cannot. */
export const isLookedAgain = (kind: TriggerKind): boolean => kind === 'drift' || kind === 'cash'

/** True while what is put off may block or begin a run, whatever the prices. Once false it stays so. */
export const putsOff = ({ deferred = {} }: TriggerMemory, at: Instant): boolean =>
  (Object.keys(deferred) as TriggerKind[]).some((kind) => !isLookedAgain(kind) || at < deferred[kind]!.until)
