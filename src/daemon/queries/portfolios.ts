import { standingOf } from '#domain/permission/restraint.js'
import { leaf } from '#machines/portfolio.machine.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { driftOf } from './drift.js'
import { type Sight, stateOf } from './sight.js'
import { calendarOf } from './status.js'

/** One portfolio in a list. */
export type PortfolioRow = ReturnType<typeof portfolioRow>

/** A portfolio in a line: permission, state, drift against its band, what is due next. */
export function portfolioRow(sight: Sight, portfolio: PortfolioId) {
  const { value, context } = stateOf(sight, portfolio)
  return {
    id: portfolio,
    mode: context.policy.mode,
    trading: standingOf(value.permission, context).trading,
    state: leaf(value),
    /** Whether it was taken over and may trade; null when no daemon runs. */
    ready: sight.ready(portfolio),
    /** Largest gap to a target, fraction of equity; null without targets or prices. */
    drift: largestDrift(sight, portfolio),
    band: context.policy.triggers.drift?.band ?? null,
    nextDue: calendarOf(sight, portfolio).next?.session ?? null,
    version: sight.journal.head(portfolio).seq,
  }
}

function largestDrift(sight: Sight, portfolio: PortfolioId): number | null {
  try {
    const { hasTargets, largest } = driftOf(sight, portfolio)
    return hasTargets ? largest : null
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  }
}
