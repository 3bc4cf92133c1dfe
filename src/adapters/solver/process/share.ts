import type { ProblemDto } from '../dto.js'
import type { Arena, Lease } from './arena.js'
import type { SharedArray } from './messages.js'

/** Problems whose scenarios lie in the arena. */
export interface Shared {
  readonly problems: readonly ProblemDto[]
  release(): void
}

/**
 * Moves the scenarios of problems into the arena. What is no float array stays as it is: the solver refuses it by name.
 * Arrays that are one stay one, and two with equal bytes stay two: `solveMany` tells them apart.
 */
export function share(arena: Arena, problems: readonly ProblemDto[]): Shared {
  const leases = new Map<unknown, Lease>()
  const release = (): void => {
    for (const lease of leases.values()) lease.release()
  }
  const moved = (value: unknown): unknown => {
    if (!(value instanceof Float64Array || value instanceof Float32Array) || value.length === 0) return value
    const taken = new Set([...leases.values()].map(({ array }) => array.offset))
    const lease = leases.get(value) ?? arena.lease(value, taken)
    leases.set(value, lease)
    return lease.array
  }
  try {
    return { problems: withScenarios(problems, moved), release }
  } catch (error) {
    release()
    throw error
  }
}

/** The problems with their scenarios as views of the mapped memory. */
export function unshare(problems: readonly ProblemDto[], memory: ArrayBuffer): readonly ProblemDto[] {
  const views = new Map<SharedArray, Float64Array | Float32Array>()
  return withScenarios(problems, (value) => {
    if (!isShared(value)) return value
    const { shared, offset, length } = value
    const view = views.get(value) ?? new (shared === 'f64' ? Float64Array : Float32Array)(memory, offset, length)
    views.set(value, view)
    return view
  })
}

function withScenarios(problems: readonly ProblemDto[], map: (value: unknown) => unknown): readonly ProblemDto[] {
  return problems.map((problem) => {
    const { returns, probabilities } = problem.scenarios
    return {
      ...problem,
      scenarios: { ...problem.scenarios, returns: map(returns), probabilities: map(probabilities) },
    }
  })
}

const isShared = (value: unknown): value is SharedArray =>
  typeof value === 'object' && value !== null && 'shared' in value

/** A received value whose float arrays own their memory: as they arrive they are views of the whole message. */
export function owned(value: unknown): unknown {
  if (value instanceof Float64Array) return value.slice()
  if (Array.isArray(value)) return value.map(owned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, owned(part)]))
}
