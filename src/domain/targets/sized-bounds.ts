import { z } from 'zod'
import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import type { PortfolioPolicy } from '../policy.js'
import type { SizingMethod } from '../sizing/method.js'
import { sizingMethods } from '../sizing/registry.js'
import { scopeOf, sizingRequest } from './sized.js'
import type { TargetRefusal, TargetRequest } from './source.js'

/** Methods whose weights say something of risk or return; those that weigh all names alike are one number, as max is. */
const METHODS = ['inverse_volatility', 'risk_parity', 'volatility_target', 'kelly'] as const
/** The multiple of a policy that sets none. */
export const USUAL_MULTIPLE = 2

/** Parameters of the optimised source. Absent ones have no default, so that a policy of before stays the same policy. */
export const optimisedSchema = z
  .strictObject({
    boundsFrom: z
      .enum(METHODS)
      .optional()
      .describe(
        'Sizing method whose weights, times bounds_multiple, no weight may exceed; without it only those of optimiser.bounds.',
      ),
    boundsMultiple: z
      .number()
      .min(1)
      .max(100)
      .optional()
      .describe(`How many times its size by bounds_from a name may weigh; ${USUAL_MULTIPLE} unless set.`),
  })
  .superRefine(({ boundsFrom, boundsMultiple }, context) => {
    if (boundsFrom === undefined && boundsMultiple !== undefined)
      context.addIssue({ code: 'custom', path: ['boundsMultiple'], message: 'needs bounds_from' })
  })

/** Parameters of the optimised source. */
export type OptimisedParams = z.infer<typeof optimisedSchema>

/** Highest weights by a sizing method. */
export type SizedBounds =
  | { readonly kind: 'bounds'; readonly upper: (instrument: InstrumentId) => number; readonly note: string }
  | { readonly kind: 'hold'; readonly reason: string }

/**
 * The highest weights that a policy's optimised targets take from a sizing method: its multiple of what the method, with its
 * usual parameters, would hold under the policy's bounds and least cash; nothing for a name that it would not hold. They come
 * beside the policy's own bounds, whichever is lower. Null where the policy asks for none. Source: design domain.md section 6.
 */
export function sizedBounds(request: TargetRequest): SizedBounds | null {
  const chosen = chosenBounds(request.policy)
  if (chosen === null) return null
  const { method, multiple } = chosen
  const sizing = method.size(
    method.schema.parse({}),
    sizingRequest(request, 1 - request.policy.optimiser.bounds.cash[0]),
  )
  if (sizing.kind === 'hold') return { kind: 'hold', reason: `no highest weights by ${method.name}: ${sizing.reason}` }
  const { weights, note } = sizing
  return {
    kind: 'bounds',
    upper: (instrument) => multiple * Math.abs(weights.get(instrument) ?? 0),
    note: [`no weight above ${multiple} times its size by ${method.name}`, note]
      .filter((text) => text !== '')
      .join('; '),
  }
}

/** Why a policy cannot take bounds from the method it names; null when it can, or names none. */
export function boundsRefusal(params: OptimisedParams, policy: PortfolioPolicy): TargetRefusal | null {
  if (params.boundsFrom === undefined) return null
  const method = methodOf(params.boundsFrom)
  const refusal = method.refusal?.(method.schema.parse({}), scopeOf(policy)) ?? null
  return refusal === null ? null : { code: refusal.code, message: refusal.message, path: ['boundsFrom'] }
}

function chosenBounds({ targets }: PortfolioPolicy) {
  if (targets.name !== 'optimised') return null
  const { boundsFrom, boundsMultiple = USUAL_MULTIPLE } = optimisedSchema.parse(targets.params)
  return boundsFrom === undefined ? null : { method: methodOf(boundsFrom), multiple: boundsMultiple }
}

function methodOf(name: (typeof METHODS)[number]): SizingMethod<unknown> {
  const method = sizingMethods[name.replaceAll('_', '-')]
  hold(method !== undefined, 'sizing-method', () => name)
  return method
}
