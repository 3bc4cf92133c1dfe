import { type Entry, GENESIS } from '#domain/portfolio/entry.js'
import type { Journal } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { readEntry } from './codec.js'

/** What the first line of an exported history says. */
interface Header {
  readonly exported: 'ballast journal'
  readonly v: 1
  readonly portfolio: PortfolioId
  readonly entries: number
  readonly head: string
}

/** A history read from its lines, its chain verified. */
export interface ExportedHistory {
  readonly portfolio: PortfolioId
  readonly entries: readonly Entry[]
  readonly head: string
}

const PAGE = 500

/**
 * A portfolio's history as JSON lines: a line that says whose it is, how long and where it ends, then each entry's own
 * bytes. Anybody can check it without this program: an entry's hash is SHA-256 of `prev` and the line without its
 * `hash` and `prev` fields, and the next line's `prev` is that hash.
 */
export function* exportLines(journal: Pick<Journal, 'head' | 'entries'>, portfolio: PortfolioId): Generator<string> {
  const { seq, hash } = journal.head(portfolio)
  const header: Header = { exported: 'ballast journal', v: 1, portfolio, entries: seq, head: hash }
  yield encode(header)
  for (let from = 1; from <= seq; from += PAGE)
    for (const entry of journal.entries(portfolio, from, Math.min(PAGE, seq - from + 1))) yield encode(entry)
}

/**
 * Reads what {@link exportLines} wrote. @throws Fault `EXPORT_INVALID` naming the line: not an export, a changed byte,
 * an entry missing inside or at the end, one too many.
 */
export function readExport(lines: Iterable<string>): ExportedHistory {
  const [first, ...rest] = [...lines].filter((line, at, all) => line !== '' || at < all.length - 1)
  const header = headerOf(first ?? '')
  const entries: Entry[] = []
  let prev = GENESIS
  for (const [index, text] of rest.entries()) {
    const line = index + 2
    if (index >= header.entries) throw invalid(line, `there are more than the ${header.entries} entries it names`)
    const reading = readEntry(text, header.portfolio, index + 1)
    if (!reading.ok) throw invalid(line, reading.problem)
    if (reading.value.prev !== prev) throw invalid(line, 'it does not carry the hash of the entry before it')
    prev = reading.value.hash
    entries.push(reading.value)
  }
  if (entries.length < header.entries)
    throw invalid(entries.length + 2, `cut short: ${entries.length} of ${header.entries} entries are there`)
  if (prev !== header.head) throw invalid(1, 'it names another head than the last entry has')
  return { portfolio: header.portfolio, entries, head: prev }
}

function headerOf(text: string): Header {
  try {
    const header = JSON.parse(text) as Partial<Header> | null
    if (header?.exported !== 'ballast journal') throw invalid(1, 'not an exported journal')
    if (header.v !== 1) throw invalid(1, `format ${String(header.v)} is not one this program reads`)
    const { portfolio, entries, head } = header
    if (!Number.isSafeInteger(entries) || typeof head !== 'string') throw invalid(1, 'it names no length or no head')
    return { exported: 'ballast journal', v: 1, portfolio: portfolioId(String(portfolio)), entries: entries ?? 0, head }
  } catch (error) {
    if (error instanceof Fault) throw error
    throw invalid(1, error instanceof Error ? error.message : String(error))
  }
}

const invalid = (line: number, problem: string): Fault =>
  new Fault('EXPORT_INVALID', `line ${line}: ${problem}`, 'never', { line, problem })
