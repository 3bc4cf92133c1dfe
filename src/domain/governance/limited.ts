import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import {
  greatest,
  type Money,
  minus,
  noMoney,
  plus,
  type Quantity,
  quantity,
  ratio,
  scaled,
  total,
} from '#units/money.js'
import { wholeLots } from '../instrument/registry.js'
import { percentOf, rejection } from './judgement.js'
import { type Move, movesOf } from './moves.js'
import { fractionKept } from './multiplier.js'
import type { Judgement, RuleContext } from './rule.js'
import { type Load, loadsOf, type Measure, worstOf } from './states.js'
import { WITHOUT_EQUITY } from './toward.js'

/** Weights are rounded to fewer digits than this, fractions of equity: a sum beyond its limit by less is at its limit. */
export const WEIGHT_TOLERANCE = 1e-9

/** A limit on a sum that holdings and legs make. */
export interface SumLimit {
  readonly rule: string
  /** What is limited, for people: `exposure to Energy`. */
  readonly what: string
  /** Largest sum, fraction of equity. */
  readonly max: number
  /** What the sum is told in: a part of equity unless it is a beta. */
  readonly unit?: 'beta'
}

/** A limit on a sum of exposures. */
export interface ExposureLimit extends SumLimit {
  readonly measure: Measure
  /** Which holdings it is on; absent for all. */
  readonly of?: (instrument: InstrumentId) => boolean
}

/**
 * What a rule says that keeps a sum of exposures within a limit in every state a plan may fill to. Legs that would take it
 * past the limit are scaled down together, each by the part that adds to it; what takes a holding toward zero passes.
 *
 * Edges   exactly at the limit passes. A sum that is past it already is a warning, and nothing may add to it.
 * Errors  none. Where equity is not positive, or a holding or a leg has no price to rely on, what would add is rejected.
 */
export const within = (context: RuleContext, limit: ExposureLimit): readonly Judgement[] =>
  exceeding(context, limit, loadsOf(context, limit.measure, limit.of), limit.of)

/** As {@link within}, of a sum whose loads are known, on the holdings in `of`. */
export function exceeding(
  context: RuleContext,
  limit: SumLimit,
  loads: readonly Load[],
  of: (instrument: InstrumentId) => boolean = everything,
): readonly Judgement[] {
  const doubts = movesOf(context).holdings.filter(({ instrument, doubt }) => doubt !== '' && of(instrument))
  const doubt = context.equity.gt(0) ? (doubts[0]?.doubt ?? null) : WITHOUT_EQUITY
  return [
    ...loads.flatMap((load) => (doubt === null ? judged(load, limit, context) : rejected(load, limit.rule, doubt))),
    ...(doubt === null ? passive(loads[0]!, limit, context) : []),
  ]
}

/** A rejection of the legs in names whose terms are unknown. */
export const unknownTerms = (rule: string, context: RuleContext): readonly Judgement[] =>
  movesOf(context).unknown.map(({ id, instrument }) => rejection(rule, id, `${instrument} has no known terms`))

function judged(load: Load, limit: SumLimit, { equity }: RuleContext): readonly Judgement[] {
  const doubtful = load.adding.filter(({ move }) => move.doubt !== '')
  const rejects = doubtful.map(({ move: { leg, doubt } }) => rejection(limit.rule, leg.id, doubt))
  const rest = { ...load, adding: load.adding.filter(({ move }) => move.doubt === '') }
  const most = mostOf(limit, equity)
  const worst = worstOf(rest)
  if (rest.adding.length === 0 || worst.lte(most)) return rejects
  const share = shareLeft(rest, most)
  const reason = `${limit.what} would be ${told(worst, equity, limit)}`
  const evidence = { before: ratio(load.before, equity), after: ratio(worst, equity), max: limit.max }
  const cuts = rest.adding.flatMap(({ move, adds, cut = adds }): readonly Judgement[] => {
    const kept = keptUnits(move, cut, share)
    if (kept.gte(move.leg.quantity)) return []
    const multiplier = fractionKept(kept, move.leg.quantity)
    return [{ rule: limit.rule, leg: move.leg.id, verdict: 'resize', multiplier, reason, evidence }]
  })
  return [...rejects, ...cuts]
}

/** What may be added of what would be: `room` of `sum`. */
interface Share {
  readonly room: Money
  readonly sum: Money
}

function shareLeft({ base, adding }: Load, most: Money): Share {
  return { room: greatest(noMoney, minus(most, base)), sum: total(adding.map(({ adds }) => adds)) }
}

/** Whole lots of a leg with the part that adds scaled down. */
function keptUnits({ leg, spec, reduces, opens }: Move, cut: Money, { room, sum }: Share): Quantity {
  const whole = plus(reduces, opens)
  const stays = minus(whole, cut)
  const left = leg.quantity.times(stays.times(sum).plus(cut.times(room))).div(whole.times(sum))
  return wholeLots(spec, quantity(left))
}

function rejected({ adding }: Load, rule: string, doubt: string): readonly Judgement[] {
  return adding.map(({ move }) => rejection(rule, move.leg.id, doubt))
}

/**
 * A limit that the market, or whoever changed it, has broken: nothing can be cut, but an observer should know. Not asked again in
 * a run that has traded: what its trades cost makes every weight a hair larger.
 */
function passive({ before }: Load, limit: SumLimit, { equity, occasion }: RuleContext): readonly Judgement[] {
  if (!occasion.traded.buy.isZero() || !occasion.traded.sell.isZero()) return []
  if (before.lte(mostOf(limit, equity))) return []
  const reason = `${limit.what} is ${told(before, equity, limit, ' already')}`
  const evidence = { before: ratio(before, equity), max: limit.max }
  return [{ rule: limit.rule, leg: null, verdict: 'warn', multiplier: 1, reason, evidence }]
}

const mostOf = ({ max }: SumLimit, equity: Money): Money => scaled(equity, decimalFromFloat(max + WEIGHT_TOLERANCE))

/** `60.0 % of equity, more than 30.0 %`; a beta has no unit. */
function told(sum: Money, equity: Money, { max, unit }: SumLimit, when = ''): string {
  const share = ratio(sum, equity)
  if (unit === 'beta') return `${share.toFixed(2)}${when}, more than ${max}`
  return `${percentOf(share)} of equity${when}, more than ${percentOf(max)}`
}

const everything = (): boolean => true
