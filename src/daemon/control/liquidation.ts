import { magnitude } from '#units/money.js'
import { stateOf } from '../queries/sight.js'
import { type ControlParts, managed, type Signed } from './parties.js'

/**
 * What a second operator confirms of a liquidation: every holding that is to go, and what comes after. Without prices,
 * which move all the time.
 */
export function liquidationTerms(
  parts: Pick<ControlParts, 'engine' | 'sight'>,
  name: string,
  { actor, reason }: Pick<Signed, 'actor' | 'reason'>,
): readonly string[] {
  const portfolio = managed(parts, name)
  const { positions } = stateOf(parts.sight, portfolio).context.book
  const holdings = Object.entries(positions).sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...holdings.map(([instrument, { quantity }]) => {
      const verb = quantity.isNegative() ? 'buy back' : 'sell'
      return `${portfolio}: ${verb} ${magnitude(quantity).toFixed()} ${instrument}`
    }),
    `${portfolio}: all targets become cash and no run begins by itself until resumed, asked by ${actor}: ${reason}`,
  ]
}
