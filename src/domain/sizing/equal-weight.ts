import { z } from 'zod'
import { NO_PRICE_YET, neverPriced, pricedNames } from '../targets/scenarios.js'
import { shared } from './limits.js'
import type { Sizing, SizingMethod, SizingRequest } from './method.js'

const schema = z.strictObject({})

/** Equal weight has no parameters of its own. */
export type EqualWeightParams = z.infer<typeof schema>

/**
 * The same weight for every name that has a price, together the budget as far as the upper bounds allow; what they cut goes
 * to the others. A name that was never priced takes no share until it is; one without enough history for scenarios does.
 * Source: design domain.md section 6; DeMiguel, Garlappi and Uppal, Optimal Versus Naive Diversification (2009).
 */
export const equalWeight: SizingMethod<EqualWeightParams> = {
  name: 'equal-weight',
  summary: 'The same weight for every name that trades, under the weight caps.',
  schema,
  window: () => 0,
  size,
}

function size(_params: EqualWeightParams, request: SizingRequest): Sizing {
  const names = pricedNames(request.scenarios)
  const untraded = [...neverPriced(request.scenarios)].sort()
  const note = untraded.length === 0 ? '' : `${NO_PRICE_YET}, no weight: ${untraded.join(', ')}`
  if (names.length === 0) return { kind: 'hold', reason: note === '' ? 'there is no name to weigh' : note }
  const each = names.map((name) => [name, 1] as const)
  return { kind: 'sized', ...shared(each, request), volatilities: null, note }
}
