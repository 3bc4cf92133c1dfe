import { ruleNamed } from '#domain/governance/registry.js'
import type { PortfolioSettings } from './portfolio-schema.js'

/**
 * The rules of a portfolio file: those it names, and of those a preset brings in the ones that have something to say of its
 * universe. A limit on sectors where nobody has said what is in which would only be one on all of it.
 */
export const rulesOf = ({
  governance,
  universe,
}: Pick<PortfolioSettings, 'governance' | 'universe'>): PortfolioSettings['governance'] =>
  governance.filter(({ name, named }) => named || (ruleNamed(name)?.suits?.(universe) ?? true))
