import type { Effect } from '../portfolio/effect.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run, RunStatus } from '../run.js'

/** The state after one decision and what it wants done; what every action of the statechart computes. */
export interface Step {
  readonly state: PortfolioState
  readonly effects: readonly Effect[]
}

/** A decision: pure, total on the events its state accepts. */
export type Decide = (state: PortfolioState, event: PortfolioEvent) => Step

/** A step without effects. */
export const quiet = (state: PortfolioState): Step => ({ state, effects: [] })

/** The state with some fields of its run changed; the state as it is when there is no run. */
export function withRun(state: PortfolioState, changes: Partial<Run>): PortfolioState {
  return state.run === null ? state : { ...state, run: { ...state.run, ...changes } }
}

/** The state with its run moved to a status, the time noted. */
export function enter(state: PortfolioState, status: RunStatus, event: PortfolioEvent): PortfolioState {
  const { run } = state
  if (run === null) return state
  return withRun(state, { status, phases: [...run.phases, { status, at: event.at }] })
}

/** Runs decisions one after the other on the same event, collecting their effects. */
export function sequence(...decisions: readonly Decide[]): Decide {
  return (start, event) => {
    let state = start
    const effects: Effect[] = []
    for (const decide of decisions) {
      const step = decide(state, event)
      state = step.state
      effects.push(...step.effects)
    }
    return { state, effects }
  }
}

/** A state as an assignment that leaves nothing of the one before: the statechart's library merges, so what a decision left out has to be said to be gone. */
export function whole(state: PortfolioState, before: PortfolioState): PortfolioState {
  const gone = Object.keys(before).filter((field) => !Object.hasOwn(state, field))
  return gone.length === 0 ? state : { ...state, ...Object.fromEntries(gone.map((field) => [field, undefined])) }
}
