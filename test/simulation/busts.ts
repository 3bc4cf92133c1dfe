import type { ExecutionId } from '#units/ids.js'
import { Chance, type Range } from './chance.js'

/** How often a venue takes executions back, and how that comes to be known. */
export interface BustHabits {
  /** Share of executions that are taken back. */
  readonly taken: number
  /** From an execution to its taking-back. */
  readonly afterMs: Range
  /** Of those taken back, the share that is told ahead of the execution itself, and the share nobody is told of. */
  readonly first: number
  readonly untold: number
}

/** What becomes of an execution that is taken back. */
export interface Taking {
  readonly afterMs: number
  readonly first: boolean
  readonly told: boolean
}

/** Takings-back drawn from execution ids: the same seed, habits and execution give the same; null for one that stands. */
export function takings(seed: number, habits: () => BustHabits): (execution: ExecutionId) => Taking | null {
  return (id) => {
    const { taken, afterMs, first, untold } = habits()
    const chance = new Chance(seed, `bust ${id}`)
    if (!chance.is(taken)) return null
    return { afterMs: chance.within(afterMs), first: chance.is(first), told: !chance.is(untold) }
  }
}
