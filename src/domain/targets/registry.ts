import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { Chosen, PortfolioPolicy } from '../policy.js'
import { sizingMethods } from '../sizing/registry.js'
import { fixed } from './fixed.js'
import { optimised } from './optimised.js'
import { signal } from './signal.js'
import { sizedSource } from './sized.js'
import type { Proposal, TargetRefusal, TargetRequest, TargetSource } from './source.js'

/** Every target source by name: one file and one line here make a new one; so does a sizing method in its registry. */
export const targetSources: Readonly<Record<string, TargetSource<unknown>>> = {
  [optimised.name]: optimised,
  [fixed.name]: fixed,
  [signal.name]: signal,
  ...Object.fromEntries(Object.values(sizingMethods).map((method) => [method.name, sizedSource(method)])),
}

/** A source with parameters that its schema and the policy accept. */
interface Usable {
  readonly source: TargetSource<unknown>
  readonly params: unknown
}

/**
 * Targets of the chosen source, a request to optimise, or a reason to hold.
 * Refuses `target_source_unknown`, `target_params_invalid`, and what the source itself cannot do under this policy
 * (`target_unknown`, `short_not_allowed`).
 */
export function propose(chosen: Chosen, request: TargetRequest): Outcome<Proposal> {
  const usable = usableSource(chosen, request.policy)
  return usable.ok ? accept(usable.value.source.propose(usable.value.params, request)) : usable
}

/** The chosen source with checked parameters; refuses as {@link propose} does, so configuration can ask beforehand. */
export function usableSource(chosen: Chosen, policy: PortfolioPolicy): Outcome<Usable, TargetRefusal> {
  const source = Object.hasOwn(targetSources, chosen.name) ? targetSources[chosen.name] : undefined
  if (source === undefined) {
    const known = Object.keys(targetSources).sort().join(', ')
    return refuse('target_source_unknown', `no target source is called ${chosen.name}; there are ${known}`)
  }
  const parsed = source.schema.safeParse(chosen.params)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${['targets', ...path].join('.')}: ${message}`)
    return refuse('target_params_invalid', issues.join('; '))
  }
  const refusal = source.refusal?.(parsed.data, policy) ?? null
  return refusal === null ? accept({ source, params: parsed.data }) : { ok: false, refusal }
}
