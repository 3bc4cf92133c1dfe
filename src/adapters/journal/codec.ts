import { ENTRY_VERSION, type Entry, isSealed, type Seal, sealOf } from '#domain/portfolio/entry.js'
import { stateHashOf } from '#domain/portfolio/state-hash.js'
import type { Snapshot } from '#ports/journal.js'
import { decode, encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { upcast } from './upcast.js'

/** Where a chain ends: sequence and hash of a portfolio's last entry. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/** A stored row, or what is wrong with it in a few words. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

/** The fault of bytes that are not what was written. */
export const corrupt = (portfolio: PortfolioId, seq: number, problem: string): Fault =>
  new Fault('JOURNAL_CORRUPT', `journal of ${portfolio} does not verify at ${seq}: ${problem}`, 'never', {
    portfolio,
    seq,
    problem,
  })

/**
 * Checks the stored text of the entry at `seq` without decoding it. Any changed byte is found: what the hash is of are
 * the bytes themselves. Whether `prev` fits is the caller's to check.
 */
export function checkEntry(text: string, portfolio: PortfolioId, seq: number): Reading<Seal> {
  const seal = sealOf(text)
  if (seal === undefined) return bad('unreadable: it does not end as an entry does')
  if (seal.portfolio !== portfolio || seal.seq !== seq)
    return bad(`it says it is entry ${seal.seq} of ${seal.portfolio}`)
  if (!isSealed(seal)) return bad('its content does not have its hash')
  if (seal.v > ENTRY_VERSION) return bad(`unknown entry version ${seal.v}`)
  return { ok: true, value: seal }
}

/** Checks an entry's text as {@link checkEntry} does and decodes it. */
export function readEntry(text: string, portfolio: PortfolioId, seq: number): Reading<Entry> {
  const checked = checkEntry(text, portfolio, seq)
  if (!checked.ok) return checked
  try {
    const entry = upcast(decode(text) as Readonly<Record<string, unknown>>, checked.value.v)
    if (entry === undefined) return bad(`entry version ${checked.value.v} is too old for this program`)
    return { ok: true, value: entry as unknown as Entry }
  } catch (error) {
    return bad(`unreadable: ${String(error)}`)
  }
}

/** Reads the stored text of a head. */
export function readHead(text: string): Reading<Head> {
  const parsed = readRecord(text)
  if (!parsed.ok) return parsed
  const { seq, hash } = parsed.value
  if (!Number.isSafeInteger(seq) || typeof hash !== 'string') return bad('not a head')
  return { ok: true, value: { seq: seq as number, hash } }
}

/** Stored text of a snapshot: the digest of its text, a line end, its text. */
export const writeSnapshot = (snapshot: Snapshot): string => `${digest(snapshot.text)}\n${snapshot.text}`

/**
 * Reads what {@link writeSnapshot} wrote after `entry`; bad when the text is damaged or is not the state whose hash the
 * entry carries: only that ties a snapshot to the chain.
 */
export function readSnapshot(
  stored: string,
  { seq, stateHash, v }: Pick<Entry, 'seq' | 'stateHash' | 'v'>,
): Reading<Snapshot> {
  const text = stored.slice(65)
  if (stored.slice(0, 65) !== `${digest(text)}\n`) return bad('the snapshot does not have its digest')
  if (stateHashOf(text, v) !== stateHash) return bad('the snapshot is not the state whose hash the entry carries')
  return { ok: true, value: { seq, text } }
}

/** Decodes a row that no hash protects (outbox, timers, query indexes). Throws `JOURNAL_CORRUPT`, `seq` when it is given. */
export function readRow<T>(text: string, portfolio: PortfolioId, what: string, seq?: number): T {
  try {
    return decode(text) as T
  } catch (error) {
    throw new Fault('JOURNAL_CORRUPT', `journal of ${portfolio}: unreadable ${what}: ${String(error)}`, 'never', {
      portfolio,
      what,
      ...(seq === undefined ? {} : { seq }),
    })
  }
}

function readRecord(text: string): Reading<Readonly<Record<string, unknown>>> {
  try {
    const value = decode(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('not a record')
    if (encode(value) !== text) return bad('not the canonical text of its content')
    return { ok: true, value: value as Readonly<Record<string, unknown>> }
  } catch (error) {
    return bad(`unreadable: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const bad = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem })
