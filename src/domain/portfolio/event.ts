import type { Incarnation, OrderId } from '#units/ids.js'
import type { Money, Quantity } from '#units/money.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { Decided } from '../approval/refusal.js'
import type { Adjustment, Bust, Execution } from '../book/events.js'
import type { LotTrade } from '../book/lots.js'
import type { GatewaySupport } from '../gateway-support.js'
import type { RuleReadings } from '../governance/readings.js'
import type { Sent } from '../governance/sent.js'
import type { MarketView } from '../market.js'
import type { OrderStatus } from '../order.js'
import type { Level, RestraintScope } from '../permission/restraint.js'
import type { PortfolioPolicy } from '../policy.js'
import type { RegimeReading } from '../regime/multiplier.js'
import type { MarketRegime } from '../regime/regime.js'
import type { RegimeSource } from '../regime/standing.js'
import type { TargetsAnswer } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import type { Trigger } from '../trigger.js'
import type { VolatilityReading, VolatilitySource } from '../volatility/standing.js'

/** What a venue or the lack of one says of an order. */
export type OrderNews =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No answer: it may or may not be at the venue. */
  | { readonly kind: 'unanswered'; readonly reason: string }
  /** The venue's present word on it, whether asked or not. */
  | {
      readonly kind: 'reported'
      readonly status: Extract<OrderStatus, 'accepted' | 'filled' | 'cancelled' | 'rejected' | 'expired'>
      readonly cumulative: Quantity
      readonly reason: string
    }
  /** Asked, and the venue has never seen it. */
  | { readonly kind: 'unseen' }
  /** The venue durably promised never to accept it. */
  | { readonly kind: 'promised' }

/** What may happen to trading on a portfolio. */
export type Permission = 'active' | 'reducing' | 'paused' | 'halted'

/** The rule that stopped trading, and its figures as text. */
export interface TripEvidence {
  readonly rule: string
  readonly figures: Readonly<Record<string, string>>
}

/** What a change that lets more trade rests on. */
export interface Assent {
  /** What was compared with the gateway and agreed; present when a halt or reduction was undone. */
  readonly agreed?: { readonly orders: number; readonly executions: number; readonly positions: number }
  /** The second person, and the request they confirmed. */
  readonly approved?: { readonly by: string; readonly request: string }
}

/** The second person behind what is booked by hand, a liquidation, a mark that is reset, or looser limits; absent where one was enough. */
export type Confirmed = Pick<Assent, 'approved'>

/** What has been sent lately, on what orders may be decided on; absent where no rule of the portfolio counts it. */
interface Counted {
  readonly sent?: Sent
}

/** Everything that reaches a portfolio, as data. */
export type PortfolioFact =
  | { readonly type: 'created'; readonly policy: PortfolioPolicy; readonly incarnation: Incarnation }
  /** The configuration changed; effective for the next run. */
  | ({ readonly type: 'configured'; readonly policy: PortfolioPolicy } & Confirmed)
  /**
   * A process took the portfolio over; nothing new leaves until it has reconciled. `support` is what the gateway promises,
   * absent when that is everything.
   */
  | { readonly type: 'opened'; readonly epoch: number; readonly support?: GatewaySupport }
  | { readonly type: 'reconciled'; readonly decision: 'resume' | 'unwind' | 'hold'; readonly reason: string }
  | ({ readonly type: 'deposited'; readonly amount: Money; readonly view: MarketView } & Confirmed)
  | ({ readonly type: 'triggered'; readonly trigger: Trigger; readonly view: MarketView } & Confirmed & Counted)
  | ({
      readonly type: 'solved'
      readonly request: string
      readonly answer: TargetsAnswer
      readonly view: MarketView
    } & Counted)
  | ({ readonly type: 'observed'; readonly request: string; readonly view: MarketView } & Counted)
  /** A person approves or rejects the plan that waits. */
  | ({ readonly type: 'decided' } & Decided & Counted)
  | { readonly type: 'orderNews'; readonly orderId: OrderId; readonly news: OrderNews }
  | { readonly type: 'filled'; readonly execution: Execution }
  /**
   * The venue took an execution back. `booked` is that execution, and the trades its instrument's lots consist of
   * without it; null when it has not been booked (yet).
   */
  | {
      readonly type: 'busted'
      readonly bust: Bust
      readonly booked: { readonly execution: Execution; readonly trades: readonly LotTrade[] } | null
    }
  /** Books brought into agreement with the gateway's by hand: who, why, and every change. Only while halted. */
  | ({
      readonly type: 'adjusted'
      readonly adjustment: Adjustment
      readonly session: SessionDate
      readonly actor: string
      readonly reason: string
    } & Confirmed)
  /** The same execution id came again with other content: the books can no longer be trusted. */
  | { readonly type: 'conflicted'; readonly execution: Execution; readonly booked: string }
  | { readonly type: 'timedOut'; readonly timer: string }
  | { readonly type: 'marked'; readonly view: MarketView }
  | ({
      readonly type: 'permitted'
      readonly to: Permission
      readonly reason: string
      readonly actor: string
      /** Reason of what it is to undo: with another one in the meantime nothing happens. Absent when it undoes whatever is. */
      readonly undoes?: string
      /** The rule that did it and the figures it rests on; absent when a person did. */
      readonly trip?: TripEvidence
    } & Assent)
  /** A restraint beside the portfolio's own permission is set, changed or lifted (`active`). */
  | ({
      readonly type: 'restrained'
      readonly scope: RestraintScope
      readonly to: Level | 'active'
      readonly reason: string
      readonly actor: string
      /** When what it lifts was set: with a newer one in the meantime nothing happens. Absent when it lifts whatever is. */
      readonly lifts?: Instant
    } & Assent)
  /** What rules rest on beyond books and prices was read anew; kinds that are absent stay as they are. */
  | { readonly type: 'inputsRead'; readonly readings: RuleReadings }
  /** A detector says what kind of market it is. */
  | { readonly type: 'regimeRead'; readonly source: RegimeSource; readonly reading: RegimeReading }
  /** A person says so in its place until a time, or (null) no longer. */
  | {
      readonly type: 'regimeSet'
      readonly override: { readonly regime: MarketRegime; readonly until: Instant } | null
      readonly reason: string
      readonly actor: string
    }
  /** The high-water mark is given up for what a unit is worth now. */
  | ({
      readonly type: 'markReset'
      readonly view: MarketView
      readonly reason: string
      readonly actor: string
    } & Confirmed)
  /** A volatility index is at a level. */
  | { readonly type: 'volatilityRead'; readonly source: VolatilitySource; readonly reading: VolatilityReading }
  /** Decisions went back to those of an earlier version; what was booked since stays booked (ADR 0018). */
  | {
      readonly type: 'restored'
      readonly version: number
      /** Hash of the entry of that version. */
      readonly hash: string
      readonly policy: PortfolioPolicy
      readonly effective: TargetSet | null
      readonly reason: string
      readonly actor: string
    }
  /** The journal came from a backup or another place: no later order id may equal one made before. */
  | { readonly type: 'renewed'; readonly incarnation: Incarnation; readonly reason: string }
  /** An assertion failed while handling `event`; trading halts, fills are still booked. */
  | { readonly type: 'faulted'; readonly reason: string; readonly event: string }

/**
 * A fact as it is journaled: `seq` is its place in the portfolio's history (the version of the state after it),
 * `cause` the run, order or request it belongs to.
 */
export type PortfolioEvent = PortfolioFact & { readonly seq: number; readonly at: Instant; readonly cause: string }
