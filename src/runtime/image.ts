import { PLAIN_STATE_HASH } from '#domain/portfolio/state-hash.js'
import { type PortfolioSnapshot, type Position, portfolioMachine } from '#machines/portfolio.machine.js'
import { decode, encode } from '#units/canonical.js'
import { hashCondensed } from '#units/condensed.js'
import { digest } from '#units/digest.js'

/** A portfolio's state as the text that is saved. */
export const textOf = ({ value, context }: PortfolioSnapshot): string => encode({ value, context })

/** The hash by which an entry of version `v` attests a state. Parts it shares with states before are not hashed again. */
export function hashOf(snapshot: PortfolioSnapshot, v: number): string {
  if (v <= PLAIN_STATE_HASH) return digest(textOf(snapshot))
  return hashCondensed({ value: snapshot.value, context: snapshot.context })
}

/** The regions of the statechart as it has them: a position's keys, in the order of the library that makes positions. */
const REGIONS = Object.keys(portfolioMachine.states)

/**
 * The state a text was made of. Its position has its keys in the chart's order, not the text's, so that positions read back have the
 * shape of those the chart makes: code that reads both stays fast. @throws SyntaxError on text that is no state.
 */
export function restore(text: string): PortfolioSnapshot {
  const { value, context } = decode(text) as { value: Position; context: PortfolioSnapshot['context'] }
  const place = ([key]: readonly [string, unknown]): number => REGIONS.indexOf(key)
  const inOrder = Object.entries(value).sort((one, other) => place(one) - place(other))
  return { value: Object.fromEntries(inOrder) as unknown as Position, context }
}
