import type { ProfileName } from './profile.js'

/** Histories that once broke an invariant, and how. A history changes with the simulator: what is listed still happens. */
export const REGRESSIONS: readonly {
  readonly seed: number
  readonly profile: ProfileName
  readonly was: string
}[] = []
