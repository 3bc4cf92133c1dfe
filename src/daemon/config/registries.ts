import { costModels } from '#domain/cost/registry.js'
import { presets } from '#domain/governance/presets.js'
import { rules } from '#domain/governance/registry.js'
import { instrumentClasses } from '#domain/instrument/registry.js'
import { targetSources } from '#domain/targets/registry.js'
import type { Registries } from './portfolio-schema.js'

/** Everything a portfolio file can choose from: the registries of the domain, as they stand. */
export const registries: Registries = {
  targets: targetSources,
  costs: costModels,
  rules,
  presets,
  instruments: instrumentClasses,
}
