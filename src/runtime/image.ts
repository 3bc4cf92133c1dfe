import type { PortfolioSnapshot, Position } from '#machines/portfolio.machine.js'
import { sha256Of } from '#ports/sha256.js'
import { decode, joined, type RememberingEncoder } from '#units/canonical.js'

/** A portfolio's state as text, made when it is asked for, and the hash every journal entry carries. */
export interface Image {
  readonly text: () => string
  readonly hash: string
}

/** The image of a portfolio's state; parts it shares with earlier states are not written again. */
export function imageOf({ value, context }: PortfolioSnapshot, encoder: RememberingEncoder): Image {
  const pieces = encoder.pieces({ value, context })
  return { text: () => joined(pieces), hash: sha256Of(pieces) }
}

/** The state an image was taken of. @throws SyntaxError on text that is no image. */
export function restore(text: string): PortfolioSnapshot {
  const { value, context } = decode(text) as { value: Position; context: PortfolioSnapshot['context'] }
  return { value, context }
}
