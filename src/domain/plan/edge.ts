import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { ratio, worth } from '#units/money.js'
import { analyseDrift, type DriftRow, widthOf } from '../drift.js'
import { multiplierOf } from '../instrument/registry.js'
import type { DriftBand } from '../policy.js'
import type { TargetSet } from '../targets/target-set.js'
import type { PlanInput } from './input.js'
import { smallestOrder, tradable } from './intents.js'
import { waterLevel } from './water-fill.js'

/** Least and most cash, fractions of equity; the targets' own cash lies between. */
export type CashRange = readonly [least: number, most: number]

/** The part of a band that counts as its edge: the band itself breaches, and what trading costs makes every weight a little larger. */
export const INSIDE = 0.99
/** Slack of whole lots in float64, in lots. */
const ROUNDING = 1e-9
/** Weight beyond whole lots, or the plan's rounding toward zero would lose the last of them. */
const PAD = 1e-12

/** A name that may be traded, on its way from the weight held to its target. */
interface Way {
  readonly instrument: InstrumentId
  readonly held: number
  readonly target: number
  /** 1 above the target, −1 below. */
  readonly side: number
  /** |held − target|. */
  readonly gap: number
  readonly breached: boolean
  /** How far from the target is as far as the band allows. */
  readonly edge: number
  /** How far from the target it is to be. */
  readonly left: number
}

/**
 * What a plan trades to when what is past its band is to go no further than to the edge of it.
 *
 * - A name past its band (see `analyseDrift`: absolute, relative, its own, below the relative floor) goes to its edge, 0.99 of
 *   the band away from its target on the side where it is. One without a target goes altogether: nobody wants a rest of it.
 * - The others stay as they are, and cash takes or gives the difference, between `least` and `most`.
 * - Where cash would leave that range the bands close on one side: with too little cash, whatever is above its target
 *   comes to θ of its edge, with the largest θ ≤ 1 that leaves `least`; with too much, whatever is below. So the names nearest
 *   to a breach move first and no more than has to be is traded. θ = 0 are the targets, whose cash lies in the range.
 *
 * Hence no name passes its target or ends beyond its edge, and every trade is part of the one that goes to the target.
 *
 * Units   weights are fractions of equity; weights and cash sum to 1. What moves goes whole lots and at least the smallest order, up to its
 *         target: rounding toward zero would leave it, or cash, beyond its edge.
 * Edges   what may not be traded keeps its weight, and cash may then miss its range. Equity ≤ 0: the targets.
 * Errors  none: total on every input. Cost O(n log n).
 * Source  design domain.md section 2; ADR 0034.
 */
export function edgeTargets(input: PlanInput, band: DriftBand, [least, most]: CashRange): TargetSet {
  const { valuation, targets } = input
  if (!valuation.equity.gt(0)) return targets
  const ways = waysOf(input, band)
  const settled: Record<InstrumentId, number> = { ...valuation.weights }
  for (const { instrument, target, side, left } of ways) settled[instrument] = target + side * left
  const cash = cashBeside(settled)
  const closed = ways.map(closing(ways, { above: least - cash, below: cash - most }))
  const weights: Record<InstrumentId, number> = { ...valuation.weights }
  for (const way of closed) weights[way.instrument] = aimOf(way, input)
  return { weights, cash: cashBeside(weights) }
}

function waysOf(input: PlanInput, band: DriftBand): readonly Way[] {
  const { rows } = analyseDrift(input.valuation, input.targets, band)
  const named = rows.filter((row): row is DriftRow & { instrument: InstrumentId } => row.instrument !== 'CASH')
  return named
    .filter(({ instrument }) => 'spec' in tradable(input, instrument))
    .map(({ instrument, held, target, breached }): Way => {
      const gap = Math.abs(held - target)
      const edge = INSIDE * widthOf(target, band, instrument)
      const left = breached ? Math.min(gap, target === 0 ? 0 : edge) : gap
      return { instrument, held, target, side: held > target ? 1 : -1, gap, breached, edge, left }
    })
}

/** Brings the names on one side of their targets nearer to them, by what cash lacks or has too much of. */
function closing(ways: readonly Way[], missing: { readonly above: number; readonly below: number }): (way: Way) => Way {
  const sides = [
    { side: 1, amount: missing.above },
    { side: -1, amount: missing.below },
  ]
  const short = sides.find(({ amount }) => amount > 0)
  if (short === undefined) return (way) => way
  const movable = ways.filter(({ side, left }) => side === short.side && left > 0)
  // Σ max(0, left − θ·edge) falls with θ; in φ = −θ it is the filling of vessels.
  const vessels = movable.map(({ edge, left }) => ({
    slope: decimalFromFloat(edge),
    offset: decimalFromFloat(left).negated(),
  }))
  const share = waterLevel(vessels, decimalFromFloat(short.amount), decimalFromFloat(0)).negated().toNumber()
  return (way) => (way.side === short.side ? { ...way, left: Math.min(way.left, share * way.edge) } : way)
}

/** The weight a name is to have, in whole lots where it must not fall short. */
function aimOf(way: Way, input: PlanInput): number {
  const { instrument, held, target, side, gap, left } = way
  if (left >= gap) return held
  if (left <= 0) return target
  const terms = tradable(input, instrument)
  const wanted = target + side * left
  if ('why' in terms) return wanted
  const { spec, arrival } = terms
  const { equity } = input.valuation
  const lot = ratio(worth(spec.lot, arrival, multiplierOf(spec)), equity)
  const smallest = ratio(smallestOrder(input, spec), equity)
  const most = Math.floor(gap / lot + ROUNDING)
  const lots = Math.min(most, Math.ceil(Math.max(gap - left, smallest) / lot - ROUNDING))
  if (lots <= 0) return wanted
  const moved = lots * lot + PAD
  return moved < gap ? held - side * moved : target
}

/** What weights leave of 1, summed in the order of names. */
function cashBeside(weights: Readonly<Record<InstrumentId, number>>): number {
  let invested = 0
  for (const instrument of Object.keys(weights).sort() as InstrumentId[]) invested += weights[instrument] ?? 0
  return 1 - invested
}
