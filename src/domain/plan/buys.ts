import type { InstrumentId } from '#units/ids.js'
import { greatest, least, type Money, minus, noMoney, noQuantity, type Quantity, total } from '#units/money.js'
import { collateral, shortUnits, tiedUp } from '../book/collateral.js'
import { wholeLots } from '../instrument/registry.js'
import { type Bought, type BuyBudget, type Sized, sizedAt, usedBy } from './budget.js'
import { fitBuys } from './fit.js'
import type { PlanInput } from './input.js'
import { type Intent, smallestOrder } from './intents.js'

/**
 * Sizes buys to a budget in two steps. Shorts are bought back first, with any cash there is, for that takes risk off. The
 * rest opens or adds to long positions, with cash that is nobody's collateral: what the covers leave of the budget, and
 * no more than the budget less the collateral of all shorts and what a cover costs beyond its own. (What a cover sets
 * free is there when it is filled, for the next wave of buys.) A buy through zero is one order, sized in both steps.
 */
export function fitByPurpose(wanted: readonly Intent[], input: PlanInput, budget: BuyBudget): Bought {
  const covers = wanted.flatMap((intent) => coverOf(intent, input))
  if (covers.length === 0) return fitBuys(wanted, input, opening(input, budget, []))
  const covered = fitBuys(
    covers.map(({ cover }) => cover),
    input,
    budget,
  )
  const sized = covered.legs.map((leg) => {
    const { cover } = covers.find((row) => row.cover.instrument === leg.instrument)!
    return sizedAt(cover, leg.quantity, input)
  })
  const opens = wanted.flatMap((intent) => opensOf(intent, covers, sized))
  const opened = fitBuys(opens, input, opening(input, budget, sized))
  const through = new Set(opened.legs.map((leg) => leg.instrument))
  const legs = [...covered.legs.filter((leg) => !through.has(leg.instrument)), ...opened.legs]
  return { legs, skipped: [...covered.skipped, ...opened.skipped] }
}

interface Cover {
  readonly whole: Intent
  readonly cover: Intent
}

/** The part of a buy that buys a short back, where that is an order of its own; none of one that only opens. */
function coverOf(whole: Intent, input: PlanInput): readonly Cover[] {
  const short = shortUnits(input.book, whole.instrument)
  if (short.isZero()) return []
  const cover = { ...whole, quantity: wholeLots(whole.spec, least(short, whole.quantity)) }
  const { leg } = sizedAt(cover, cover.quantity, input)
  return leg.quantity.isZero() || leg.value.lt(smallestOrder(input, whole.spec)) ? [] : [{ whole, cover }]
}

/** What of a buy opens: all of it, what goes beyond its cover, or nothing. */
function opensOf(intent: Intent, covers: readonly Cover[], sized: readonly Sized[]): readonly Intent[] {
  const found = covers.find(({ whole }) => whole === intent)
  if (found === undefined) return [intent]
  const done = sized.find(({ leg }) => leg.instrument === intent.instrument)?.leg.quantity ?? noQuantity
  const rest = minus(intent.quantity, found.cover.quantity)
  if (rest.isZero() || done.lt(found.cover.quantity)) return []
  return [{ ...intent, quantity: rest, covering: done }]
}

function opening(input: PlanInput, { commit, spend }: BuyBudget, covers: readonly Sized[]): BuyBudget {
  const used = usedBy(covers)
  const from = { book: input.book, specs: input.specs, values: input.valuation.values }
  const beyond = total(covers.map((row) => beyondCollateral(row, tiedUpBy(row.leg.instrument, row.leg.quantity))))
  const free = minus(minus(commit, collateral(from, input.policy.orders.allowUnsettled)), beyond)
  return { commit: least(minus(commit, used.commit), greatest(noMoney, free)), spend: minus(spend, used.spend) }

  function tiedUpBy(instrument: InstrumentId, units: Quantity): Money {
    return tiedUp(from, instrument, units)
  }
}

const beyondCollateral = ({ commit }: Sized, own: Money): Money => greatest(noMoney, minus(commit, own))
