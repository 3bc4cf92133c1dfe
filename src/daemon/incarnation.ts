import { randomBytes } from 'node:crypto'
import { digestBase32 } from '#units/digest.js'
import { type Incarnation, incarnation, type PortfolioId } from '#units/ids.js'

/** The name of a new journal: drawn from a seed, so that equal runs have equal order ids, or else at random. */
export function incarnationOf(seed: string | null, portfolio: PortfolioId): Incarnation {
  const source = seed ?? randomBytes(16).toString('hex')
  return incarnation(digestBase32(`${source} ${portfolio}`, 16))
}
