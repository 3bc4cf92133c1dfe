import type { Decimal } from '#units/decimal.js'
import { drawdownAt, evolve, unitValueAt } from '../book/evolve.js'
import { countedAfter, type DrawdownStanding } from '../derisk/drawdown.js'
import { paramsOf } from '../governance/judge.js'
import type { RuleContext } from '../governance/rule.js'
import { dailyLossLimit } from '../governance/rules/daily-loss.js'
import { drawdownLimit } from '../governance/rules/drawdown.js'
import type { MarketView } from '../market.js'
import type { PortfolioPolicy } from '../policy.js'
import type { PortfolioState } from '../portfolio/state.js'
import { type DailyLossLimits, sessionReturn } from '../trips/daily-loss.js'
import { value } from './begin.js'
import { sizedBy } from './sizing.js'
import { type Decide, quiet } from './step.js'

/**
 * Looks how far the books are below their high-water mark, at every market a decision is made on and at every close: whichever way prices
 * go in between, the same band of recovery counts. Nothing of a portfolio whose rules do not ask. While a holding has no price the
 * last look stands, and grows old.
 */
export const heedDrawdown: Decide = (state, event) => {
  const drawdown = 'view' in event ? standingAt(state, event.view) : null
  return quiet(drawdown === null ? state : { ...state, drawdown })
}

/**
 * Keeps what a unit was worth at a close, since a flow during the session measures units anew: from when a rule on a session's loss first
 * asks, and then for good, so that it is never an old one.
 */
export const keepClose: Decide = (state, event) => {
  if (event.type !== 'marked' || (state.unitAtClose === undefined && lossLimitsOf(state.policy) === null))
    return quiet(state)
  return quiet({ ...state, unitAtClose: state.book.nav.perUnit })
}

/** Gives the high-water mark up for what a unit is worth now: the drawdown is none from then on. Nothing while that cannot be told. */
export const resetMark: Decide = (state, event) => {
  if (event.type !== 'markReset' || unitValueNow(state, event.view) === null) return quiet(state)
  const { equity } = value(state, event.view)
  const reset = { ...state, book: evolve(state.book, { type: 'markReset', equity }) }
  const { drawdown } = state
  return quiet(drawdown === undefined ? reset : { ...reset, drawdown: { now: 0, counted: 0, asOf: event.view.at } })
}

/** What a unit is worth at a view; null while a holding has no price, or nothing is worth anything. */
export function unitValueNow(state: PortfolioState, view: MarketView): Decimal | null {
  const { equity, unpriced } = value(state, view)
  const unit = unitValueAt(state.book.nav, equity)
  return unpriced.length > 0 || unit.lte(0) ? null : unit
}

/** What rules may know of losses at a view: those of them that the policy's rules ask for. */
export function lossContext(state: PortfolioState, view: MarketView): Pick<RuleContext, 'drawdown' | 'session'> {
  const drawdown = standingAt(state, view)
  const session = lossLimitsOf(state.policy) && {
    made: sessionReturn({ state, view, unitAtClose: closeOf(state) }),
    asOf: view.at,
  }
  return {
    ...(drawdown !== null && { drawdown: { counted: drawdown.counted, asOf: drawdown.asOf, sized: sizedBy(state) } }),
    ...(session !== null && { session }),
  }
}

/** The limits on a session's loss that a policy's rules have; null for none. */
export function lossLimitsOf({ governance }: Pick<PortfolioPolicy, 'governance'>): DailyLossLimits | null {
  const params = paramsOf(dailyLossLimit, governance)
  return params && { warn: params.warn, halt: params.max }
}

/** Value of a unit at the last close, as far as the state tells. */
function closeOf({ unitAtClose, book: { nav } }: PortfolioState): Decimal | null {
  return unitAtClose ?? (nav.markedSession === null ? null : nav.perUnit)
}

/** How far below the mark it is at a view; what is known when that cannot be told, null where no rule asks or nothing is known. */
function standingAt(state: PortfolioState, view: MarketView): DrawdownStanding | null {
  const params = paramsOf(drawdownLimit, state.policy.governance)
  if (params === null) return null
  const { equity, unpriced } = value(state, view)
  const before = state.drawdown ?? null
  if (unpriced.length > 0) return before
  const now = drawdownAt(state.book, equity)
  const counted = countedAfter(before?.counted ?? 0, now, params.max * params.recovery)
  return { now, counted, asOf: view.at }
}
