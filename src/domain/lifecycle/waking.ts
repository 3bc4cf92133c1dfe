import { withoutRefusals } from '../deferral.js'
import { askedSizing } from '../derisk/asked.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Decide } from './step.js'

/**
 * A decision after which nothing rests that was refused, where it changes what rules judge by: the policy, cash and holdings, the high-water
 * mark, what was read for them, restraints, or what weights are multiplied by. Time that passes, and a close without a new high, change nothing of that.
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
  one.book.nav.highWaterPerUnit.eq(other.book.nav.highWaterPerUnit) &&
  one.readings === other.readings &&
  one.restraints === other.restraints &&
  askedSizing(one).multiplier === askedSizing(other).multiplier
