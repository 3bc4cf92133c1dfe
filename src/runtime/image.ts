import type { PortfolioSnapshot, Position } from '#machines/portfolio.machine.js'
import { sha256 } from '#ports/sha256.js'
import { decode, type encode } from '#units/canonical.js'

/** A portfolio's state as text, and the hash every journal entry carries. */
export interface Image {
  readonly text: string
  readonly hash: string
}

/** The image of a portfolio's state; an encoder that remembers does not write parts of earlier states again. */
export function imageOf({ value, context }: PortfolioSnapshot, write: typeof encode): Image {
  const text = write({ value, context })
  return { text, hash: sha256(text) }
}

/** The state an image was taken of. @throws SyntaxError on text that is no image. */
export function restore(text: string): PortfolioSnapshot {
  const { value, context } = decode(text) as { value: Position; context: PortfolioSnapshot['context'] }
  return { value, context }
}
