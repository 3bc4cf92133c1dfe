import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cashOf } from '#domain/book/book.js'
import { planInvestCash } from '#domain/plan/invest-cash.js'
import type { Leg, Plan } from '#domain/plan/plan.js'
import { type PlanInput, planBuys, planRebalance, planSells } from '#domain/plan/rebalance.js'
import { reservationFor } from '#domain/plan/reservation.js'
import { encode } from '#units/canonical.js'
import { Decimal, decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, money, noMoney, total } from '#units/money.js'
import {
  CASES,
  ceilings,
  freely,
  inputOf,
  inputs,
  missed,
  NAMES,
  openingShare,
  reserved,
  signed,
  tied,
  worlds,
} from './plan-worlds.js'

/** Every planner, with what it may commit. */
const planners: Readonly<Record<string, (input: PlanInput, available: Money) => Plan>> = {
  'the rebalance': (input) => planRebalance(input),
  'the sells': (input) => planSells(input),
  'the buys': (input, available) => planBuys({ ...input, available, exclude: new Set() }),
  'the investment of cash': (input, available) => planInvestCash({ ...input, available }),
}

describe.each(Object.entries(planners))('%s', (_name, planned) => {
  it('never widens L1 drift, cash counted, at plan prices before costs', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        const plan = planned(input, available)
        const slack = input.valuation.equity.times('2.1e-9') // the tolerance of the targets' budget, there and back
        expect(missed(input, plan.legs).lte(missed(input, []).plus(slack))).toBe(true)
      }),
      CASES,
    )
  })

  it('never passes a target', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        for (const leg of planned(input, available).legs) {
          const goal = input.valuation.equity.times(decimalFromFloat(input.targets.weights[leg.instrument] ?? 0))
          const gap = goal.minus(input.valuation.values[leg.instrument] ?? noMoney)
          expect(signed(leg).div(gap).lte('1.000000000000001')).toBe(true)
          expect(signed(leg).div(gap).gt(0)).toBe(true)
        }
      }),
      CASES,
    )
  })

  it('trades whole lots worth at least the smallest order, at limits on the tick inside the collar', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        for (const leg of planned(input, available).legs) {
          const spec = input.specs[leg.instrument]!
          expect(leg.quantity.gt(0) && leg.quantity.mod(spec.lot).isZero()).toBe(true)
          expect(leg.value.gte(greatest(input.policy.orders.minOrder, spec.minNotional))).toBe(true)
          expect(leg.limit.mod(spec.tick).isZero() && leg.limit.gt(0)).toBe(true)
          const away = leg.limit.minus(leg.arrival).times(leg.side === 'buy' ? 1 : -1)
          expect(away.lte(leg.arrival.times(decimalFromFloat(input.policy.orders.collar)))).toBe(true)
        }
      }),
      CASES,
    )
  })

  it('sells before it buys, the larger first, and trades nothing frozen', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        const { legs } = planned(input, available)
        for (const [index, leg] of legs.entries()) {
          expect(input.view.quotes[leg.instrument]!.sessionsOld).toBeLessThanOrEqual(1)
          const next = legs[index + 1]
          if (next === undefined) continue
          expect(leg.side === 'buy' && next.side === 'sell').toBe(false)
          if (leg.side === next.side) expect(leg.value.gte(next.value)).toBe(true)
        }
      }),
      CASES,
    )
  })

  it('is the same plan, byte for byte, whatever order the universe is written in', () => {
    fc.assert(
      fc.property(worlds, ceilings, fc.shuffledSubarray([...NAMES], { minLength: 5 }), (world, available, order) => {
        const plan = planned(inputOf(world), available)
        expect(encode(planned(inputOf(world, order), available))).toBe(encode(plan))
      }),
      CASES,
    )
  })

  it('opens or deepens a short only where that is allowed', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        for (const leg of planned(input, available).legs) {
          if (leg.side === 'buy' || input.specs[leg.instrument]!.shortable) continue
          expect(leg.quantity.lte(input.book.positions[leg.instrument]!.quantity)).toBe(true)
        }
      }),
      CASES,
    )
  })
})

/** What the sales of longs bring that buys may be promised. */
const proceedsOf = (input: PlanInput, legs: readonly Leg[]): Money =>
  total(
    legs.map((leg) => {
      const long = Decimal.max(0, input.book.positions[leg.instrument]?.quantity ?? 0)
      const sold = leg.side === 'sell' && input.policy.orders.allowUnsettled
      return sold ? money(Decimal.min(long, leg.quantity).times(leg.arrival)) : noMoney
    }),
  )

describe('commitments', () => {
  it('of re-planned buys and of invested cash never exceed what is available', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        for (const name of ['the buys', 'the investment of cash']) {
          const use = reserved(input, planners[name]!(input, available))
          expect(use.lte(available) || use.isZero()).toBe(true)
        }
      }),
      CASES,
    )
  })

  it('of what opens longs never touch the collateral of shorts', () => {
    let beside = 0
    fc.assert(
      fc.property(inputs, ceilings, (input, ceiling) => {
        for (const available of [freely(input), Decimal.min(ceiling, freely(input)) as Money])
          for (const name of ['the rebalance', 'the buys', 'the investment of cash']) {
            const { legs } = planners[name]!(input, available)
            const buys = legs.filter(({ side }) => side === 'buy')
            const opening = buys.map((leg) => {
              const spec = input.specs[leg.instrument]!
              return money(reservationFor(leg, spec, input.policy.costs).times(openingShare(input, leg)))
            })
            const brought = name === 'the rebalance' ? proceedsOf(input, legs) : noMoney
            const own = Decimal.max(0, freely(input).plus(brought).minus(tied(input)))
            expect(total(opening).lte(own.plus('1e-18'))).toBe(true)
            if (tied(input).gt(0) && total(opening).gt(0)) beside += 1
          }
      }),
      CASES,
    )
    expect(beside).toBeGreaterThan(0)
  })

  it('of a rebalance never exceed cash and the proceeds of closing sales, less the costs of selling', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plan = planRebalance(input)
        const sells = plan.legs.filter((leg) => leg.side === 'sell')
        const cash = freely(input).plus(proceedsOf(input, sells))
        const use = reserved(input, plan)
        expect(use.lte(cash.minus(total(sells.map((leg) => leg.cost.total)))) || use.isZero()).toBe(true)
      }),
      CASES,
    )
  })
})

describe('buys cut to the cash there is', () => {
  it('are cut by the same share, but for a lot each: what covers shorts, and after it what opens longs', () => {
    fc.assert(
      fc.property(inputs, ceilings, (input, available) => {
        const small = { ...input, policy: { ...input.policy, orders: { ...input.policy.orders, minOrder: noMoney } } }
        const exclude = new Set<InstrumentId>()
        const free = { ...small.book, accounts: { ...small.book.accounts, cash: money('1e12') } }
        const full = planBuys({ ...small, book: free, available: money('1e12'), exclude }).legs
        const plan = planBuys({ ...small, available, exclude })
        fc.pre(!plan.skipped.some((leg) => leg.reason === 'no_cash'))
        for (const part of [0, 1]) {
          const alike = full.filter((wanted) => openingShare(input, wanted).eq(part))
          const shares = alike.map((wanted) => {
            const { lot } = input.specs[wanted.instrument]!
            const got = plan.legs.find((leg) => leg.id === wanted.id)!.quantity
            return { from: got.minus(lot).div(wanted.quantity), to: got.plus(lot).div(wanted.quantity) }
          })
          for (const a of shares) for (const b of shares) expect(a.from.lte(b.to)).toBe(true)
        }
      }),
      CASES,
    )
  })
})

describe('investing cash', () => {
  it('only buys, and uses the cash up but for a lot each when no buy is left out', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const available = greatest(noMoney, money(freely(input).minus(tied(input))))
        const plan = planInvestCash({ ...input, available })
        expect(plan.legs.every((leg) => leg.side === 'buy')).toBe(true)
        fc.pre(plan.legs.length > 0 && !plan.skipped.some((leg) => leg.reason === 'no_cash'))
        const full = plan.legs.every((leg) => {
          const goal = input.valuation.equity.times(decimalFromFloat(leg.targetWeight))
          const missing = goal.minus(input.valuation.values[leg.instrument] ?? 0).minus(leg.value)
          return missing.lt(input.specs[leg.instrument]!.lot.times(leg.arrival))
        })
        const kept = input.valuation.equity.times(decimalFromFloat(input.targets.cash))
        const lots = total(
          plan.legs.map((leg) => money(input.specs[leg.instrument]!.lot.times(leg.limit).times('1.01'))),
        )
        const spare = Decimal.min(
          available.minus(reserved(input, plan)),
          cashOf(input.book)
            .minus(kept)
            .minus(total(plan.legs.map((leg) => leg.value))),
        )
        expect(full || spare.lte(lots.plus(input.valuation.equity.times('1e-8')))).toBe(true)
      }),
      CASES,
    )
  })
})
