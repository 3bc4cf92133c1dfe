import type { SessionDate } from '#units/time.js'
import { type Breach, breachText } from './governance/breaches.js'
import type { PortfolioState } from './portfolio/state.js'
import type { Trigger } from './trigger.js'

/** Sessions in which what the market has broken is to be cured, by the market or by a run. Source: design domain.md section 9. */
export const CURE_SESSIONS = 5

/** A limit that the market has broken, or whoever changed it: no order of ours may have. Journaled. */
export interface PassiveBreach extends Breach {
  /** The session it was seen in first, and the last that it has been counted in. */
  readonly since: SessionDate
  readonly seen: SessionDate
  /** Sessions that have closed since, without a cure. */
  readonly sessions: number
  /** The last session in which a run was begun to cure it; absent before the first. */
  readonly tried?: SessionDate
}

/** True for a breach whose time to be cured is over. */
export const isOverdue = ({ sessions }: PassiveBreach): boolean => sessions >= CURE_SESSIONS

/** What makes two looks see the same breach. */
export const breachKey = ({ rule, what }: Pick<Breach, 'rule' | 'what'>): string => `${rule} ${what}`

/** Overdue breaches that no run of a session has tried to cure yet. */
export const curable = (
  { breaches = [] }: Pick<PortfolioState, 'breaches'>,
  session: SessionDate,
): readonly PassiveBreach[] => breaches.filter((breach) => isOverdue(breach) && breach.tried !== session)

/** Why a run is to cure breaches, the first of them in figures; null where none is due in a session. */
export function cureDue(
  state: Pick<PortfolioState, 'breaches'>,
  session: SessionDate,
): Pick<Trigger, 'why' | 'evidence' | 'task'> | null {
  const due = curable(state, session)
  const [first] = due
  if (first === undefined) return null
  const { rule, what, value, max, since, sessions } = first
  const more = due.length > 1 ? ` and ${due.length - 1} more` : ''
  return {
    why: `${breachText(first)} since ${since}, ${sessions} sessions${more}`,
    evidence: { rule, what, value, max, since, sessions, breaches: due.length },
    task: { type: 'cure' },
  }
}

/** A breach and how long it may last, in words. */
export function passiveText(breach: PassiveBreach): string {
  const { since, sessions } = breach
  const time = isOverdue(breach)
    ? `overdue: ${sessions} sessions, ${CURE_SESSIONS} were allowed`
    : `${sessions} of ${CURE_SESSIONS} sessions to cure it`
  return `${breachText(breach)} since ${since}, ${time}`
}
