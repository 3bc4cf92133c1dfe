import type { InstrumentId } from '#units/ids.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { Chosen } from '../policy.js'
import { equalWeight } from './equal-weight.js'
import { fixedFraction } from './fixed-fraction.js'
import { inverseVolatility } from './inverse-volatility.js'
import { kelly } from './kelly.js'
import type { Sized, Sizing, SizingMethod, SizingRequest } from './method.js'
import { riskParity } from './risk-parity.js'
import { volatilityTarget } from './volatility-target.js'

/** Every sizing method by name: one file and one line here make a new one, and a target source of the same name. */
export const sizingMethods: Readonly<Record<string, SizingMethod<unknown>>> = {
  [equalWeight.name]: equalWeight,
  [fixedFraction.name]: fixedFraction,
  [inverseVolatility.name]: inverseVolatility,
  [kelly.name]: kelly,
  [riskParity.name]: riskParity,
  [volatilityTarget.name]: volatilityTarget,
}

/** Float noise of a weight that is to be the minimum, and of two weights that are to be equal, relative. */
const NOISE = 1e-9

/** Sizes in which every weight is 0 or at least the minimum, and the names that are 0 for that. */
export type SizedToMinimum = (Sized & { readonly dropped: readonly InstrumentId[] }) | Exclude<Sizing, Sized>

/**
 * A method's weights, each 0 or at least `request.minimum`. While one is smaller, the smallest (with those equal to it) is
 * dropped and the others are sized again without it, so that as many names as possible are kept and what a dropped one
 * leaves goes to the others, not to cash, as far as the method and the caps allow.
 * Cost: the method's, once more for every name dropped. Source: design domain.md section 6 (“0 or ≥ 0.01”); ADR 0037.
 */
export function sized<Params>(method: SizingMethod<Params>, params: Params, request: SizingRequest): SizedToMinimum {
  const dropped = new Set<InstrumentId>()
  const bounds: SizingRequest['bounds'] = (name) => (dropped.has(name) ? [0, 0] : request.bounds(name))
  for (;;) {
    const sizing = method.size(params, { ...request, bounds })
    if (sizing.kind === 'hold') return sizing
    const small = [...sizing.weights]
      .map(([name, weight]) => ({ name, size: Math.abs(weight) }))
      .filter(({ size }) => size > 0 && size < request.minimum * (1 - NOISE))
    if (small.length === 0) return { ...sizing, dropped: [...dropped].sort() }
    const least = Math.min(...small.map(({ size }) => size)) * (1 + NOISE)
    for (const { name, size } of small) if (size <= least) dropped.add(name)
  }
}

/**
 * Sizes by a method's name and parameters as its schema takes them, each weight 0 or at least the minimum.
 * Refuses `sizing_method_unknown`, `sizing_params_invalid`, `sizing_request_invalid` for numbers that are none, and what the
 * method itself cannot do with them.
 */
export function sizePositions({ name, params }: Chosen, request: SizingRequest): Outcome<SizedToMinimum> {
  const fault = requestFault(request)
  if (fault !== null) return refuse('sizing_request_invalid', fault)
  const method = Object.hasOwn(sizingMethods, name) ? sizingMethods[name] : undefined
  if (method === undefined) {
    const known = Object.keys(sizingMethods).join(', ')
    return refuse('sizing_method_unknown', `no sizing method is called ${name}; there are ${known}`)
  }
  const parsed = method.schema.safeParse(params)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '))
    return refuse('sizing_params_invalid', issues.join('; '))
  }
  const { instruments, excluded } = request.scenarios
  const names = new Set<string>([...instruments, ...excluded.map(({ instrument }) => instrument)])
  const scope = { names, bars: request.bars !== null, returns: Number.POSITIVE_INFINITY }
  const refusal = method.refusal?.(parsed.data, scope) ?? null
  return refusal === null ? accept(sized(method, parsed.data, request)) : { ok: false, refusal }
}

/** What is no number or no limit in a request; null when everything is. */
function requestFault({ scenarios, budget, minimum, bounds }: SizingRequest): string | null {
  const amount = (value: number): boolean => value >= 0 && Number.isFinite(value)
  if (!amount(budget)) return `the budget is ${budget}`
  if (!amount(minimum)) return `the minimum is ${minimum}`
  const { instruments, excluded, returns } = scenarios
  for (const name of [...instruments, ...excluded.map(({ instrument }) => instrument)]) {
    const [lower, upper] = bounds(name)
    if (!(lower <= upper)) return `the bounds of ${name} are ${lower} and ${upper}`
  }
  const bad = returns.findIndex((value) => !Number.isFinite(value))
  return bad < 0
    ? null
    : `return ${Math.floor(bad / instruments.length) + 1} of ${instruments[bad % instruments.length]} is ${returns[bad]}`
}
