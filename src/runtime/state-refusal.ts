import { InvariantBroken } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import { type Outcome, refuse } from '#units/outcome.js'
import { VersionConflict } from './version-conflict.js'

/** Why a change of a portfolio's state was refused. Nothing of it was written. */
export type StateRefusal =
  /** Somebody changed the portfolio since: begin again from `actual`. */
  | {
      readonly code: 'VERSION_CONFLICT'
      readonly message: string
      readonly expected: number
      readonly actual: number
    }
  /** The books would break the named invariant. */
  | { readonly code: 'INVALID'; readonly message: string; readonly invariant: string }
  | {
      readonly code:
        | 'PORTFOLIO_UNKNOWN'
        | 'PORTFOLIO_EXISTS'
        | 'VERSION_UNKNOWN'
        /** The state of that version needs entries that are kept in a segment: the message names it. */
        | 'VERSION_SEALED'
        | 'RUN_IN_PROGRESS'
        | 'UNIVERSE_HELD'
        | 'CASH_SHORT'
        | 'EXECUTION_BOOKED'
        | 'FILLS_COME_FROM_THE_GATEWAY'
        | 'RESET_TAKES_AGREEMENT'
        | 'NOTHING_APPLIED'
        | 'ENDED'
      readonly message: string
    }

/** An answer of the repository. */
export type StateOutcome<T> = Outcome<T, StateRefusal>

type PlainCode = Exclude<StateRefusal['code'], 'VERSION_CONFLICT' | 'INVALID'>

/** Says no for a plain reason. */
export const refused = (code: PlainCode, message: string): { readonly ok: false; readonly refusal: StateRefusal } =>
  refuse(code, message) as { readonly ok: false; readonly refusal: StateRefusal }

/** Says no because the state has moved on. */
export const conflict = ({
  expected,
  actual,
  message,
}: VersionConflict): { readonly ok: false; readonly refusal: StateRefusal } => ({
  ok: false,
  refusal: { code: 'VERSION_CONFLICT', message, expected, actual },
})

/** What a thrown value refuses; faults of the journal and bugs are thrown on. */
export function refusalOf(thrown: unknown): { readonly ok: false; readonly refusal: StateRefusal } {
  if (thrown instanceof VersionConflict) return conflict(thrown)
  if (thrown instanceof Refused) return { ok: false, refusal: thrown.refusal }
  if (thrown instanceof InvariantBroken) {
    const { invariant, message } = thrown
    return { ok: false, refusal: { code: 'INVALID', message, invariant } }
  }
  // Canonical text cannot be made of a number that is not finite.
  if (thrown instanceof RangeError)
    return { ok: false, refusal: { code: 'INVALID', message: thrown.message, invariant: 'I14' } }
  if (thrown instanceof Fault && thrown.code === 'UNIVERSE_HELD') return refused('UNIVERSE_HELD', thrown.message)
  if (thrown instanceof Fault && thrown.code === 'ENTRIES_SEALED') return refused('VERSION_SEALED', thrown.message)
  throw thrown
}

/** A refusal on its way out of a check. */
export class Refused extends Error {
  override readonly name = 'Refused'

  constructor(readonly refusal: StateRefusal) {
    super(refusal.message)
  }
}
