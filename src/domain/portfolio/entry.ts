import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import type { PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Effect } from './effect.js'
import type { PortfolioEvent } from './event.js'

/** Version of the entry format. */
export const ENTRY_VERSION = 1

/** One step of a portfolio's history, before it is chained. */
export interface EntryDraft {
  readonly v: number
  readonly portfolio: PortfolioId
  /** From 1, without gaps. */
  readonly seq: number
  readonly at: Instant
  readonly epoch: number
  readonly event: PortfolioEvent
  readonly effects: readonly Effect[]
  /** SHA-256 of the canonical state after the event. */
  readonly stateHash: string
}

/** A journal entry: a draft chained to the one before it. */
export interface Entry extends EntryDraft {
  readonly prev: string
  readonly hash: string
}

/** `prev` of the first entry. */
export const GENESIS = '0'.repeat(64)

/**
 * Chains a draft: hash = SHA-256(prev ‖ canonical bytes of the draft). An encoder that remembers may have written parts
 * of it already. Source: design engine.md section 2.
 */
export function seal(draft: EntryDraft, prev: string, text: typeof encode = encode): Entry {
  return { ...draft, prev, hash: digest(prev + text(draft)) }
}

/** True when the entry's own hash is right for its content, as `text` writes it, and `prev`. */
export function isSealed(entry: Entry, text: typeof encode = encode): boolean {
  const { prev, hash, ...draft } = entry
  return digest(prev + text(draft)) === hash
}
