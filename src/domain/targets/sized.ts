import { weightBounds } from '../optimise/bounds.js'
import type { PortfolioPolicy } from '../policy.js'
import type { SizingMethod, SizingRequest, SizingScope } from '../sizing/method.js'
import { closeBudget, droppedNote } from './close.js'
import type { Proposal, TargetRequest, TargetSource } from './source.js'

/**
 * A sizing method as a source of targets: its weights under the policy's bounds, together at most 1 − cashReserve; those
 * below minWeight go to cash and the note says which. A name may be held short where it is shortable and its lower bound is
 * below 0. Feeds bring closes, so methods that need ranges are refused. Source: design domain.md sections 1 and 6.
 */
export const sizedSource = <Params>(method: SizingMethod<Params>): TargetSource<Params> => ({
  name: method.name,
  summary: method.summary,
  schema: method.schema,
  refusal: (params, policy) => method.refusal?.(params, scopeOf(policy)) ?? null,
  propose(params, request): Proposal {
    const { cashReserve, minWeight } = request.policy.targets
    const sizing = method.size(params, sizingRequest(request, 1 - cashReserve))
    if (sizing.kind === 'hold') return sizing
    const { targets, dropped } = closeBudget(sizing.weights, minWeight)
    const notes = [sizing.note, droppedNote(dropped, minWeight)]
    return { kind: 'targets', targets, note: notes.filter((note) => note !== '').join('; ') }
  },
})

/** What a policy lets a sizing method see. */
export const scopeOf = ({ universe, optimiser }: PortfolioPolicy): SizingScope => ({
  names: new Set(universe.map((spec) => spec.id)),
  bars: false,
  returns: optimiser.scenarios.maximum,
})

/** What a method is asked for targets: the request's scenarios and the policy's bounds, no minimum of its own. */
export function sizingRequest({ policy, scenarios }: TargetRequest, budget: number): SizingRequest {
  const shortable = new Set(policy.universe.filter((spec) => spec.shortable).map((spec) => spec.id))
  return {
    scenarios,
    least: policy.optimiser.scenarios.minimum,
    bars: null,
    budget,
    minimum: 0,
    bounds: (instrument) => {
      const [lower, upper] = weightBounds(policy.optimiser, instrument)
      return [shortable.has(instrument) ? lower : Math.max(0, lower), upper]
    },
  }
}
