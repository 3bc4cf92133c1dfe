import { condensedHash } from '#units/condensed.js'
import { digest } from '#units/digest.js'

/** Last entry version whose `stateHash` is the plain SHA-256 of the state's text; later ones carry its hash of hashes. */
export const PLAIN_STATE_HASH = 1

/** The hash by which an entry of version `v` attests the state of which `text` is the canonical text. */
export const stateHashOf = (text: string, v: number): string =>
  v <= PLAIN_STATE_HASH ? digest(text) : condensedHash(text)
