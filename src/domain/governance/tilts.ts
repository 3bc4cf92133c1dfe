import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, noMoney, plus, scaled, total } from '#units/money.js'
import { type Move, movesOf } from './moves.js'
import type { RuleContext } from './rule.js'
import type { Load } from './states.js'

/**
 * The loads of a sum of exposures, each times a weight of its name that may be below zero: of what is held in a factor. As
 * {@link loadsOf}: what takes a holding toward zero is never cut, so it counts where it raises the sum, and is credited where it
 * lowers it only if the sells are done before the buys are judged again. Exact: the sum is largest at an end of each leg.
 * Units money at plan prices. Cost O(legs + holdings).
 */
export function tiltLoads(context: RuleContext, weightOf: (instrument: InstrumentId) => number): readonly Load[] {
  const { moves, holdings } = movesOf(context)
  const weighted = (instrument: InstrumentId, exposure: Money): Money =>
    scaled(exposure, decimalFromFloat(weightOf(instrument)))
  const change = ({ leg }: Move, exposure: Money): Money =>
    weighted(leg.instrument, leg.side === 'buy' ? exposure : scaled(exposure, MINUS_ONE))
  const raised = (some: readonly Move[], part: 'reduces' | 'opens'): Money =>
    total(some.map((move) => greatest(noMoney, change(move, move[part]))))
  const adding = (some: readonly Move[]): Load['adding'] =>
    some.flatMap((move) => {
      const adds = change(move, move.opens)
      const unpriced = move.doubt !== '' && move.reduces.isZero()
      return adds.gt(noMoney) || unpriced ? [{ move, adds, cut: move.opens }] : []
    })
  const before = total(holdings.map(({ instrument, exposure }) => weighted(instrument, exposure)))
  if (!context.occasion.sellsFirst)
    return [{ before, base: plus(before, raised(moves, 'reduces')), adding: adding(moves) }]
  const sells = moves.filter(({ leg }) => leg.side === 'sell')
  const buys = moves.filter(({ leg }) => leg.side === 'buy')
  const sold = sells.map((move) => {
    const freed = change(move, move.frees)
    return freed.lt(noMoney) ? freed : greatest(noMoney, change(move, move.reduces))
  })
  const base = total([before, ...sold, raised(sells, 'opens'), raised(buys, 'reduces')])
  return [
    { before, base: plus(before, raised(sells, 'reduces')), adding: adding(sells) },
    { before, base, adding: adding(buys) },
  ]
}

const MINUS_ONE = decimalFromFloat(-1)
