import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyseDrift, type DriftRow, widthOf } from '#domain/drift.js'
import { type CashRange, edgeTargets, INSIDE } from '#domain/plan/edge.js'
import type { Leg } from '#domain/plan/plan.js'
import { type PlanInput, planRebalance, planSells } from '#domain/plan/rebalance.js'
import type { DriftBand } from '#domain/policy.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import { encode } from '#units/canonical.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, minus, money, noMoney, plus, ratio, total, worth } from '#units/money.js'
import { byId, freeCosts } from '../support/books.js'
import { CASES, inputOf, inputs, missed, NAMES, signed, type World, worlds } from './plan-worlds.js'

const bands: fc.Arbitrary<DriftBand> = fc.record({
  type: fc.constantFrom('absolute', 'relative'),
  band: fc.constantFrom(0.005, 0.02, 0.05, 0.25, 0.4),
  relativeFloor: fc.constantFrom(0.01, 0.2),
  perInstrument: fc.constantFrom(byId({}), byId({ AAA: 0.01, DDD: 0.3 })),
  includeCash: fc.boolean(),
})

/** How much less and more cash than the targets keep there may be. */
const slacks = fc.tuple(fc.constantFrom(0, 0.001, 0.03, 1), fc.constantFrom(0, 0.001, 0.03, 1))
type Slack = readonly [number, number]

const rangeOf = ({ targets: { cash } }: PlanInput, [less, more]: Slack): CashRange => [cash - less, cash + more]

/** A trade of one name as the edges ask for it. */
interface Move {
  readonly row: DriftRow
  readonly instrument: InstrumentId
  readonly aim: number
  readonly width: number
  /** Weight of one lot: a band narrower than that cannot always be kept. */
  readonly lot: number
}

/** Every name that may be traded, with where it is to go. */
function movesOf(input: PlanInput, band: DriftBand, aim: TargetSet): readonly Move[] {
  return analyseDrift(input.valuation, input.targets, band).rows.flatMap((row) => {
    const instrument = row.instrument as InstrumentId
    if (row.instrument === 'CASH' || input.view.quotes[instrument]!.sessionsOld > 1) return []
    const width = widthOf(row.target, band, instrument)
    const lot = ratio(worth(input.specs[instrument]!.lot, input.view.quotes[instrument]!.price), input.valuation.equity)
    return [{ row, instrument, aim: aim.weights[instrument] ?? 0, width, lot }]
  })
}

const distance = ({ row, aim }: Move): number => Math.abs(aim - row.target)

/** A book, a band and a range of cash, and the edges they lead to. */
const cases = fc.tuple(inputs, bands, slacks).map(([input, band, slack]) => {
  const range = rangeOf(input, slack)
  return { input, band, range, aim: edgeTargets(input, band, range) }
})

describe('trading to the edge of the bands', () => {
  it('leaves no name it trades beyond its edge, and takes none past its target', () => {
    fc.assert(
      fc.property(cases, ({ input, band, aim }) => {
        for (const move of movesOf(input, band, aim)) {
          const { row, aim: to, width, lot } = move
          const far = lot < width ? width : lot + 1e-9
          expect(to).toBeGreaterThanOrEqual(Math.min(row.held, row.target))
          expect(to).toBeLessThanOrEqual(Math.max(row.held, row.target))
          if (to !== row.held) expect(distance(move)).toBeLessThanOrEqual(far)
          if (row.breached && to !== row.held) expect(distance(move)).toBeLessThan(far)
        }
      }),
      CASES,
    )
  })

  it('leaves what is inside its band alone, but for what cash needs or has too much of', () => {
    fc.assert(
      fc.property(cases, ({ input, band, range: [least, most], aim }) => {
        const moves = movesOf(input, band, aim)
        let cash = 1 - Object.values(input.valuation.weights).reduce((sum, weight) => sum + weight, 0)
        for (const { row, width } of moves)
          if (row.breached) {
            const edge = row.target === 0 ? 0 : INSIDE * width
            cash += row.held - (row.target + Math.sign(row.held - row.target) * edge)
          }
        for (const { row, aim: to } of moves.filter((move) => !move.row.breached && move.aim !== move.row.held)) {
          if (to < row.held) expect(cash).toBeLessThan(least + 1e-12)
          else expect(cash).toBeGreaterThan(most - 1e-12)
        }
      }),
      CASES,
    )
  })

  it('closes the budget, and trades no more than going to the targets would, on either side', () => {
    fc.assert(
      fc.property(cases, ({ input, band, aim }) => {
        const sum = Object.values(aim.weights).reduce((all, weight) => all + weight, aim.cash)
        expect(Math.abs(sum - 1)).toBeLessThan(1e-9)
        for (const side of [1, -1]) {
          const moves = movesOf(input, band, aim)
          const far = (to: (move: Move) => number) =>
            moves.reduce((all, move) => all + Math.max(0, side * (to(move) - move.row.held)), 0)
          expect(far((move) => move.aim)).toBeLessThanOrEqual(far((move) => move.row.target) + 1e-12)
        }
        const [edge, whole] = [planSells({ ...input, targets: aim }), planSells(input)]
        const sold = ({ legs }: typeof edge) => total(legs.map((leg) => leg.value))
        expect(sold(edge).lte(sold(whole).plus(input.valuation.equity.times('1e-9')))).toBe(true)
      }),
      CASES,
    )
  })

  it('never widens L1 drift from the targets, cash counted, at plan prices before costs', () => {
    fc.assert(
      fc.property(cases, ({ input, aim }) => {
        const { legs } = planRebalance({ ...input, targets: aim })
        const slack = input.valuation.equity.times('2.1e-9')
        expect(missed(input, legs).lte(missed(input, []).plus(slack))).toBe(true)
      }),
      CASES,
    )
  })

  it('is the same, byte for byte, whatever order the instruments come in', () => {
    fc.assert(
      fc.property(
        fc.tuple(worlds, bands, slacks, fc.shuffledSubarray([...NAMES], { minLength: 5 })),
        ([world, band, slack, order]) => {
          const [one, other] = [inputOf(world), inputOf(world, order)]
          const aimOf = (input: PlanInput) => edgeTargets(input, band, rangeOf(input, slack))
          expect(encode(aimOf(other))).toBe(encode(aimOf(one)))
        },
      ),
      CASES,
    )
  })
})

/** A world without what keeps a plan from its aims: long only, fine lots, no least order, no costs, all prices current. */
function fine(world: World): PlanInput {
  const positive = (values: Record<string, number>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Math.abs(value)]))
  const input = inputOf({
    ...world,
    ...{ held: positive(world.held), shares: positive(world.shares), old: noneOld },
    ...{ lot: '0.001', shortable: false, collar: 0, minOrder: '0', minNotional: '0', allowUnsettled: true },
  })
  return { ...input, policy: { ...input.policy, costs: freeCosts } }
}
const noneOld: World['old'] = Object.fromEntries(NAMES.map((name) => [name, 0]))

/** The book after legs have been filled at plan prices. */
function filled(input: PlanInput, legs: readonly Leg[]): PlanInput['valuation'] {
  const { equity, values, cash } = input.valuation
  const weights: Record<InstrumentId, number> = {}
  const held: Record<InstrumentId, Money> = {}
  for (const id of NAMES as readonly string[] as readonly InstrumentId[]) {
    const moves = legs.filter((leg) => leg.instrument === id).map((leg) => money(signed(leg)))
    const value = plus(values[id] ?? noMoney, total(moves))
    held[id] = value
    weights[id] = ratio(value, equity)
  }
  const left = minus(cash, total(legs.map((leg) => money(signed(leg)))))
  return { ...input.valuation, values: held, weights, cash: left, cashWeight: ratio(left, equity) }
}

describe('right after trading to the edge', () => {
  const settled = fc
    .tuple(worlds.map(fine), bands, fc.tuple(fc.constantFrom(0, 0.01, 0.05), fc.constantFrom(0, 0.01, 0.05, 1)))
    .filter(([input]) => input.valuation.equity.gt(50_000))

  it('no name is past its band at plan prices, and cash is in its range', () => {
    fc.assert(
      fc.property(settled, ([input, band, slack]) => {
        const [low, most] = rangeOf(input, slack)
        const least = Math.max(0, low)
        const aim = edgeTargets(input, band, [least, most])
        const valued = filled(input, planRebalance({ ...input, targets: aim }).legs)
        const { breaches } = analyseDrift(valued, input.targets, { ...band, includeCash: false })
        expect(breaches).toEqual([])
        const lots = 5 * 0.001 * 300 // of five names, in money
        const rest = lots / input.valuation.equity.toNumber() + 1e-9
        expect(valued.cashWeight).toBeGreaterThanOrEqual(least - rest)
        expect(valued.cashWeight).toBeLessThanOrEqual(most + rest)
      }),
      CASES,
    )
  })

  it('a second look trades nothing more', () => {
    fc.assert(
      fc.property(settled, ([input, band, slack]) => {
        const [low, most] = rangeOf(input, slack)
        const range: CashRange = [Math.max(0, low), most]
        const { legs } = planRebalance({ ...input, targets: edgeTargets(input, band, range) })
        const valuation = filled(input, legs)
        const again = edgeTargets({ ...input, valuation }, band, range)
        const rest = (10 * 0.001 * 300) / input.valuation.equity.toNumber() + 1e-9
        const moved = NAMES.reduce((sum, name) => {
          const id = name as InstrumentId
          return sum + Math.abs((again.weights[id] ?? 0) - (valuation.weights[id] ?? 0))
        }, 0)
        expect(moved).toBeLessThanOrEqual(rest)
      }),
      CASES,
    )
  })
})
