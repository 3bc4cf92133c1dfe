import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { PortfolioId } from '#units/ids.js'
import type { Actor, Staged } from './actor.js'
import type { Origin } from './record.js'

/** One event to be journaled: what happened, whose doing it is, and where it came from. */
export interface Told {
  readonly fact: PortfolioFact
  readonly cause: string
  readonly origin: Origin
}

/** Events that become one transaction or nothing at all, proposed on the ground of one version of the state. */
export interface Proposal {
  readonly events: readonly Told[]
  readonly expectedVersion: number
  /** Looks at the state they would lead to; throws to have nothing of it. */
  readonly check: (after: PortfolioSnapshot) => void
}

/**
 * What an event was decided on, looked at in the very turn its step is worked out, behind all that waited before it: the newest
 * state, and the version that last said what trading may do. Throws to have nothing of the event; nobody is halted then.
 */
export type Given = (now: PortfolioSnapshot, ruled: number) => void

/** Events that wait to be worked out, as one transaction or nothing at all, and whom to tell. */
export interface Mail {
  readonly portfolio: PortfolioId
  readonly events: readonly Told[]
  /** What must be so for the events to be taken; null for what has happened and cannot be refused. */
  readonly terms: Pick<Proposal, 'expectedVersion' | 'check'> | null
  readonly given: Given | null
  readonly resolve: (staged: readonly Staged[]) => void
  readonly reject: (error: unknown) => void
}

/** Whether what an event was decided on is still so; whoever sent it is told when not. */
export function isGiven({ given, reject }: Mail, actor: Actor): boolean {
  try {
    given?.(actor.snapshot, actor.ruled)
    return true
  } catch (error) {
    reject(error)
    return false
  }
}
