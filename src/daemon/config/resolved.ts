import type { InstrumentSpec } from '#domain/instrument/spec.js'
import type { PortfolioSettings } from './portfolio-schema.js'
import { registries } from './registries.js'
import { paramsJsonSchema, snake } from './registry-schema.js'
import { rulesOf } from './rules-of.js'
import { spelled } from './setting.js'

/** A portfolio file with every default filled in, spelled as the file spells it; what `config show` prints. */
export function resolvedPortfolio(settings: PortfolioSettings): Record<string, unknown> {
  const { universe, targets, costs, governance: _rules, ...rest } = settings
  return {
    ...rest,
    universe: {
      symbols: universe.map((spec) => spec.id),
      per_symbol: Object.fromEntries(universe.map((spec) => [spec.id, termsOf(spec)])),
    },
    targets: { source: snake(targets.name), ...targets.common, ...spelled(targets.params) },
    costs: { model: snake(costs.name), ...spelled(costs.params) },
    governance: {
      rules: Object.fromEntries(rulesOf(settings).map(({ name, params }) => [snake(name), spelled(params)])),
    },
  }
}

/** What a file may state of a symbol, by its class; what the class fixes (a share's multiplier) is not among them. */
const STATED = new Map(
  Object.values(registries.instruments).map((handler) => [
    handler.name,
    new Set(['class', ...Object.keys(paramsJsonSchema(handler).properties)]),
  ]),
)

const termsOf = ({ id: _id, ...terms }: InstrumentSpec): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spelled(terms)).filter(([key]) => STATED.get(terms.class)?.has(key)))
