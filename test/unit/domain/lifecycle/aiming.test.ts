import { describe, expect, it } from 'vitest'
import { aimed } from '#domain/lifecycle/aiming.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { RunTask } from '#domain/task.js'
import type { TriggerKind } from '#domain/trigger.js'
import { money } from '#units/money.js'
import { freeCosts, type PlanCase, planInput } from '../../../support/books.js'
import { optimiserPolicy, policyOf } from '../targets/fixtures.js'

interface Asked {
  readonly kind?: TriggerKind
  readonly type?: 'full' | 'invest-cash'
  readonly task?: RunTask
}

/** A portfolio that trades to the edge of an absolute band of 0.05, in the middle of a run. */
function during({ kind = 'drift', type = 'full', task }: Asked, changes: Partial<PortfolioPolicy>): PortfolioState {
  const trigger = { kind, ...(task === undefined ? {} : { task }) }
  const policy = policyOf([], { tradeTo: { to: 'band-edge' }, ...changes })
  return { policy, run: { type, trigger } } as unknown as PortfolioState
}

/** 100,000 at 100 a unit, lots of a thousandth: held weights in whole percent, the rest is cash. */
function book(held: Readonly<Record<string, number>>, targets: PlanCase['targets'], cashTarget: number) {
  const invested = Object.values(held).reduce((sum, percent) => sum + percent, 0)
  return planInput({
    cash: String((100 - invested) * 1_000),
    positions: Object.fromEntries(
      Object.entries(held).map(([id, percent]) => [id, [String(percent * 10), '100'] as const]),
    ),
    prices: { AAA: '100', BBB: '100', CCC: '100' },
    targets,
    cashTarget,
    terms: { lot: '0.001', shortable: true },
    orders: { collar: 0, minOrder: money('0') },
    costs: freeCosts,
  })
}

/** Least cash that buys may leave, and the cash the edges come to. */
function cashOf(input: ReturnType<typeof book>, changes: Partial<PortfolioPolicy> = {}) {
  const { input: toward, aim } = aimed(during({}, changes), input)
  return { least: toward.targets.cash, aim: aim!.cash }
}

const targetsWith = (cashReserve: number, name = 'fixed'): Partial<PortfolioPolicy> => ({
  targets: { name, params: {}, cashReserve, minWeight: 0 },
})

describe('cash beside names that stop at their edges', () => {
  /** AAA far above, the others wanted at what is left: selling AAA to its edge brings 10.05 % of cash. */
  const rich = book({ AAA: 55, BBB: 19, CCC: 18 }, { AAA: 0.4, BBB: 0.25, CCC: 0.25 }, 0.1)
  /** AAA far below: buying it to its edge takes more cash than there is. */
  const poor = book({ AAA: 20, BBB: 34, CCC: 34 }, { AAA: 0.4, BBB: 0.25, CCC: 0.25 }, 0.1)

  it('may rise above its target by its band, and no further', () => {
    expect(cashOf(rich).aim).toBeCloseTo(0.1495, 5)
  })

  it('may fall below it by its band, but not below the reserve', () => {
    expect(cashOf(poor)).toEqual({ least: expect.closeTo(0.0505, 12), aim: expect.closeTo(0.0505, 5) })
    expect(cashOf(poor, targetsWith(0.08))).toEqual({ least: 0.08, aim: expect.closeTo(0.08, 5) })
    expect(cashOf(poor, targetsWith(0.2)).least).toBe(0.1)
  })

  it('stays in the range of the optimiser where that has set its target, and only there', () => {
    const optimiser = { ...optimiserPolicy, bounds: { ...optimiserPolicy.bounds, cash: [0.07, 0.12] as const } }
    expect(cashOf(poor, { optimiser, ...targetsWith(0, 'optimised') }).least).toBe(0.07)
    expect(cashOf(rich, { optimiser, ...targetsWith(0, 'optimised') }).aim).toBeCloseTo(0.12, 5)
    expect(cashOf(poor, { optimiser }).least).toBeCloseTo(0.0505, 12)
    expect(cashOf(rich, { optimiser }).aim).toBeCloseTo(0.1495, 5)
  })

  it('keeps what is collateral of shorts that are wanted', () => {
    const short = book({ AAA: 20, BBB: 34 }, { AAA: 0.4, BBB: 0.6, CCC: -0.1 }, 0.1)
    expect(cashOf(short, targetsWith(0.02)).least).toBe(0.1)
    const less = book({ AAA: 20, BBB: 34 }, { AAA: 0.4, BBB: 0.52, CCC: -0.04 }, 0.12)
    expect(cashOf(less, targetsWith(0.05)).least).toBeCloseTo(0.09, 12)
  })
})

describe('what a run trades to', () => {
  const input = book({ AAA: 55, BBB: 19, CCC: 18 }, { AAA: 0.4, BBB: 0.25, CCC: 0.25 }, 0.1)
  const isWhole = (asked: Asked, changes: Partial<PortfolioPolicy> = {}): boolean =>
    aimed(during(asked, changes), input).input === input

  it('is the edges for drift and by hand, and the targets for all others, for whoever asks, and without a band', () => {
    expect([isWhole({}), isWhole({ kind: 'manual' })]).toEqual([false, false])
    for (const kind of ['calendar', 'targets', 'cash', 'risk'] as const) expect(isWhole({ kind }), kind).toBe(true)
    expect(isWhole({ kind: 'manual', task: { type: 'full', to: 'target' } })).toBe(true)
    expect(isWhole({ kind: 'manual', type: 'invest-cash' })).toBe(true)
    expect(isWhole({}, { triggers: { ...policyOf([]).triggers, drift: null } })).toBe(true)
    expect(isWhole({}, { tradeTo: { to: 'optimal', minBenefitRatio: 1 } })).toBe(true)
  })
})
