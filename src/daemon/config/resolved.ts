import type { PortfolioSettings } from './portfolio-schema.js'
import { snake } from './registry-schema.js'
import { spelled } from './setting.js'

/** A portfolio file with every default filled in, spelled as the file spells it; what `config show` prints. */
export function resolvedPortfolio(settings: PortfolioSettings): Record<string, unknown> {
  const { universe, targets, costs, governance, ...rest } = settings
  return {
    ...rest,
    universe: {
      symbols: universe.map((spec) => spec.id),
      per_symbol: Object.fromEntries(universe.map(({ id, ...terms }) => [id, spelled(terms)])),
    },
    targets: { source: snake(targets.name), ...targets.common, ...spelled(targets.params) },
    costs: { model: snake(costs.name), ...spelled(costs.params) },
    governance: {
      rules: Object.fromEntries(governance.map(({ name, params }) => [snake(name), spelled(params)])),
    },
  }
}
