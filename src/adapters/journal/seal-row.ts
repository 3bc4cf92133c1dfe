import type { Entry } from '#domain/portfolio/entry.js'
import { stateHashOf } from '#domain/portfolio/state-hash.js'
import type { Sealed, Segment } from '#ports/sealed.js'
import { decode, encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import type { PortfolioId } from '#units/ids.js'
import { checkEntry, type Reading } from './codec.js'

/** Key of a portfolio's seal among what a journal says of itself. */
export const sealKey = (portfolio: PortfolioId): string => `seal/${portfolio}`

interface Row {
  readonly v: 1
  /** The last sealed entry, as it was stored. */
  readonly entry: string
  /** The state after it, as a snapshot is stored. */
  readonly state: string
  readonly executions: number
  readonly segments: readonly Segment[]
}

/** Stored text of a seal: the digest of its text, a line end, its text. */
export function writeSeal(entry: Entry, { state, executions, segments }: Sealed): string {
  const row: Row = { v: 1, entry: encode(entry), state: state.text, executions, segments }
  const text = encode(row)
  return `${digest(text)}\n${text}`
}

/**
 * Reads what {@link writeSeal} wrote; bad when a byte was changed, or when the last sealed entry, its state and the
 * segments do not belong together. Whether the chain goes on from it is the caller's to check.
 */
export function readSeal(stored: string, portfolio: PortfolioId): Reading<Sealed> {
  const text = stored.slice(65)
  if (stored.slice(0, 65) !== `${digest(text)}\n`) return bad('it does not have its digest')
  const row = decode(text) as Row
  if (row.v !== 1) return bad(`format ${String(row.v)} is not one this program reads`)
  const { state, executions, segments } = row
  const seq = segments.at(-1)?.to ?? 0
  const entry = checkEntry(row.entry, portfolio, seq)
  if (!entry.ok) return bad(`its last entry: ${entry.problem}`)
  const { stateHash, v } = entry.value
  if (stateHashOf(state, v) !== stateHash) return bad('its state is not the one its last entry attests')
  const whole = segments.every(({ from }, index) => from === (segments[index - 1]?.to ?? 0) + 1)
  if (!whole) return bad('its segments have a gap')
  return { ok: true, value: { seq, hash: entry.value.hash, state: { seq, text: state }, executions, segments } }
}

const bad = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem })
