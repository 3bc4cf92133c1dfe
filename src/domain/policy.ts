import type { InstrumentId, PortfolioId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import type { CalendarPolicy } from './calendar/schedule.js'
import type { InstrumentSpec } from './instrument/spec.js'
import type { LiquidityPolicy } from './liquidity/liquidity.js'
import type { SizingTerms } from './regime/multiplier.js'
import type { VolatilityTerms } from './volatility/multiplier.js'

/** A registry entry chosen by name, with the parameters its schema has already checked. */
export interface Chosen {
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Drift bands: `absolute` in weight, `relative` to the target weight. A gap equal to the band breaches. */
export interface DriftBand {
  readonly type: 'absolute' | 'relative'
  readonly band: number
  /** Below this |target| the absolute 0.05 (or `band` when absolute) applies: a ratio to almost nothing says nothing. */
  readonly relativeFloor: number
  readonly perInstrument: Readonly<Record<InstrumentId, number>>
  readonly includeCash: boolean
}

/** When to rebalance. A null trigger never fires. */
export interface TriggerPolicy {
  readonly drift: DriftBand | null
  readonly calendar: CalendarPolicy | null
  readonly cash: { readonly minInvest: Money } | null
  /** Calendar days after a committed run in which drift and calendar do not fire. */
  readonly cooldownDays: number
  /** Automatic runs a session. */
  readonly maxRunsPerDay: number
}

/** How the plan becomes orders. */
export interface OrderPolicy {
  readonly minOrder: Money
  /** Limit price: this fraction beyond the arrival price. */
  readonly collar: number
  /** An order must reach the venue within this time of the decision. */
  readonly notAfterMs: number
  readonly ackTimeoutMs: number
  /** Orders open longer are cancelled and the run goes on without the rest. */
  readonly fillTimeoutMs: number
  /** Buys may spend sale proceeds that have not settled. */
  readonly allowUnsettled: boolean
}

/** The risk model and the optimiser's limits; the risk figures of every run use the same scenarios. */
export interface OptimiserPolicy {
  readonly confidence: number
  readonly riskAversion: number
  /** Weight of the scenario mean in the objective: 0 leaves expected return out, 1 takes it as it is. */
  readonly returnWeight: number
  /** Periods over which a cost paid once is spread in the objective. */
  readonly holdingPeriods: number
  readonly bounds: {
    readonly min: number
    readonly max: number
    readonly cash: readonly [number, number]
    readonly perInstrument: Readonly<Record<InstrumentId, readonly [number, number]>>
  }
  readonly turnover: number | null
  /** Historical scenarios: the last `maximum` bar returns, at least `minimum`. */
  readonly scenarios: { readonly minimum: number; readonly maximum: number }
  readonly tolerance: number
  readonly timeoutMs: number
  /** What to do when limits conflict; absent for the default, so that a policy of before stays the same policy. */
  readonly infeasible?: InfeasiblePolicy
}

/** A limit that may be relaxed when no portfolio meets them all. */
export type Relaxable = 'cash' | 'minimum' | 'turnover'

/** What to do when limits conflict. */
export interface InfeasiblePolicy {
  /** Limits that may be relaxed, in this order. */
  readonly relax: readonly Relaxable[]
  /** When that does not help: the earlier targets where they fit, or nothing. */
  readonly otherwise: 'previous' | 'hold'
}

/** How far a run trades, other than to its targets. Source: design domain.md section 2; ADR 0034. */
export type TradeTo =
  /** What is past its band goes to the band's nearer edge, the rest stays: see `edgeTargets`. */
  | { readonly to: 'band-edge' }
  /** To the targets, where what that is to gain exceeds what it is to cost × `minBenefitRatio`: see `benefitOf`. */
  | { readonly to: 'optimal'; readonly minBenefitRatio: number }

/** When a plan waits for people before it trades. A null limit is none. */
export interface ApprovalPolicy {
  /** One-way turnover, fraction of equity, above which a plan waits. */
  readonly turnover: number | null
  /** Value of all its trades, in the portfolio currency, above which a plan waits. */
  readonly notional: Money | null
  /** Names whose trade always waits. */
  readonly symbols: readonly InstrumentId[]
  /** Whether what a live portfolio trades first waits. */
  readonly firstLiveRun: boolean
  /** People who must approve, each another. */
  readonly approvers: 1 | 2
  /** A plan nobody approved by then is given up. */
  readonly expiresAfterMs: number
}

/** Where a portfolio hears what kind of market it is in, and what follows from it. */
export interface RegimePolicy extends SizingTerms {
  /** A channel of readings on the bus, or an instrument whose bars the detector watches. */
  readonly from:
    | { readonly source: 'bus'; readonly channel: string }
    | { readonly source: 'detector'; readonly instrument: InstrumentId }
}

/** Where a portfolio hears how volatile the market is, and what that leaves of its weights. */
export interface VolatilityPolicy extends VolatilityTerms {
  /** A channel of readings on the bus, or a file of closes as the portfolio's file names it. */
  readonly from:
    | { readonly source: 'bus'; readonly channel: string }
    | { readonly source: 'file'; readonly file: string }
}

/** Everything a portfolio manager decides about one portfolio; checked by the config schema, journaled as a whole. */
export interface PortfolioPolicy {
  readonly id: PortfolioId
  readonly name: string
  readonly mode: 'backtest' | 'paper' | 'live'
  readonly gateway: string
  readonly currency: string
  readonly initialCash: Money
  readonly universe: readonly InstrumentSpec[]
  readonly targets: Chosen & {
    /** Fraction of equity kept in cash by sources that set no cash weight themselves. */
    readonly cashReserve: number
    /** Weights smaller than this go to cash. */
    readonly minWeight: number
  }
  readonly optimiser: OptimiserPolicy
  readonly triggers: TriggerPolicy
  /** Absent for all the way to the targets, so that a policy of before stays the same policy. */
  readonly tradeTo?: TradeTo
  readonly orders: OrderPolicy
  readonly costs: Chosen
  readonly governance: readonly Chosen[]
  /** Absent where no limit makes a plan wait for people. */
  readonly approval?: ApprovalPolicy
  /** Absent where no rule may ask how much of a name is traded. */
  readonly liquidity?: LiquidityPolicy
  /** Absent where the kind of market makes no difference. */
  readonly regime?: RegimePolicy
  /** Absent where volatility makes no difference. */
  readonly volatility?: VolatilityPolicy
}
