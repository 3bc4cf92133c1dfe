import { GENESIS } from '#domain/portfolio/entry.js'
import type { Verification } from '#ports/journal.js'
import type { Sealed } from '#ports/sealed.js'
import type { PortfolioId } from '#units/ids.js'
import { checkEntry, type Reading, readHead, readSnapshot } from './codec.js'

/** A stored entry: the sequence of its key and its text. */
export interface StoredEntry {
  readonly seq: number
  readonly text: string
}

/**
 * Walks a portfolio's stored entries, in order of their keys, and names the first sequence that does not verify.
 * `headText` is the stored head, which is written apart from the entries: it tells a missing tail from a short history,
 * and catches a last entry that was rewritten with a hash of its own. A portfolio with neither is empty and fine.
 * `snapshots` are the stored snapshots by sequence: each must be the state whose hash its entry carries.
 * A chain whose first entries are sealed begins at its seal. `seal` is null where there is none, although the journal has some.
 */
export function verifyChain(
  portfolio: PortfolioId,
  entries: Iterable<StoredEntry>,
  headText: string | undefined,
  snapshots: ReadonlyMap<number, string> = new Map(),
  seal?: Reading<Sealed> | null,
): Verification {
  const fail = (seq: number, kind: 'corrupt' | 'truncated' | 'gap', message: string): Verification => ({
    ok: false,
    portfolio,
    seq,
    kind,
    message: `${portfolio} ${seq}: ${message}`,
  })
  const head = headText === undefined ? undefined : readHead(headText)
  if (seal?.ok === false) return fail(1, 'corrupt', `the seal is damaged: ${seal.problem}`)
  const sealed = seal?.value
  const begin = sealed?.seq ?? 0
  let last = begin
  let prev = sealed?.hash ?? GENESIS
  for (const { seq, text } of entries) {
    const expected = last + 1
    if (seq < expected) return fail(seq, 'corrupt', `it is there although entries to ${begin} are sealed`)
    if (seq > expected && expected === 1 && seal === null)
      return fail(1, 'corrupt', `the seal of the entries before ${seq} is missing`)
    if (seq !== expected) return fail(expected, 'gap', `missing, the next entry is ${seq}`)
    const reading = checkEntry(text, portfolio, seq)
    if (!reading.ok) return fail(seq, 'corrupt', reading.problem)
    if (reading.value.prev !== prev)
      return fail(
        seq,
        'corrupt',
        `it does not carry the hash of the ${last === begin && begin > 0 ? 'seal' : 'entry'} before it`,
      )
    const snapshot = snapshots.get(seq)
    const state = snapshot === undefined ? undefined : readSnapshot(snapshot, reading.value)
    if (state?.ok === false) return fail(seq, 'corrupt', `snapshot ${seq}: ${state.problem}`)
    last = seq
    prev = reading.value.hash
  }
  const orphan = [...snapshots.keys()].find((seq) => seq <= begin || seq > last)
  if (head === undefined)
    return last === 0 && orphan === undefined
      ? { ok: true, portfolio, entries: 0, head: GENESIS }
      : fail(Math.max(last, 1), 'corrupt', 'the head is missing: nothing says that this is the last entry')
  if (!head.ok) return fail(Math.max(last, 1), 'corrupt', `the head is damaged: ${head.problem}`)
  if (last < head.value.seq) return fail(last + 1, 'truncated', `missing, the head is at ${head.value.seq}`)
  if (last > head.value.seq) return fail(head.value.seq + 1, 'corrupt', `beyond the head at ${head.value.seq}`)
  if (head.value.hash !== prev) return fail(last, 'corrupt', 'the head has another hash')
  if (orphan !== undefined) return fail(orphan, 'corrupt', `snapshot ${orphan}: there is no such entry`)
  const found = { ok: true, portfolio, entries: last - begin, head: prev } as const
  return sealed === undefined ? found : { ...found, sealed: { seq: begin, segment: sealed.segments.at(-1)!.name } }
}
