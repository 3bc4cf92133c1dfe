import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import {
  greatest,
  least,
  type Money,
  minus,
  money,
  noMoney,
  plus,
  price,
  type Quantity,
  quantity,
  scaled,
  total,
} from '#units/money.js'
import { marginRequirement, unitExposure, wholeLots } from '../../instrument/registry.js'
import type { InstrumentSpec } from '../../instrument/spec.js'
import { judgementBy, percentOf, rejection } from '../judgement.js'
import { unknownTerms, WEIGHT_TOLERANCE } from '../limited.js'
import { type Move, movesOf, unitsOf } from '../moves.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'

const NAME = 'margin'

const schema = z.strictObject({
  maxInitial: z
    .number()
    .gt(0)
    .max(10)
    .default(1)
    .describe('most that initial margin takes of marginable equity, as a fraction of it'),
  maxMaintenance: z
    .number()
    .gt(0)
    .max(10)
    .default(0.8)
    .describe('most that maintenance margin takes of marginable equity, as a fraction of it'),
  nonMarginable: z
    .array(z.string().min(1).max(32))
    .max(1000)
    .default([])
    .describe(
      'names that are bought with cash alone: no margin is asked for them, and their value is no equity to borrow on',
    ),
})

/** Parameters of {@link margin}. */
export type MarginParams = z.output<typeof schema>

/**
 * Keeps initial and maintenance margin within fractions of marginable equity in every state a plan may fill to. Requirements are
 * those of each instrument's class: Regulation T for shares. Where a state could be beyond a limit, everything that opens or
 * adds is rejected, of a trade through zero that part; what takes a holding toward zero passes.
 *
 * States  R + max·N ≤ max·E, R the requirements, N the value of what is held of names that are not marginable, E the equity before
 *         trading: each name's part of the left side is largest at an end of its leg, so the sum of these is the worst there is.
 * Edges   exactly at a limit passes. A limit that is broken already is a warning, and nothing may add to it.
 * Errors  none. Where a holding or a leg has no price to rely on, what would add is rejected.
 * Source  design domain.md section 9; 12 CFR 220.12, FINRA rule 4210(c); ADR 0042.
 */
export const margin: Rule<MarginParams> = {
  name: NAME,
  summary: 'Keeps initial and maintenance margin within fractions of marginable equity.',
  schema,
  suits: (universe) => universe.some(({ shortable }) => shortable),
  constraints: (params, { universe }) => {
    const marginable = universe.every(({ id }) => !params.nonMarginable.includes(id))
    return marginable && universe.length > 0 ? { gross: mostGross(params, universe) } : {}
  },
  judge: (params, context) => [
    ...unknownTerms(NAME, context),
    ...judgeLimit({ kind: 'initial', max: params.maxInitial, ...params }, context),
    ...judgeLimit({ kind: 'maintenance', max: params.maxMaintenance, ...params }, context),
  ],
}

/** One of the two limits. */
interface Limit {
  readonly kind: 'initial' | 'maintenance'
  readonly max: number
  readonly nonMarginable: readonly string[]
}

/** What a leg does to the left side of a limit, all ≥ 0. */
interface Effect {
  readonly move: Move
  readonly adds: Money
  /** What it takes off, whatever is cut of the part that opens. */
  readonly frees: Money
}

function judgeLimit(limit: Limit, context: RuleContext): readonly Judgement[] {
  const { moves, holdings } = movesOf(context)
  const effects = moves.map((move) => effectOf(move, limit, context))
  const adding = effects.filter(({ move }) => opens(move))
  const doubt = [...holdings, ...adding.map(({ move }) => move)].find((row) => row.doubt !== '')?.doubt
  if (doubt !== undefined) return adding.map(({ move }) => withoutOpening(move, doubt, {}, context))
  const most = scaled(context.equity, decimalFromFloat(limit.max + WEIGHT_TOLERANCE))
  const before = total(holdings.map(({ instrument, exposure }) => taken(limit, context.specs[instrument]!, exposure)))
  const refused = stagesOf(effects, context.occasion.sellsFirst).flatMap(({ done, open }) => {
    const base = plus(minus(before, sum(done, 'frees')), sum(done, 'adds'))
    const worst = plus(base, sum(open, 'adds'))
    if (worst.lte(most)) return []
    const reason = `${limit.kind} margin would take ${worst.toFixed(2)}, more than ${most.toFixed(2)}: ${percentOf(limit.max)} of equity`
    const evidence = { before: before.toFixed(2), after: worst.toFixed(2), max: limit.max }
    return open.filter(({ move }) => opens(move)).map(({ move }) => withoutOpening(move, reason, evidence, context))
  })
  return [...refused, ...passive(limit, before, most, context)]
}

/** What may fill together: everything, or the sells and then, all of them done, the buys. */
function stagesOf(
  effects: readonly Effect[],
  sellsFirst: boolean,
): readonly { readonly done: readonly Effect[]; readonly open: readonly Effect[] }[] {
  if (!sellsFirst) return [{ done: [], open: effects }]
  const sells = effects.filter(({ move }) => move.leg.side === 'sell')
  const buys = effects.filter(({ move }) => move.leg.side === 'buy')
  return [
    { done: [], open: sells },
    { done: sells, open: buys },
  ]
}

/** Whether any of a leg opens or adds; of what nobody can price that is not known. */
const opens = ({ opens: part, reduces, doubt }: Move): boolean => part.gt(noMoney) || (doubt !== '' && reduces.isZero())

const sum = (effects: readonly Effect[], part: 'adds' | 'frees'): Money => total(effects.map((row) => row[part]))

/** A leg with the part that opens taken off; rejected where nothing else is in it. */
function withoutOpening(
  { leg, spec, reduces }: Move,
  reason: string,
  evidence: Judgement['evidence'],
  context: RuleContext,
): Judgement {
  const kept = reduces.isZero() ? quantity('0') : wholeLots(spec, unitsOf(context, leg.instrument).abs() as Quantity)
  if (kept.isZero()) return rejection(NAME, leg.id, reason, evidence)
  return judgementBy(NAME)(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)
}

function effectOf({ leg, spec, ...move }: Move, limit: Limit, context: RuleContext): Effect {
  const unit = leg.arrival.isFinite() && leg.arrival.gt(0) ? unitExposure(spec, leg.arrival) : noMoney
  const held = scaled(unit, unitsOf(context, leg.instrument))
  const signed = scaled(unit, leg.side === 'buy' ? leg.quantity : (leg.quantity.negated() as Quantity))
  const rest = held.isNegative() ? plus(held, move.frees) : minus(held, move.frees)
  const [before, after, freed] = [held, plus(held, signed), rest].map((exposure) => taken(limit, spec, exposure))
  return {
    move: { leg, spec, ...move },
    adds: greatest(noMoney, minus(after!, before!)),
    frees: greatest(noMoney, minus(before!, greatest(freed!, least(after!, before!)))),
  }
}

/** What an exposure takes of a limit: its requirement, or, not marginable, its value as far as no one lends on it. */
function taken({ kind, max, nonMarginable }: Limit, spec: InstrumentSpec, exposure: Money): Money {
  if (nonMarginable.includes(spec.id) && !exposure.isNegative()) return scaled(exposure, decimalFromFloat(max))
  return rateOf(spec, kind, exposure)
}

/** The requirement of an exposure: requirements are proportional to it on each side. */
const rateOf = (spec: InstrumentSpec, kind: Limit['kind'], exposure: Money): Money =>
  marginRequirement({ ...spec, multiplier: '1' }, quantity(exposure), price('1'))[kind]

function passive({ kind, max }: Limit, before: Money, most: Money, { occasion }: RuleContext): readonly Judgement[] {
  if (before.lte(most) || !occasion.traded.buy.isZero() || !occasion.traded.sell.isZero()) return []
  const reason = `${kind} margin takes ${before.toFixed(2)} already, more than ${most.toFixed(2)}: ${percentOf(max)} of equity`
  return [judgementBy(NAME)(null, 'warn', 1, reason, { before: before.toFixed(2), max })]
}

/** The largest gross exposure that no margin is too little for, whatever is long or short. */
function mostGross({ maxInitial, maxMaintenance }: MarginParams, universe: readonly InstrumentSpec[]): number {
  const rates = (kind: Limit['kind']): number =>
    Math.max(...universe.flatMap((spec) => ['1', '-1'].map((one) => rateOf(spec, kind, money(one)).toNumber())))
  return Math.min(maxInitial / rates('initial'), maxMaintenance / rates('maintenance'))
}
