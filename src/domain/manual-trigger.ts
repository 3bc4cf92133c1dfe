import type { Instant, SessionDate } from '#units/time.js'
import type { RunTask } from './task.js'
import type { Trigger } from './trigger.js'

/** A run an operator asked for; cooldown, run cap and view age do not apply. */
export function manualTrigger(
  at: Instant,
  session: SessionDate,
  actor: string,
  reason: string,
  task?: RunTask,
): Trigger {
  const trigger = { kind: 'manual', at, session, why: `${actor}: ${reason}` } as const
  if (task === undefined) return { ...trigger, evidence: { actor } }
  return { ...trigger, evidence: { actor, type: task.type, ...termsOf(task) }, task }
}

/** What a task says beside its type, as evidence has it. */
function termsOf(task: RunTask): Readonly<Record<string, string>> {
  if ('amount' in task) return { amount: task.amount.toFixed(2) }
  return 'to' in task ? { to: task.to } : {}
}
