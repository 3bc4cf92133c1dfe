import type { Decimal } from '#units/decimal.js'
import type { ExecutionId, Incarnation } from '#units/ids.js'
import type { Instant, SessionDate } from '#units/time.js'
import type { Book } from '../book/book.js'
import type { Bust } from '../book/events.js'
import type { AdjustedTrade } from '../book/history.js'
import type { PassiveBreach } from '../breach.js'
import type { Deferrals } from '../deferral.js'
import type { DrawdownStanding } from '../derisk/drawdown.js'
import type { OutstandingRisk } from '../derisk/outstanding.js'
import type { GatewaySupport } from '../gateway-support.js'
import type { RuleReadings } from '../governance/readings.js'
import type { Restraints } from '../permission/restraint.js'
import type { PortfolioPolicy } from '../policy.js'
import type { Sized } from '../regime/applied.js'
import type { RegimeStanding } from '../regime/standing.js'
import type { Run } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import type { VolatilityStanding } from '../volatility/standing.js'

/** What triggers remember between runs; journaled, so a cooldown survives a restart. */
export interface TriggerMemory {
  /** The last market view a run was triggered on: one view triggers at most once. */
  readonly lastViewAt: Instant | null
  /** The period the calendar fired for last, such as `2026-11` or `2026-W48`; empty before the first. */
  readonly calendarPeriod: string
  readonly cooldownUntil: SessionDate | null
  readonly runsToday: { readonly session: SessionDate; readonly count: number } | null
  /** The target model or policy changed since the last run. */
  readonly targetsChanged: boolean
  /** A deposit arrived since the last run. */
  readonly depositPending: boolean
  /** Runs that a rule has put off, by what began them; absent while none is. */
  readonly deferred?: Deferrals
  /** What the effective targets were sized by; absent where the regime has made no difference. */
  readonly sized?: Sized
  /** Risk that the effective targets take back and a run could not; absent while there is none. */
  readonly outstanding?: OutstandingRisk
}

/** What a new portfolio remembers: nothing, but that its targets are new. */
export const freshMemory: TriggerMemory = {
  lastViewAt: null,
  calendarPeriod: '',
  cooldownUntil: null,
  runsToday: null,
  targetsChanged: true,
  depositPending: false,
}

/** What has been put right in the books afterwards; absent while nothing was. */
export interface Corrections {
  /** Executions that were booked and taken back, in that order. */
  readonly busted: readonly ExecutionId[]
  /** Takings-back that came before the execution itself: it will be booked and taken back at once. */
  readonly awaited: readonly Bust[]
  /** Units that were adjusted by hand; absent before the first adjustment. */
  readonly adjusted?: readonly AdjustedTrade[]
  /** Orders and executions that differ from the gateway's and were settled with an adjustment. */
  readonly settled?: readonly string[]
  /** By execution, the digest of the content beside the booked one that was settled last; absent while none was. */
  readonly contents?: Readonly<Record<string, string>>
}

/** Nothing put right yet. */
export const noCorrections: Corrections = { busted: [], awaited: [] }

/** All that a portfolio's actor knows; the context of its statechart. Plain data, canonical-encodable. */
export interface PortfolioState {
  readonly policy: PortfolioPolicy
  readonly incarnation: Incarnation
  /** Raised at every start; gateways refuse lower ones. */
  readonly epoch: number
  readonly book: Book
  /** Targets of the last committed run after governance and lots: what drift is measured against. */
  readonly effective: TargetSet | null
  readonly memory: TriggerMemory
  readonly runs: number
  /** The run in progress, or the last one until the next begins; null before the first. */
  readonly run: Run | null
  /** Why trading is paused or halted; empty while active. */
  readonly permissionReason: string
  readonly corrections?: Corrections
  /** What its gateway promises; absent when it promises everything. */
  readonly support?: GatewaySupport
  /** What holds trading back beside the permission; absent while nothing does. */
  readonly restraints?: Restraints
  /** What kind of market it is; absent before anybody said so. */
  readonly regime?: RegimeStanding
  /** How volatile it is; absent before a reading came. */
  readonly volatility?: VolatilityStanding
  /** How far it is below its high-water mark; absent until a rule asks. */
  readonly drawdown?: DrawdownStanding
  /** Value of a unit at the last close; absent until the first one since a rule asks. */
  readonly unitAtClose?: Decimal
  /** What rules know beyond books and prices; absent before anything was read. */
  readonly readings?: RuleReadings
  /** Limits that the market has broken, in the order of the rules; absent before the first. */
  readonly breaches?: readonly PassiveBreach[]
}
