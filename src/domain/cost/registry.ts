import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import type { Chosen } from '../policy.js'
import type { CostEstimate, CostModel, CostRequest } from './model.js'
import { simpleCost } from './simple.js'

export { noCost, sumCosts } from './estimate.js'

/** Every cost model by name. A new model is one file and one line here. */
export const costModels: Readonly<Record<string, CostModel<unknown>>> = { simple: simpleCost }

/** Expected cost of one trade. @throws InvariantBroken when the configuration check let a wrong choice through. */
export function estimateCost(chosen: Chosen, request: CostRequest): CostEstimate {
  const { model, params } = chosenModel(chosen)
  return model.estimate(params, request)
}

/** The fraction of traded value that the optimiser charges for an instrument. @throws as {@link estimateCost}. */
export function costSlope(chosen: Chosen, instrument: InstrumentId): number {
  const { model, params } = chosenModel(chosen)
  return model.slope(params, instrument)
}

interface ChosenModel {
  readonly model: CostModel<unknown>
  readonly params: unknown
}

/** What choices came to: a policy's choice is asked for again with every trade it prices. */
const known = new WeakMap<Chosen, ChosenModel>()

function chosenModel(chosen: Chosen): ChosenModel {
  const resolved = known.get(chosen) ?? resolve(chosen)
  known.set(chosen, resolved)
  return resolved
}

function resolve(chosen: Chosen): ChosenModel {
  const model = Object.hasOwn(costModels, chosen.name) ? costModels[chosen.name] : undefined
  hold(model !== undefined, 'cost-model', () => `no cost model is called ${chosen.name}`)
  const parsed = model.schema.safeParse(chosen.params)
  hold(parsed.success, 'cost-model', () => `parameters of ${chosen.name}: ${parsed.error?.message ?? ''}`)
  return { model, params: parsed.data }
}
