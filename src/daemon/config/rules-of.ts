import { ruleNamed } from '#domain/governance/registry.js'
import type { RuleInput } from '#domain/governance/rule.js'
import type { PortfolioSettings } from './portfolio-schema.js'

/**
 * The rules of a portfolio file: those it names, and of those a preset brings in the ones that have something to say of its
 * universe, and whose input is configured. A limit on sectors where nobody has said what is in which would only be one on all of it.
 */
export const rulesOf = (
  settings: Pick<PortfolioSettings, 'governance' | 'universe' | RuleInput>,
): PortfolioSettings['governance'] =>
  settings.governance.filter(({ name, named }) => {
    const { suits, needs } = ruleNamed(name) ?? {}
    if (named) return true
    return (suits?.(settings.universe) ?? true) && (needs === undefined || settings[needs] !== null)
  })
