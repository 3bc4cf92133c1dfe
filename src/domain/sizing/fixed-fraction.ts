import { z } from 'zod'
import { NO_PRICE_YET, neverPriced, pricedNames, waitingNote } from '../targets/scenarios.js'
import { allowed } from './limits.js'
import type { Sizing, SizingMethod, SizingRequest } from './method.js'

const schema = z.strictObject({
  fraction: z.number().gt(0).max(1).default(0.05).describe('Fraction of equity that every name is given.'),
})

/** Parameters of fixed fraction. */
export type FixedFractionParams = z.infer<typeof schema>

/**
 * The same fraction of equity in every name that has a price, at most its upper bound. Together they may ask for more than
 * the budget, and then all are scaled down; they are never scaled up, so what nobody asks for stays in cash, as does the
 * fraction of a name that was never priced. Source: design domain.md section 6.
 */
export const fixedFraction: SizingMethod<FixedFractionParams> = {
  name: 'fixed-fraction',
  summary: 'A fixed fraction of equity in every name, the rest in cash.',
  schema,
  window: () => 0,
  size,
}

function size({ fraction }: FixedFractionParams, request: SizingRequest): Sizing {
  const names = pricedNames(request.scenarios)
  const note = waitingNote([...neverPriced(request.scenarios)].sort())
  if (names.length === 0)
    return { kind: 'hold', reason: note === '' ? 'there is no name to weigh' : `no name trades, ${NO_PRICE_YET}` }
  const each = names.map((name) => [name, fraction] as const)
  return { kind: 'sized', ...allowed(each, request), volatilities: null, note }
}
