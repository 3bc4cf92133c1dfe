import type { InstrumentId } from '#units/ids.js'
import { magnitude } from '#units/money.js'
import type { SessionDate } from '#units/time.js'
import { heldOf, restrainedFrom } from '../permission/restraint.js'
import type { PortfolioState } from '../portfolio/state.js'
import { UNSIZED } from '../regime/applied.js'
import { askedSizing } from './asked.js'
import type { MovedSizing } from './moved.js'

/** Risk that targets take back and is held all the same, since a rule let only a part of its sales pass for now. */
export interface OutstandingRisk {
  readonly names: readonly InstrumentId[]
  /** The rule and its reason, of the first name. */
  readonly why: string
  /** The session it was tried in last: it is tried again in a later one. */
  readonly through: SessionDate
}

/** What is outstanding and may be tried again: in another session, where one of its names may be traded toward zero. Null for nothing. Total. */
export function outstandingDue(state: PortfolioState, session: SessionDate): MovedSizing | null {
  const { outstanding } = state.memory
  if (outstanding === undefined || session <= outstanding.through || state.effective === null) return null
  const open = outstanding.names.filter((instrument) => mayReduce(state, instrument))
  if (open.length === 0) return null
  const { multiplier: to, by } = askedSizing(state)
  // Where the run comes to nothing, memory says again what targets were sized by.
  const from = (state.memory.sized ?? UNSIZED).multiplier
  const why = outstandingText({ names: open, why: outstanding.why })
  return { why, evidence: { from, to, ...by } }
}

/** What is outstanding in words. */
export const outstandingText = ({ names, why }: Pick<OutstandingRisk, 'names' | 'why'>): string =>
  `risk to be taken back is still held: ${names.join(', ')} (${why})`

function mayReduce(state: PortfolioState, instrument: InstrumentId): boolean {
  const held = heldOf(state.book, instrument)
  if (held.isZero()) return true
  const side = held.gt(0) ? 'sell' : 'buy'
  return restrainedFrom(state, { instrument, side, quantity: magnitude(held) }) === null
}
