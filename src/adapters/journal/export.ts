import { type Entry, GENESIS } from '#domain/portfolio/entry.js'
import type { Journal } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { readEntry } from './codec.js'

/** What the first line of an exported history says. */
interface Header {
  readonly exported: 'ballast journal'
  /** 2: it begins later than with entry 1. */
  readonly v: 1 | 2
  readonly portfolio: PortfolioId
  readonly entries: number
  readonly head: string
  /** Sequence of the first entry and hash of the one before it, version 2 only. */
  readonly from?: number
  readonly prev?: string
}

/** A history read from its lines, its chain verified. */
export interface ExportedHistory {
  readonly portfolio: PortfolioId
  /** Sequence of the first entry, and its `prev`. */
  readonly from: number
  readonly prev: string
  readonly entries: readonly Entry[]
  readonly head: string
}

const PAGE = 500

/**
 * A portfolio's history as JSON lines: a line that says whose it is, how long and where it ends, then each entry's own
 * bytes. Anybody can check it without this program: an entry's hash is SHA-256 of `prev` and the line without its
 * `hash` and `prev` fields, and the next line's `prev` is that hash. Of a history whose first entries are sealed, what
 * the journal still has; `to` ends it earlier than at its newest entry.
 */
export function* exportLines(
  journal: Pick<Journal, 'head' | 'entries' | 'seal'>,
  portfolio: PortfolioId,
  to = journal.head(portfolio).seq,
): Generator<string> {
  const sealed = journal.seal(portfolio)
  const first = (sealed?.seq ?? 0) + 1
  const [last] = to < first ? [] : journal.entries(portfolio, to, 1)
  const head = last?.hash ?? sealed?.hash ?? GENESIS
  const header: Header = { exported: 'ballast journal', v: 1, portfolio, entries: to - first + 1, head }
  yield encode(sealed === null ? header : { ...header, v: 2, from: first, prev: sealed.hash })
  for (let from = first; from <= to; from += PAGE)
    for (const entry of journal.entries(portfolio, from, Math.min(PAGE, to - from + 1))) yield encode(entry)
}

/**
 * Reads what {@link exportLines} wrote. @throws Fault `EXPORT_INVALID` naming the line: not an export, a changed byte,
 * an entry missing inside or at the end, one too many.
 */
export function readExport(lines: Iterable<string>): ExportedHistory {
  const [first, ...rest] = [...lines].filter((line, at, all) => line !== '' || at < all.length - 1)
  const header = headerOf(first ?? '')
  const entries: Entry[] = []
  const { portfolio, from = 1, prev: before = GENESIS } = header
  let prev = before
  for (const [index, text] of rest.entries()) {
    const line = index + 2
    if (index >= header.entries) throw invalid(line, `there are more than the ${header.entries} entries it names`)
    const reading = readEntry(text, portfolio, from + index)
    if (!reading.ok) throw invalid(line, reading.problem)
    if (reading.value.prev !== prev) throw invalid(line, 'it does not carry the hash of the entry before it')
    prev = reading.value.hash
    entries.push(reading.value)
  }
  if (entries.length < header.entries)
    throw invalid(entries.length + 2, `cut short: ${entries.length} of ${header.entries} entries are there`)
  if (prev !== header.head) throw invalid(1, 'it names another head than the last entry has')
  return { portfolio, from, prev: before, entries, head: prev }
}

/**
 * Histories that follow each other, as one, whatever their order.
 * @throws Fault `EXPORT_INCOMPLETE` when entries before, or between them, are missing; `EXPORT_INVALID` when one does not
 * follow the other.
 */
export function joinHistories(parts: readonly [ExportedHistory, ...ExportedHistory[]]): ExportedHistory {
  const [first, ...rest] = [...parts].sort((a, b) => a.from - b.from) as [ExportedHistory, ...ExportedHistory[]]
  let whole = first
  for (const part of rest) {
    const { portfolio } = whole
    const next = whole.from + whole.entries.length
    if (part.portfolio !== portfolio)
      throw new Fault('EXPORT_INVALID', `one is of ${portfolio}, another of ${part.portfolio}`, 'never')
    if (part.from > next) throw incomplete(portfolio, next, part.from - 1)
    if (part.from < next || part.prev !== whole.head)
      throw new Fault('EXPORT_INVALID', `entry ${part.from} of ${portfolio} does not follow what is before it`, 'never')
    whole = { ...whole, entries: [...whole.entries, ...part.entries], head: part.head }
  }
  if (whole.from > 1) throw incomplete(whole.portfolio, 1, whole.from - 1)
  return whole
}

/** The fault of a history whose segments were not all given. */
export const incomplete = (portfolio: PortfolioId, from: number, to: number): Fault =>
  new Fault(
    'EXPORT_INCOMPLETE',
    `entries ${from} to ${to} of ${portfolio} are missing: give their segments too`,
    'never',
    {
      portfolio,
      from,
      to,
    },
  )

function headerOf(text: string): Header {
  try {
    const header = JSON.parse(text) as Partial<Header> | null
    if (header?.exported !== 'ballast journal') throw invalid(1, 'not an exported journal')
    if (header.v !== 1 && header.v !== 2) throw invalid(1, `format ${String(header.v)} is not one this program reads`)
    const { portfolio, entries, head } = header
    if (!Number.isSafeInteger(entries) || typeof head !== 'string') throw invalid(1, 'it names no length or no head')
    const read = {
      exported: 'ballast journal',
      portfolio: portfolioId(String(portfolio)),
      entries: entries ?? 0,
      head,
    } as const
    if (header.v === 1) return { ...read, v: 1 }
    const { from = 0, prev } = header
    if (!Number.isSafeInteger(from) || from < 2 || typeof prev !== 'string')
      throw invalid(1, 'it does not say where it begins')
    return { ...read, v: 2, from, prev }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw invalid(1, error instanceof Error ? error.message : String(error))
  }
}

const invalid = (line: number, problem: string): Fault =>
  new Fault('EXPORT_INVALID', `line ${line}: ${problem}`, 'never', { line, problem })
