import type { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { Book } from '../book/book.js'
import type { DrawdownStanding } from '../derisk/drawdown.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import type { Known } from '../liquidity/liquidity.js'
import type { MarketView } from '../market.js'
import type { Plan } from '../plan/plan.js'
import type { Weights } from '../targets/target-set.js'
import type { RunType } from '../task.js'
import type { TriggerKind } from '../trigger.js'
import type { ExposureLimit } from './limited.js'
import type { RuleReadings, WantedReadings } from './readings.js'
import type { Sent } from './sent.js'

/** Verdicts from mild to severe; the most severe wins. */
export const VERDICTS = ['allow', 'warn', 'resize', 'approve', 'reject', 'halt'] as const

/** One step of the ladder. */
export type Verdict = (typeof VERDICTS)[number]

/** What one rule says of one leg (or of the whole plan when `leg` is null). */
export interface Judgement {
  readonly rule: string
  readonly leg: string | null
  readonly verdict: Verdict
  /** Fraction of the leg (of every leg when `leg` is null) that may stay: 1 unless `resize` (0 drops it). */
  readonly multiplier: number
  readonly reason: string
  /** The figures the verdict rests on, for explain. */
  readonly evidence: Readonly<Record<string, string | number>>
  /** Of a `reject` of the whole plan that time alone ends: when to try again. A plan so refused is deferred. */
  readonly retryAt?: Instant
  /** Of a cut that limits how fast and not how far: what it leaves is still wanted, and drift shows it to later runs. */
  readonly waits?: true
}

/** What a plan is for, and what its run has done before. */
export interface Occasion {
  readonly type: RunType
  readonly trigger: TriggerKind
  /** Runs that triggers began in this session, this one included. */
  readonly automaticRuns: number
  /** True when nothing was held as the run began: its buys fund the portfolio. */
  readonly funds: boolean
  /** What earlier orders of the run have traded, at their decision prices. */
  readonly traded: { readonly buy: Money; readonly sell: Money }
  /** The same by name; absent where they have traded nothing. */
  readonly tradedOf?: Readonly<Record<InstrumentId, Money>>
  /**
   * True when its buys are planned and judged again once its sells are done, before any is sent: they may then count on the
   * sells. Otherwise no sell is credited.
   */
  readonly sellsFirst: boolean
}

/** What a rule may look at: the original plan, the book before it, the market. Never other rules' verdicts. */
export interface RuleContext extends RuleReadings {
  readonly plan: Plan
  readonly book: Book
  readonly view: MarketView
  readonly equity: Money
  readonly specs: Readonly<Record<InstrumentId, InstrumentSpec>>
  /** When it is judged, which may be long after the view. */
  readonly at: Instant
  readonly occasion: Occasion
  /** What the kind of market leaves of targets as they come, and what these were sized by; absent where the policy does not ask. */
  readonly regime?: { readonly regime: string; readonly multiplier: number; readonly sized: number }
  /** The loss from the high-water mark that counts, and what targets were sized by; absent where the policy does not ask. */
  readonly drawdown?: Pick<DrawdownStanding, 'counted' | 'asOf'> & { readonly sized: number }
  /**
   * What a unit has gained or lost since the close of the session before, a fraction; null where no close that recent is known.
   * Absent where the policy does not ask.
   */
  readonly session?: { readonly made: number | null; readonly asOf: Instant }
  /** How much of each name is traded, as far as it is known; absent where the policy does not ask. */
  readonly liquidity?: Readonly<Record<InstrumentId, Known>>
  /** What has been sent before this plan; absent where no rule of the policy counts it. */
  readonly sent?: Sent
  /** What volatility leaves of targets as they come, by the last reading (null before the first), and what these were sized by; absent as well. */
  readonly volatility?: {
    readonly reading: { readonly level: number; readonly multiplier: number; readonly asOf: Instant } | null
    readonly sized: number
    readonly maxAgeMs: number
  }
}

/** Limits on one weight; an absent side is none. */
export interface WeightLimit {
  readonly lower?: number
  readonly upper?: number
}

/** Limits on the sum of some weights. */
export interface GroupLimit extends WeightLimit {
  /** What the group is, for people: `Energy`. */
  readonly label: string
  readonly members: readonly InstrumentId[]
  /** What each counts for, of those that do not count for their weight; may be below 0. */
  readonly coefficients?: Readonly<Record<InstrumentId, number>>
}

/** A limit on CVaR at a confidence, fraction of equity a bar. */
export interface CvarMost {
  readonly most: number
  readonly confidence: number
}

/** Limits a rule lends to the optimiser so that plans obey by construction. Fractions of equity. */
export interface RuleConstraints extends WeightLimit {
  /** Of single instruments, beside those of all. */
  readonly perInstrument?: Readonly<Record<InstrumentId, WeightLimit>>
  readonly groups?: readonly GroupLimit[]
  /** One-way: most that is bought, and most that is sold. */
  readonly turnover?: number
  /** Largest sum of absolute weights. */
  readonly gross?: number
  /** Largest CVaR a bar at a confidence. */
  readonly cvar?: CvarMost
}

/** What limits are lent for, and what is known beyond it. */
export interface ConstraintScope extends RuleReadings {
  readonly universe: readonly InstrumentSpec[]
  readonly held: Weights
  /** What of liquidity there is, and the equity it is measured by; absent where the policy does not ask. */
  readonly liquidity?: {
    readonly known: Readonly<Record<InstrumentId, Known>>
    readonly equity: Money
    readonly at: Instant
  }
}

/** A section of a portfolio's policy that rules may need. */
export type RuleInput = 'liquidity' | 'volatility'

/**
 * A governance rule. Laws (tested for every registry entry): total; deterministic; never enlarges an order;
 * idempotent; loosening a limit never cuts more; the order of rules does not change the outcome.
 */
export interface Rule<Params> {
  readonly name: string
  readonly summary: string
  /** Of its parameters in configuration, keys in camelCase, every one described and defaulted. */
  readonly schema: z.ZodType<Params>
  /** Its objections; none means that it allows the plan, which `govern` records. */
  judge(params: Params, context: RuleContext): readonly Judgement[]
  /** Limits that make a breach impossible in a solved plan, as far as the optimiser can be told. */
  constraints?(params: Params, scope: ConstraintScope): RuleConstraints
  /** What it has to know beyond plan, book and prices; absent for nothing. What is not read or too old it has to reject by. */
  reads?(params: Params): WantedReadings
  /** The sums of exposures it limits, of what is held, so that what the market breaks is seen; absent for a rule on something else. */
  limits?(params: Params, scope: ConstraintScope): readonly ExposureLimit[]
  /**
   * The smallest value a leg may be resized to. Rules judge the original plan and never see what others cut, so a rule
   * about small orders states its limit here, and `govern` drops what the resized legs leave under it in its name.
   */
  smallestLeg?(params: Params): Money
  /** Whether it says anything of such instruments; where it does not, no preset brings it in. Absent for any. */
  suits?(universe: readonly InstrumentSpec[]): boolean
  /** The section of a portfolio's policy that its input comes from: without it no preset brings it in, and it refuses. */
  readonly needs?: RuleInput
  /** Whether it counts what has been sent: events it judges on then say so. */
  readonly counts?: true
}
