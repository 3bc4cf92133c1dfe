import type { InstrumentId, OrderId, PortfolioId, RunId } from '#units/ids.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { ApprovalReason, Decision } from '../approval/approval.js'
import type { Side } from '../book/events.js'
import type { Verdict } from '../governance/rule.js'
import type { OrderStatus } from '../order.js'
import type { SkipReason } from '../plan/plan.js'
import type { RunSizing } from '../regime/applied.js'
import type { Benefit, Ladder, RunStatus } from '../run.js'
import type { RunType } from '../task.js'
import type { TriggerKind } from '../trigger.js'

/**
 * Explanations are plain data that JSON carries as it is: weights, CVaR and costs in basis points are numbers
 * (fractions of equity unless the name says bps), money, prices and quantities are decimal text, absent is null.
 */

/** What started a run. */
export interface TriggerExplanation {
  readonly kind: TriggerKind
  readonly why: string
  readonly evidence: Readonly<Record<string, string | number>>
  /** Names past their band when the run began, widest first; empty when drift was not measured. */
  readonly breaches: readonly { readonly instrument: string; readonly held: number; readonly target: number }[]
}

/** A limit that bound the optimiser: its name, what it means, and its dual value. */
export interface LimitExplanation {
  readonly limit: string
  readonly meaning: string
  readonly dual: number
}

/** Where the target weights came from. */
export interface TargetsExplanation {
  readonly kind: 'targets' | 'hold' | 'failed'
  /** Why there are none; empty for `targets`. */
  readonly reason: string
  /** Registry name of the target source. */
  readonly source: string
  /** Solver status, or `NOT_NEEDED` when the source sets weights itself. */
  readonly status: string
  readonly backend: string
  readonly gap: number
  readonly objective: number
  readonly iterations: number
  readonly confidence: number
  readonly scenarios: { readonly rows: number; readonly from: string; readonly to: string; readonly digest: string }
  readonly excluded: readonly { readonly instrument: InstrumentId; readonly reason: string }[]
  readonly limits: readonly LimitExplanation[]
  readonly note: string
  /** What the kind of market made of the weights, included in them; null where the policy does not ask. */
  readonly sizing: RunSizing | null
  /** Limits in conflict and what was done about them; null when they were not. */
  readonly ladder: Ladder | null
  /** What trading to the targets is to gain and to cost, and whether that is worth it; null where the policy does not ask. */
  readonly benefit: (Benefit & { readonly pays: boolean }) | null
  /** Per bar, fractions of equity; null without scenarios. */
  readonly cvar: { readonly before: number; readonly after: number } | null
  readonly weights: Readonly<Record<InstrumentId, number>>
  readonly cash: number | null
}

/** Weights at the edges of their bands: those that are to move, on their way to their targets, and cash. */
export interface AimExplanation {
  readonly moves: readonly {
    readonly instrument: InstrumentId
    readonly held: number
    readonly to: number
    readonly target: number
  }[]
  /** Names that stay as they are. */
  readonly stay: number
  readonly cash: { readonly held: number; readonly to: number; readonly target: number }
}

/** What a rule said of a leg, or of the plan when `leg` is null. */
export interface RuleExplanation {
  readonly rule: string
  readonly leg: string | null
  readonly verdict: Verdict
  /** Fraction of the leg that may stay. */
  readonly multiplier: number
  readonly reason: string
  readonly evidence: Readonly<Record<string, string | number>>
}

/** Why people had to agree to a plan, how many, and what they said. */
export interface ApprovalExplanation {
  readonly reasons: readonly ApprovalReason[]
  readonly approvers: number
  readonly since: Instant
  readonly until: Instant
  /** Whether as many have approved as must. */
  readonly granted: boolean
  readonly decisions: readonly Decision[]
}

/** A quantity at a price, and what it is worth. */
export interface Size {
  readonly quantity: string
  readonly price: string
  readonly value: string
}

/** One intended trade and what became of it. */
export interface LegExplanation {
  readonly leg: string
  readonly instrument: InstrumentId
  readonly side: Side
  readonly heldWeight: number
  readonly targetWeight: number
  /** As planned, at the arrival price; null when only later buys planned it. */
  readonly planned: Size | null
  /** As governance let it through; null when nothing of it may trade. */
  readonly approved: Size | null
  readonly limit: string
  readonly estimate: { readonly cost: string; readonly bps: number }
  /** Rules that did more than allow it. */
  readonly changedBy: readonly RuleExplanation[]
  readonly orders: readonly OrderId[]
  /** Σ quantity filled of those orders; buys re-planned on confirmed cash may fill more than was first approved. */
  readonly filled: string
}

/** A trade that was not planned, and the gap to target it leaves. */
export interface SkipExplanation {
  readonly instrument: InstrumentId
  readonly side: Side
  readonly reason: SkipReason
  readonly detail: string
  readonly residualWeight: number
}

/** How an order was let go. */
export interface ReleaseExplanation {
  readonly wave: number
  /** Cash held back for a buy: its limit value and estimated cost; zero for a sell. */
  readonly reserved: string
  /** Sells of the run that a buy waited for: how many, and the cash they brought. */
  readonly after: { readonly sells: number; readonly proceeds: string }
  readonly at: Instant
  readonly notAfter: Instant
  readonly sends: number
}

/** What the venue did. Slippage is signed, positive costs money. */
export interface FillExplanation {
  readonly cumulative: string
  readonly executions: number
  /** Quantity filled and taken back by the venue; not in the figures beside it. */
  readonly busted: string
  /** Null before the first fill. */
  readonly averagePrice: string | null
  readonly slippageBps: number
  readonly fees: string
  readonly value: string
}

/** Expected and actual cost in money, and in basis points of what was to be (or was) traded. */
export interface CostExplanation {
  readonly estimated: string
  readonly estimatedBps: number
  readonly realised: string
  readonly realisedBps: number
}

/** Why one order exists and what became of it. */
export interface OrderExplanation {
  readonly order: OrderId
  readonly run: RunId
  readonly portfolio: PortfolioId
  readonly session: SessionDate
  readonly instrument: InstrumentId
  readonly side: Side
  readonly quantity: string
  readonly limit: string
  readonly arrival: string
  readonly trigger: TriggerExplanation
  readonly targets: TargetsExplanation | null
  /** See {@link RunExplanation}. */
  readonly aim: AimExplanation | null
  readonly leg: LegExplanation
  readonly planRules: readonly RuleExplanation[]
  /** Null when nobody had to agree. */
  readonly approval: ApprovalExplanation | null
  readonly release: ReleaseExplanation
  readonly fills: FillExplanation
  readonly cost: CostExplanation
  readonly status: OrderStatus
  readonly reason: string
  readonly closedAt: Instant | null
  readonly runStatus: RunStatus
  readonly runOutcome: string
}

/** A portfolio's value at one instant of a run. */
export interface StandingExplanation {
  readonly equity: string
  readonly cash: string
  readonly cashWeight: number
}

/** A run from trigger to end. */
export interface RunExplanation {
  readonly run: RunId
  readonly portfolio: PortfolioId
  readonly type: RunType
  readonly status: RunStatus
  readonly session: SessionDate
  readonly startedAt: Instant
  readonly endedAt: Instant | null
  /** Journal sequence before the run. */
  readonly version: number
  readonly plan: { readonly hash: string; readonly turnover: number } | null
  readonly trigger: TriggerExplanation
  readonly targets: TargetsExplanation | null
  /** What was traded to where that is the edges of the bands; null where it is the targets. */
  readonly aim: AimExplanation | null
  readonly rules: readonly RuleExplanation[]
  /** Null when nobody has to agree. */
  readonly approval: ApprovalExplanation | null
  readonly legs: readonly LegExplanation[]
  readonly skipped: readonly SkipExplanation[]
  readonly orders: readonly OrderExplanation[]
  readonly cost: CostExplanation
  readonly before: StandingExplanation
  readonly after: StandingExplanation | null
  readonly waves: number
  /** It was refused, and rests through its session unless what rules judge by changes. */
  readonly rests: boolean
  readonly outcome: string
}

/** One instrument's part in one run. */
export interface SymbolRun {
  readonly run: RunId
  readonly portfolio: PortfolioId
  readonly session: SessionDate
  readonly status: RunStatus
  readonly trigger: TriggerExplanation
  readonly heldWeight: number
  /** Null when the run had no targets. */
  readonly targetWeight: number | null
  /** The edge of its band it was to go to, or the weight it was to stay at; null when it was to go to its target. */
  readonly aimWeight: number | null
  readonly limits: readonly LimitExplanation[]
  /** Why the target source left it out; null when it did not. */
  readonly excluded: string | null
  readonly legs: readonly LegExplanation[]
  readonly skipped: readonly SkipExplanation[]
  readonly orders: readonly OrderExplanation[]
}

/** One instrument through all runs, oldest first. */
export interface SymbolExplanation {
  readonly instrument: InstrumentId
  readonly runs: readonly SymbolRun[]
}

/** A block of an explanation: a heading and its sentences. */
export interface Passage {
  readonly heading: string
  readonly lines: readonly string[]
}
