import type { BarSize } from '#domain/market.js'
import type { RunStatus } from '#domain/run.js'
import type { TriggerKind } from '#domain/trigger.js'
import type { Verification } from '#ports/journal.js'
import type { InstrumentId, PortfolioId, RunId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'
import type { SessionDate } from '#units/time.js'

/** A portfolio at the close of one session, as its mark left it. */
export interface SessionClose {
  readonly session: SessionDate
  readonly equity: Money
  /** Value of one unit: 1 when the first cash came in; deposits and withdrawals do not move it. */
  readonly level: number
  /** Loss from the flow-adjusted high-water mark, a fraction ≥ 0. */
  readonly drawdown: number
  /** Cash as a fraction of equity. */
  readonly cash: number
}

/** One instrument's weight at every session close, in the order of the sessions; 0 where it was not held. */
export interface WeightSeries {
  readonly instrument: InstrumentId
  readonly values: readonly number[]
}

/** One rebalance, as the report shows it. */
export interface RunSummary {
  readonly id: RunId
  readonly session: SessionDate
  readonly trigger: TriggerKind
  readonly why: string
  readonly status: RunStatus
  readonly outcome: string
  /** One-way, a fraction of equity, of the plan before governance; null when there was no plan. */
  readonly turnover: number | null
  /** What the plan was expected to cost; null when there was no plan. */
  readonly estimatedCost: Money | null
  /** Against the decision prices, fees included; positive is a cost. */
  readonly realisedCost: Money
  /** CVaR per bar over the run's scenarios, a fraction of equity; null when it was not computed. */
  readonly cvarBefore: number | null
  readonly cvarAfter: number | null
  /** Value bought and sold, both ≥ 0. */
  readonly bought: Money
  readonly sold: Money
}

/** One execution with its value. */
export interface Trade {
  readonly session: SessionDate
  readonly instrument: InstrumentId
  readonly side: 'buy' | 'sell'
  readonly quantity: Quantity
  readonly price: Price
  /** quantity × price × multiplier, positive. */
  readonly value: Money
  readonly fee: Money
}

/** A position at the last close. */
export interface PositionSummary {
  readonly instrument: InstrumentId
  readonly quantity: Quantity
  /** Last price, and the value at it; null when it has none. */
  readonly price: Price | null
  readonly value: Money | null
  readonly weight: number
  /** What was paid for what is held. */
  readonly cost: Money
}

/** Money totals over the whole history, all exact. */
export interface TradingTotals {
  readonly deposited: Money
  readonly bought: Money
  readonly sold: Money
  readonly fees: Money
  /** Σ estimated cost of the plans and Σ realised cost of the runs. */
  readonly estimatedCost: Money
  readonly realisedCost: Money
}

/** All that a report tells of one portfolio: plain data, no journal behind it. */
export interface PortfolioHistory {
  readonly portfolio: PortfolioId
  readonly name: string
  readonly currency: string
  /** Registry name of what sets the targets. */
  readonly targets: string
  readonly barSize: BarSize
  /** One a session, oldest first; empty before the first mark. */
  readonly sessions: readonly SessionClose[]
  /** Instruments ever held, by name. */
  readonly weights: readonly WeightSeries[]
  readonly runs: readonly RunSummary[]
  readonly trades: readonly Trade[]
  readonly totals: TradingTotals
  readonly positions: readonly PositionSummary[]
  readonly cash: Money
  readonly head: { readonly seq: number; readonly hash: string }
  readonly verification: Verification
}
