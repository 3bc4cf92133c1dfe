import type { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import type { Money } from '#units/money.js'
import type { Book } from '../book/book.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import type { MarketView } from '../market.js'
import type { Plan } from '../plan/plan.js'

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
}

/** What a rule may look at: the original plan, the book before it, the market. Never other rules' verdicts. */
export interface RuleContext {
  readonly plan: Plan
  readonly book: Book
  readonly view: MarketView
  readonly equity: Money
  readonly specs: Readonly<Record<InstrumentId, InstrumentSpec>>
}

/** Bounds a rule lends to the optimiser so that plans obey by construction. */
export interface RuleConstraints {
  readonly upper?: number
  readonly lower?: number
}

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
  /** Per-instrument weight bounds that make a breach impossible in a solved plan. */
  constraints?(params: Params): RuleConstraints
  /**
   * The smallest value a leg may be resized to. Rules judge the original plan and never see what others cut, so a rule
   * about small orders states its limit here, and `govern` drops what the resized legs leave under it in its name.
   */
  smallestLeg?(params: Params): Money
}
