import type { InstrumentId } from '#units/ids.js'
import { type Lending, lentOn, NOTHING_LENT } from '../governance/lending.js'
import type { OptimiserPolicy } from '../policy.js'

/**
 * Weight bounds [lower, upper] of one instrument: its own if the policy names it, else the default pair, intersected
 * with what governance lends. Fractions of equity. An empty intersection (lower > upper) is returned as it is: the
 * solver names the conflict.
 */
export function weightBounds(
  policy: OptimiserPolicy,
  instrument: InstrumentId,
  lending: Lending = NOTHING_LENT,
): readonly [number, number] {
  const [min, max] = policy.bounds.perInstrument[instrument] ?? [policy.bounds.min, policy.bounds.max]
  const lent = lentOn(lending, instrument)
  return [
    Math.max(min, ...lent.map(({ lower = min }) => lower)),
    Math.min(max, ...lent.map(({ upper = max }) => upper)),
  ]
}
