import { basename } from 'node:path'
import { type ExportedHistory, incomplete, joinHistories } from '#adapters/journal/export.js'
import { readSegment } from '#adapters/journal/segment.js'
import { type Entry, GENESIS } from '#domain/portfolio/entry.js'
import type { Journal, Verification } from '#ports/journal.js'
import { verifyTables } from '#runtime/attest.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

/** A segment file that was given and verified; its entries are read again when they are wanted. */
export interface GivenSegment {
  readonly path: string
  readonly portfolio: PortfolioId
  readonly from: number
  readonly to: number
  /** Hash of the entry before its first, and of its last. */
  readonly prev: string
  readonly head: string
  readonly digest: string
  history(): ExportedHistory
}

/** Reads and verifies segment files. @throws Fault `FILE_NOT_FOUND`, `EXPORT_INVALID` naming the file. */
export const readSegments = (paths: readonly string[]): readonly GivenSegment[] =>
  paths.map((path) => {
    try {
      const { history, digest } = readSegment(path)
      const { portfolio, from, prev, head } = history
      const to = from + history.entries.length - 1
      return { path, portfolio, from, to, prev, head, digest, history: () => readSegment(path).history }
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'EXPORT_INVALID') throw error
      throw new Fault(error.code, `${path}: ${error.message}`, error.retry, { ...error.data, file: path })
    }
  })

/** An exported history with the segments before it, as one that begins with entry 1. @throws Fault as `joinHistories`. */
export const wholeHistory = (history: ExportedHistory, given: readonly GivenSegment[]): ExportedHistory =>
  joinHistories([history, ...given.map((segment) => segment.history())])

type Verified = Pick<Journal, 'verify' | 'seal' | 'entries' | 'recover' | 'runs' | 'executions' | 'inbox' | 'head'>

/**
 * Checks a portfolio's chain from its first entry on, over its segments and the journal: as `verify` would, had nothing been
 * sealed. A segment that is not the one the seal names is corrupt. With `replay` every table is checked too.
 * @throws Fault `EXPORT_INCOMPLETE` when a segment was not given, `EXPORT_INVALID` when one is none of this portfolio's.
 */
export function verifyWith(
  journal: Verified,
  portfolio: PortfolioId,
  given: readonly GivenSegment[],
  replay: boolean,
): Verification {
  const chain = journal.verify(portfolio)
  if (!chain.ok) return chain
  const sealed = journal.seal(portfolio)
  const segments = sealed?.segments ?? []
  const own = given.filter((one) => one.portfolio === portfolio)
  const stray = own.find((one) => !segments.some((segment) => isRange(segment, one)))
  if (stray !== undefined)
    throw new Fault('EXPORT_INVALID', `${stray.path} is no segment that the journal of ${portfolio} names`, 'never')
  const bad = (seq: number, problem: string): Verification => {
    return { ok: false, portfolio, seq, kind: 'corrupt', message: `${portfolio} ${seq}: ${problem}` }
  }
  let prev = GENESIS
  const found: GivenSegment[] = []
  for (const segment of segments) {
    const one = own.find((candidate) => isRange(segment, candidate))
    if (one === undefined) throw incomplete(portfolio, segment.from, segment.to)
    if (one.digest !== segment.digest || one.prev !== prev)
      return bad(segment.from, `${basename(one.path)} is not the segment ${segment.name} that was sealed`)
    found.push(one)
    prev = one.head
  }
  if (sealed !== null && sealed.hash !== prev)
    return bad(sealed.seq, 'the seal has another hash than its segment ends with')
  const { seq, hash } = journal.head(portfolio)
  return replay
    ? verifyTables(journal, portfolio, wholeChain(journal, portfolio, found))
    : { ok: true, portfolio, entries: seq, head: hash }
}

function* wholeChain(
  journal: Pick<Journal, 'entries' | 'seal'>,
  portfolio: PortfolioId,
  segments: readonly GivenSegment[],
): Generator<Entry> {
  for (const segment of segments) yield* segment.history().entries
  yield* journal.entries(portfolio, (journal.seal(portfolio)?.seq ?? 0) + 1, Number.POSITIVE_INFINITY)
}

type Range = Pick<GivenSegment, 'from' | 'to'>

const isRange = (one: Range, other: Range): boolean => one.from === other.from && one.to === other.to
