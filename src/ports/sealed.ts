import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Snapshot } from './journal.js'

/** A file that entries were moved into, and which. */
export interface Segment {
  readonly name: string
  readonly from: number
  readonly to: number
  /** SHA-256 of the file. */
  readonly digest: string
}

/** What stands in a journal for entries that are kept in segments: the chain goes on from it. */
export interface Sealed {
  /** The last sealed entry's sequence and hash: the next entry's `prev`. */
  readonly seq: number
  readonly hash: string
  /** The state after it. */
  readonly state: Snapshot
  /** Executions booked by sealed entries. */
  readonly executions: number
  /** Oldest first, without gaps from entry 1 to {@link seq}. */
  readonly segments: readonly Segment[]
}

/** The fault of asking a journal for an entry that it keeps in a segment. */
export function entriesSealed(portfolio: PortfolioId, seq: number, { seq: last, segments }: Sealed): Fault {
  const name = segments.find(({ from, to }) => from <= seq && seq <= to)?.name ?? ''
  const message = `entry ${seq} of ${portfolio} is sealed in segment ${name}; this journal begins with entry ${last + 1}`
  return new Fault('ENTRIES_SEALED', message, 'never', { portfolio, seq, segment: name, begins: last + 1 })
}
