import type { Entry } from '#domain/portfolio/entry.js'
import type { PortfolioId } from '#units/ids.js'
import type { Sight } from './sight.js'

/** Which entries: `limit` of them from a sequence on, the newest when it is null. */
export interface EntriesAsked {
  readonly from: number | null
  readonly limit: number
}

/** One journal entry as plain data: everything it holds, decimals as text. */
export type EntryRow = Omit<Entry, 'event' | 'effects'> & {
  readonly event: Pick<Entry['event'], 'type' | 'cause' | 'seq' | 'at'> & Readonly<Record<string, unknown>>
  readonly effects: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]
}

/** Entries of a portfolio's history, newest last. @throws Fault `ENTRIES_SEALED` from a sequence that is in a segment. */
export function entryRows(
  { journal }: Sight,
  portfolio: PortfolioId,
  { from, limit }: EntriesAsked,
): readonly EntryRow[] {
  const kept = (journal.seal(portfolio)?.seq ?? 0) + 1
  const first = from ?? Math.max(kept, journal.head(portfolio).seq - limit + 1)
  return journal.entries(portfolio, first, limit).map((entry) => JSON.parse(JSON.stringify(entry)) as EntryRow)
}
