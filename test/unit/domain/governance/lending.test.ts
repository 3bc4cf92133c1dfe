import { describe, expect, it } from 'vitest'
import { groupName, lenderOf, lendingOf, NOTHING_LENT } from '#domain/governance/lending.js'
import { lentRows } from '#domain/optimise/lent-rows.js'
import { byId } from '../../../support/books.js'
import { equity, id, optimiserPolicy } from '../targets/fixtures.js'

const universe = [equity('XOM', { sector: 'Energy' }), equity('CVX', { sector: 'Energy' }), equity('JNJ')]
const scope = { universe, held: byId({ XOM: 0.2 }) }
const rule = (name: string, params: object = {}) => ({ name, params: { ...params } })
const lent = (...rules: readonly ReturnType<typeof rule>[]) => lendingOf(rules, scope)

describe('limits lent to the optimiser', () => {
  it('name the rule each comes from, and the tightest of a kind stands', () => {
    const found = lent(
      rule('position-limit', { max: 0.4 }),
      rule('restricted-list', { noTrade: ['XOM'], requireLocate: false }),
      rule('turnover', { max: 0.3 }),
      rule('sector-concentration', { max: 0.25 }),
      rule('minimum-trade'),
    )
    expect(found.weights).toEqual([
      { lower: -0.4, upper: 0.4, instrument: null, by: 'position-limit' },
      { lower: 0.2, upper: 0.2, instrument: 'XOM', by: 'restricted-list' },
    ])
    expect(found.turnover).toEqual({ most: 0.3, by: 'turnover' })
    expect(found.groups.map((group) => [groupName(group), group.members, group.upper])).toEqual([
      ['sector-concentration:Energy', ['XOM', 'CVX'], 0.25],
      ['sector-concentration:UNKNOWN', ['JNJ'], 0.25],
    ])
    expect(lent(rule('turnover', { max: 0.3 }), rule('turnover', { max: 0.1 })).turnover?.most).toBe(0.1)
    expect(lent(rule('full-moon'))).toEqual(NOTHING_LENT)
  })

  it('are named where they bind and are tighter than the policy’s own', () => {
    const lending = lent(
      rule('position-limit', { max: 0.4 }),
      rule('turnover', { max: 0.3 }),
      rule('gross-net-leverage', { maxGross: 0.9 }),
      rule('sector-concentration'),
    )
    const by = (limit: string, turnover: number | null = null, max = 1) =>
      lenderOf(limit, lending, { ...optimiserPolicy, turnover, bounds: { ...optimiserPolicy.bounds, max } })
    expect(by('upper:XOM')).toBe('position-limit')
    expect(by('upper:XOM', null, 0.4)).toBeNull()
    expect(by('lower:XOM')).toBeNull()
    expect(by('turnover:buys')).toBe('turnover')
    expect(by('turnover:sells', 0.2)).toBeNull()
    expect(by('leverage')).toBe('gross-net-leverage')
    expect(by('group:sector-concentration:Energy')).toBe('sector-concentration')
    expect([by('group:mine'), by('cash:lower'), by('maximumCvar')]).toEqual([null, null, null])
  })
})

describe('the rows they become', () => {
  const room = (lower: number, upper: number) => ({
    instruments: [id('XOM'), id('CVX'), id('JNJ')],
    lower: Float64Array.of(lower, lower, lower),
    upper: Float64Array.of(upper, upper, upper),
    cash: { lower: 0.05, upper: 1 },
  })
  const sectors = lent(rule('sector-concentration', { max: 0.3 }))
  const gross = (maxGross: number) => lent(rule('gross-net-leverage', { maxGross, maxNet: 1, maxLeverage: 1 }))

  it('are those that can bind: not a sector that its bounds keep within the limit', () => {
    expect(lentRows(room(0, 0.2), sectors).groups).toEqual([
      { name: 'sector-concentration:Energy', coefficients: Float64Array.of(1, 1, 0), upper: 0.3 },
    ])
    expect(lentRows(room(0, 0.1), sectors)).toEqual({})
    expect(lentRows(room(-0.2, 0.1), sectors).groups).toEqual([
      { name: 'sector-concentration:Energy', coefficients: Float64Array.of(1, 1, 0), lower: -0.3 },
    ])
  })

  it('are none for gross and net exposure of longs, which cash keeps below one anyway', () => {
    expect(lentRows(room(0, 1), gross(1))).toEqual({})
    expect(lentRows(room(0, 1), gross(0.9))).toEqual({ leverage: 0.9 })
    expect(lentRows(room(-0.5, 1), gross(1))).toMatchObject({ leverage: 1, groups: [{ lower: -1 }] })
  })
})
