import { PLAIN_STATE_HASH } from '#domain/portfolio/state-hash.js'
import type { PortfolioSnapshot, Position } from '#machines/portfolio.machine.js'
import { decode, encode } from '#units/canonical.js'
import { condenser } from '#units/condensed.js'
import { digest } from '#units/digest.js'

/** A portfolio's state as the text that is saved. */
export const textOf = ({ value, context }: PortfolioSnapshot): string => encode({ value, context })

/** Hashes a state as entries of version `v` attest it. */
export type StateHasher = (snapshot: PortfolioSnapshot, v: number) => string

/** A hasher of states that follow each other: parts a state shares with those before are not hashed again. */
export function stateHasher(): StateHasher {
  const condense = condenser()
  return (snapshot, v) => {
    if (v <= PLAIN_STATE_HASH) return digest(textOf(snapshot))
    return condense({ value: snapshot.value, context: snapshot.context })
  }
}

/** The state a text was made of. @throws SyntaxError on text that is no state. */
export function restore(text: string): PortfolioSnapshot {
  const { value, context } = decode(text) as { value: Position; context: PortfolioSnapshot['context'] }
  return { value, context }
}
