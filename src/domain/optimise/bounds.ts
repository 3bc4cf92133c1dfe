import type { InstrumentId } from '#units/ids.js'
import type { RuleConstraints } from '../governance/rule.js'
import type { OptimiserPolicy } from '../policy.js'

/**
 * Weight bounds [lower, upper] of one instrument: its own if the policy names it, else the default pair, intersected
 * with what governance lends. Fractions of equity. An empty intersection (lower > upper) is returned as it is: the
 * solver names the conflict.
 */
export function weightBounds(
  policy: OptimiserPolicy,
  instrument: InstrumentId,
  limits: RuleConstraints = {},
): readonly [number, number] {
  const [min, max] = policy.bounds.perInstrument[instrument] ?? [policy.bounds.min, policy.bounds.max]
  return [Math.max(min, limits.lower ?? min), Math.min(max, limits.upper ?? max)]
}
