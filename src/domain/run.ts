import type { InstrumentId, OrderId, PortfolioId, RunId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import type { Approved } from '#units/proof.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { Approval } from './approval/approval.js'
import type { DriftAnalysis } from './drift.js'
import type { Judgement } from './governance/rule.js'
import type { MarketView } from './market.js'
import type { Order } from './order.js'
import type { Leg, Plan } from './plan/plan.js'
import type { RunSizing } from './regime/applied.js'
import type { TargetSet, Weights } from './targets/target-set.js'
import type { RunType } from './task.js'
import type { Trigger } from './trigger.js'

/** Where a run stands; the last five are final. */
export type RunStatus =
  | 'ANALYSING'
  | 'OPTIMISING'
  | 'PLANNING'
  | 'GOVERNING'
  | 'AWAITING_APPROVAL'
  | 'SELLING'
  | 'BUYING'
  | 'SETTLING'
  | 'UNWINDING'
  | 'COMPLETED'
  | 'COMPLETED_ADJUSTED'
  | 'ROLLED_BACK'
  | 'CANCELLED'
  | 'FAILED'

/** Risk of a set of weights over the run's scenarios, per bar, fractions of equity. */
export interface RiskFigures {
  readonly cvar: number
  readonly var: number
}

/** What the optimiser said and what it rested on; all null-free so that it can be journaled. */
export interface OptimiserEvidence {
  /** Solver status, or `NOT_NEEDED` for sources that set weights themselves. */
  readonly status: string
  readonly backend: string
  readonly gap: number
  readonly objective: number
  readonly iterations: number
  readonly confidence: number
  readonly scenarios: { readonly rows: number; readonly from: string; readonly to: string; readonly digest: string }
  readonly excluded: readonly { readonly instrument: InstrumentId; readonly reason: string }[]
  /**
   * Limits that bind, by name (`upper:MSFT`, `turnover:sells`, `cash:lower`), with their dual values; `by` is the rule that
   * lent one, absent for the policy's own.
   */
  readonly active: readonly { readonly limit: string; readonly dual: number; readonly by?: string }[]
  readonly note: string
  /** What was done about limits in conflict; absent when they were not. */
  readonly ladder?: Ladder
  /** Whether trading pays; absent unless the policy asks. */
  readonly benefit?: Benefit
}

/** What trading from the weights held to the targets is to gain and to cost. Fractions of equity; `return` and `cvar` are per bar. */
export interface Benefit {
  /** Bars over which the gain is counted. */
  readonly holdingPeriods: number
  /** μ·w: the scenario mean times the policy's weight of it. */
  readonly return: { readonly before: number; readonly after: number }
  readonly cvar: { readonly before: number; readonly after: number }
  /** holdingPeriods·Δ(μ·w − riskAversion·CVaR). */
  readonly gain: number
  /** Σ slope·|Δw|, paid once. */
  readonly cost: number
  /** The gain must exceed the cost this many times. */
  readonly ratio: number
  /** Why it is traded whatever it gains, in words; absent where the figures decide. */
  readonly exempt?: string
}

/** Limits that no portfolio meets together, and what was done about it. */
export interface Ladder {
  /** A minimal set of limits in conflict, in words. */
  readonly conflict: readonly string[]
  /** What was relaxed, in words; empty unless that helped. */
  readonly relaxed: readonly string[]
  /** What the targets are: those of relaxed limits, the earlier ones, or none. */
  readonly rung: 'relaxed' | 'previous' | 'hold'
}

/** Answer to a `solve` effect: targets with evidence and risk, or why there are none. */
export type TargetsAnswer =
  | {
      readonly kind: 'targets'
      readonly targets: TargetSet
      readonly evidence: OptimiserEvidence
      readonly riskBefore: RiskFigures | null
      readonly riskAfter: RiskFigures | null
    }
  /** Nothing to do, for a good reason (too little history, no signal): the portfolio holds what it has. */
  | { readonly kind: 'hold'; readonly reason: string; readonly evidence: OptimiserEvidence }
  /** The optimiser could not answer; the run rolls back and the previous targets stay in force. */
  | { readonly kind: 'failed'; readonly reason: string; readonly evidence: OptimiserEvidence }

/** A portfolio as it stood at one instant of a run. */
export interface Standing {
  readonly equity: Money
  readonly cash: Money
  readonly weights: Weights
}

/** Why a run ends early, and as what. */
export interface RunFailure {
  readonly status: 'CANCELLED' | 'FAILED' | 'ROLLED_BACK'
  readonly reason: string
  /** When what a rule refused for now is tried again; absent where time alone does not help. */
  readonly retryAt?: Instant
}

/** One rebalance from trigger to end: the record people query and `explain` reads. */
export interface Run {
  readonly id: RunId
  readonly portfolio: PortfolioId
  readonly number: number
  /**
   * Without a new solve, toward the effective targets: `invest-cash` only buys, `withdraw-cash` only sells. `liquidate`
   * sells and covers everything; from its end on the effective targets are all cash.
   */
  readonly type: RunType
  /** Target source that was asked, by its registry name. */
  readonly source: string
  readonly status: RunStatus
  readonly trigger: Trigger
  readonly session: SessionDate
  readonly startedAt: Instant
  readonly endedAt: Instant | null
  readonly phases: readonly { readonly status: RunStatus; readonly at: Instant }[]
  /** The market the decision was made on. */
  readonly view: MarketView
  /** Journal sequence before the run: the version a rollback returns the plan state to. */
  readonly version: number
  readonly before: Standing
  readonly drift: DriftAnalysis | null
  readonly answer: TargetsAnswer | null
  /** What the kind of market, or a drawdown, made of the targets; absent where nothing asks, or makes a difference. */
  readonly sizing?: RunSizing
  /** What the plan trades to where that is not the targets but the edges of their bands; absent where it is. */
  readonly aim?: TargetSet
  /** The plan as first made, before governance. */
  readonly plan: Plan | null
  /** Buys re-planned on confirmed proceeds; null until then. */
  readonly buys: Plan | null
  readonly judgements: readonly Judgement[]
  /** Legs that passed governance, resized where a rule said so. */
  readonly approved: readonly Approved<Leg>[]
  /** Why the plan waits for people and what they said; absent where none has to agree. */
  readonly approval?: Approval
  /** Times buys were planned on confirmed cash; an order's attempt is its wave. */
  readonly waves: number
  /** Live and closed orders of this run, by id. */
  readonly orders: Readonly<Record<OrderId, Approved<Order>>>
  readonly after: Standing | null
  /** Σ side·(fill − arrival)·quantity + fees: what trading cost, signed, against the decision prices. */
  readonly realisedCost: Money
  /** Why the run must end early, and as what; null while all is well. */
  readonly failure: RunFailure | null
  /** One sentence on how it ended; empty while it runs. */
  readonly outcome: string
}

/** Statuses no run leaves. */
export const FINAL_RUN: ReadonlySet<RunStatus> = new Set([
  'COMPLETED',
  'COMPLETED_ADJUSTED',
  'ROLLED_BACK',
  'CANCELLED',
  'FAILED',
])
