import { GENESIS } from '#domain/portfolio/entry.js'
import type { Verification } from '#ports/journal.js'
import type { PortfolioId } from '#units/ids.js'
import { readEntry, readHead } from './codec.js'

/** A stored entry: the sequence of its key and its text. */
export interface StoredEntry {
  readonly seq: number
  readonly text: string
}

/**
 * Walks a portfolio's stored entries, in order of their keys, and names the first sequence that does not verify.
 * `headText` is the stored head, which is written apart from the entries: it tells a missing tail from a short history,
 * and catches a last entry that was rewritten with a hash of its own. A portfolio with neither is empty and fine.
 */
export function verifyChain(
  portfolio: PortfolioId,
  entries: Iterable<StoredEntry>,
  headText: string | undefined,
): Verification {
  const fail = (seq: number, kind: 'corrupt' | 'truncated' | 'gap', message: string): Verification => ({
    ok: false,
    portfolio,
    seq,
    kind,
    message: `${portfolio} ${seq}: ${message}`,
  })
  const head = headText === undefined ? undefined : readHead(headText)
  let last = 0
  let prev = GENESIS
  for (const { seq, text } of entries) {
    const expected = last + 1
    if (seq !== expected) return fail(expected, 'gap', `missing, the next entry is ${seq}`)
    const reading = readEntry(text, portfolio, seq)
    if (!reading.ok) return fail(seq, 'corrupt', reading.problem)
    if (reading.value.prev !== prev) return fail(seq, 'corrupt', 'it does not carry the hash of the entry before it')
    last = seq
    prev = reading.value.hash
  }
  if (head === undefined)
    return last === 0
      ? { ok: true, portfolio, entries: 0, head: GENESIS }
      : fail(last, 'corrupt', 'the head is missing: nothing says that this is the last entry')
  if (!head.ok) return fail(Math.max(last, 1), 'corrupt', `the head is damaged: ${head.problem}`)
  if (last < head.value.seq) return fail(last + 1, 'truncated', `missing, the head is at ${head.value.seq}`)
  if (last > head.value.seq) return fail(head.value.seq + 1, 'corrupt', `beyond the head at ${head.value.seq}`)
  if (head.value.hash !== prev) return fail(last, 'corrupt', 'the head has another hash')
  return { ok: true, portfolio, entries: last, head: prev }
}
