import { hold } from '#units/assert.js'
import type { PortfolioId, RunId } from '#units/ids.js'

/** Key of a row: the portfolio, then its place or name within it; numbers sort as numbers, text by code point. */
export type RowKey = [PortfolioId, number | string]

/** Longest name part of a key in UTF-8 bytes; LMDB itself ends at 1978 for the whole key. */
const MAX_NAME_BYTES = 1024

/** Key of an entry, execution or snapshot: by sequence number. */
export const seqKey = (portfolio: PortfolioId, seq: number): RowKey => [portfolio, seq]

/**
 * Key of an outbox, inbox or timer row: by name.
 * Breaks `journal-key` on a name LMDB cannot hold (empty, a NUL character, or too long): found before any write,
 * because a put that throws inside a batch leaves the others in it.
 */
export function nameKey(portfolio: PortfolioId, name: string): RowKey {
  hold(
    name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= MAX_NAME_BYTES,
    'journal-key',
    () => `${portfolio}: not a key: ${JSON.stringify(name.slice(0, 80))}`,
  )
  return [portfolio, name]
}

/** Range of a portfolio's rows keyed by sequence, from `fromSeq` on. */
export const seqRange = (portfolio: PortfolioId, fromSeq = 0): { start: RowKey; end: RowKey } => ({
  start: [portfolio, fromSeq],
  end: [portfolio, Number.MAX_SAFE_INTEGER],
})

/** Range of a portfolio's rows keyed by name; U+10FFFF sorts after every name. */
export const nameRange = (portfolio: PortfolioId): { start: RowKey; end: RowKey } => ({
  start: [portfolio, Number.MAX_SAFE_INTEGER],
  end: [portfolio, '\u{10ffff}'],
})

/** The n of `R-<n>`, which a run is stored under; undefined for any other text. */
export function runNumber(id: RunId): number | undefined {
  const digits = /^R-(\d{1,15})$/.exec(id)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
