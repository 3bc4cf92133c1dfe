import type { Instant, SessionDate } from '#units/time.js'

/** What can start a run. */
export type TriggerKind = 'drift' | 'calendar' | 'cash' | 'manual' | 'risk' | 'targets'

/** A reason to rebalance, with the evidence it rests on. */
export interface Trigger {
  readonly kind: TriggerKind
  readonly at: Instant
  readonly session: SessionDate
  /** One sentence: `MSFT 31.2 % against 25.0 %, band 5.0 %`. */
  readonly why: string
  readonly evidence: Readonly<Record<string, string | number>>
}
