import { addDays, type SessionDate } from '#units/time.js'
import { COUNTED, withoutDeferral } from './deferral.js'
import type { MarketView } from './market.js'
import type { TriggerMemory } from './portfolio/state.js'
import { sizingActedOn, sizingPending } from './regime/applied.js'
import type { Trigger } from './trigger.js'

/**
 * Memory after a trigger started a run: its view is used up, a calendar's period is done, the run counts towards the
 * session's cap. The purchase of a portfolio's first targets does for the calendar's period under way, which its trigger names.
 * What the run acts on is consumed here, when it begins, so that a policy change or a deposit that
 * arrives while it runs is due afterwards: a targets run answers the change, and every run plans on all cash there is.
 */
export function onTriggered(memory: TriggerMemory, trigger: Trigger, view: MarketView): TriggerMemory {
  const { session, count } = memory.runsToday ?? { session: view.session, count: 0 }
  const counted = COUNTED.has(trigger.kind)
  const { period } = trigger.evidence
  const covers = trigger.kind === 'calendar' || (trigger.kind === 'targets' && memory.calendarPeriod === '')
  return {
    ...withoutDeferral(trigger.kind === 'risk' ? sizingActedOn(memory, trigger.evidence) : memory, trigger.kind),
    lastViewAt: view.at,
    calendarPeriod: covers && typeof period === 'string' ? period : memory.calendarPeriod,
    runsToday: counted ? { session: view.session, count: session === view.session ? count + 1 : 1 } : memory.runsToday,
    targetsChanged: memory.targetsChanged && trigger.kind !== 'targets',
    depositPending: false,
  }
}

/** Memory after a committed run that traded: calendar and drift rest for `cooldownDays` calendar days, 0 for none. */
export function onCommitted(memory: TriggerMemory, session: SessionDate, cooldownDays: number): TriggerMemory {
  return { ...memory, cooldownUntil: addDays(session, cooldownDays) }
}

/**
 * Memory after a run that left a portfolio still without any targets (too little history, no solution): they stay due,
 * and are tried again after the cooldown, a week at least. Nothing else would ever invest a portfolio without calendar.
 */
export function onNoTargets(memory: TriggerMemory, session: SessionDate, cooldownDays: number): TriggerMemory {
  return { ...memory, targetsChanged: true, cooldownUntil: addDays(session, Math.max(cooldownDays, RETRY_DAYS)) }
}

/**
 * Memory after a run ended. One that was not committed names its trigger: cash it was to invest, and weights it was to size anew,
 * are pending again and tried on the next view. Targets are not tried again by themselves, but for the first: a solve that failed would fail at every view.
 */
export function onEnded(memory: TriggerMemory, uncommitted: Trigger | null = null): TriggerMemory {
  if (uncommitted?.kind === 'risk') return sizingPending(memory, uncommitted.evidence)
  return uncommitted?.kind === 'cash' ? { ...memory, depositPending: true } : memory
}

/** Calendar days at least between attempts at first targets. */
const RETRY_DAYS = 7
