import { z } from 'zod'
import { shared } from './limits.js'
import type { Sizing, SizingMethod, SizingRequest } from './method.js'
import { deviationsOf, movement } from './movement.js'

const schema = z.strictObject({})

/** Inverse volatility has no parameters of its own. */
export type InverseVolatilityParams = z.infer<typeof schema>

/**
 * Weights proportional to 1/σ, σ the sample standard deviation of the scenario returns, that spend the budget under the
 * upper bounds; what the caps do not take stays in cash. An instrument whose price never moved has no finite 1/σ: it gets
 * nothing, and the note says so. Lower bounds above zero belong to the optimiser and are not used.
 * Source: design domain.md sections 1 and 6.
 */
export const inverseVolatility: SizingMethod<InverseVolatilityParams> = {
  name: 'inverse-volatility',
  summary: 'Weights in proportion to one over volatility, under the weight caps.',
  schema,
  window: () => null,
  size,
}

function size(_params: InverseVolatilityParams, request: SizingRequest): Sizing {
  const found = movement(request)
  if (found.kind === 'hold') return found
  const { movers, note } = found
  const inverse = movers.map(({ instrument, deviation }) => [instrument, 1 / deviation] as const)
  const volatilities = { per: 'bar', of: deviationsOf(movers) } as const
  return { kind: 'sized', ...shared(inverse, request), volatilities, note }
}
