import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import type { PortfolioId } from '#units/ids.js'
import { remembered } from '#units/remembered.js'
import type { Instant } from '#units/time.js'
import type { Effect } from './effect.js'
import type { PortfolioEvent } from './event.js'

/** Version of the entry format. 2: `stateHash` is a hash of hashes, which a step works out again only where it changed. */
export const ENTRY_VERSION = 2

/** One step of a portfolio's history, before it is chained. */
export interface EntryDraft {
  /** Of the format it was written in. */
  readonly v: number
  readonly portfolio: PortfolioId
  /** From 1, without gaps. */
  readonly seq: number
  readonly at: Instant
  readonly epoch: number
  readonly event: PortfolioEvent
  readonly effects: readonly Effect[]
  /** Attests the state after the event: see {@link stateHashOf}. */
  readonly stateHash: string
}

/** A journal entry: a draft chained to the one before it. */
export interface Entry extends EntryDraft {
  readonly prev: string
  readonly hash: string
}

/** `prev` of the first entry. */
export const GENESIS = '0'.repeat(64)

/** Chains a draft: hash = SHA-256(prev ‖ canonical bytes of the draft). Source: design engine.md section 2. */
export function seal(draft: EntryDraft, prev: string): Entry {
  const content = encode(draft)
  const hash = digest(prev + content)
  const entry = { ...draft, prev, hash }
  texts.keep(entry, sealed(content, draft.portfolio, prev, hash))
  return entry
}

const texts = remembered<string>()

/** Canonical text of an entry, as it is stored; of one sealed in this process it is not made again. */
export const entryText = (entry: Entry): string => texts.of(entry) ?? encode(entry)

/** An entry's text, of its draft's: `hash` and `prev` stand before and after `portfolio`, which follows the effects, in the order of keys. */
function sealed(content: string, portfolio: PortfolioId, prev: string, hash: string): string {
  const named = `,"portfolio":"${portfolio}"`
  const at = content.lastIndexOf(named)
  return `${content.slice(0, at)},"hash":"${hash}"${named},"prev":"${prev}"${content.slice(at + named.length)}`
}

/** What an entry's text says of its place, read off without decoding the rest. */
export interface Seal {
  /** Canonical text of the draft: what was hashed after `prev`. */
  readonly content: string
  readonly portfolio: string
  readonly prev: string
  readonly hash: string
  readonly seq: number
  readonly stateHash: string
  readonly v: number
}

const SEAL =
  /,"hash":"([0-9a-f]{64})"(,"portfolio":"([\w-]{1,32})"),"prev":"([0-9a-f]{64})"(,"seq":(\d{1,15}),"stateHash":"([0-9a-f]*)","v":(\d{1,9})\})$/y

/**
 * The seal of an entry's canonical text; undefined for text that has none. Canonical text has its keys in order, so the
 * seal is its end: each byte of an entry is either in `content`, which is hashed, or matched here.
 * Cost  a copy of the text; a tenth of decoding it.
 */
export function sealOf(text: string): Seal | undefined {
  const start = text.lastIndexOf(',"hash":"')
  if (start < 0) return undefined
  SEAL.lastIndex = start
  const found = SEAL.exec(text)
  if (found === null) return undefined
  const [, hash = '', named = '', portfolio = '', prev = '', rest = '', seq, stateHash = '', v] = found
  const content = text.slice(0, start) + named + rest
  return { content, portfolio, prev, hash, seq: Number(seq), stateHash, v: Number(v) }
}

/** True when an entry has the hash it carries. */
export const isSealed = ({ prev, content, hash }: Seal): boolean => digest(prev + content) === hash
