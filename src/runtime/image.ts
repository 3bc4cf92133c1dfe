import { createHash } from 'node:crypto'
import type { PortfolioSnapshot, Position } from '#machines/portfolio.machine.js'
import { decode, rememberingEncoder } from '#units/canonical.js'

/** A portfolio's state as text, and the hash every journal entry carries. */
export interface Image {
  readonly text: string
  readonly hash: string
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Takes images of a portfolio's states; parts shared with earlier states are not encoded again. */
export function imager(): (snapshot: PortfolioSnapshot) => Image {
  const encode = rememberingEncoder()
  return ({ value, context }) => {
    const text = encode({ value, context })
    return { text, hash: sha256(text) }
  }
}

/** The state an image was taken of. @throws SyntaxError on text that is no image. */
export function restore(text: string): PortfolioSnapshot {
  const { value, context } = decode(text) as { value: Position; context: PortfolioSnapshot['context'] }
  return { value, context }
}
