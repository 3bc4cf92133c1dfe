import { withoutRefusals } from '../deferral.js'
import type { PortfolioState } from '../portfolio/state.js'
import { regimeOf } from '../regime/applied.js'
import type { Decide } from './step.js'

/**
 * A decision after which nothing rests that a rule refused, where it changes what rules judge by: the policy, cash and holdings, or
 * what weights are multiplied by. The time that passes, and a close, change nothing of that.
 */
export const waking =
  (decide: Decide): Decide =>
  (before, event) => {
    const step = decide(before, event)
    const { state } = step
    if (state.memory.deferred === undefined || isSame(before, state)) return step
    const memory = withoutRefusals(state.memory)
    return memory === state.memory ? step : { ...step, state: { ...state, memory } }
  }

const isSame = (one: PortfolioState, other: PortfolioState): boolean =>
  one.policy === other.policy &&
  one.book.positions === other.book.positions &&
  one.book.accounts === other.book.accounts &&
  regimeOf(one).multiplier === regimeOf(other).multiplier
