import { describe, expect, it } from 'vitest'
import { loosened } from '#domain/loosened.js'
import type { ApprovalPolicy, PortfolioPolicy } from '#domain/policy.js'
import { SIZING_TERMS } from '#domain/regime/multiplier.js'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import { instrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import { midnight, sessionDate } from '#units/time.js'
import { regimeByBus } from '../../support/regime-policy.js'
import { policyOf } from './targets/fixtures.js'

const plain = policyOf(['AAA', 'BBB'])
const base: PortfolioPolicy = {
  ...plain,
  optimiser: { ...plain.optimiser, bounds: { ...plain.optimiser.bounds, min: 0, max: 0.25 } },
  governance: [
    { name: 'position-limit', params: { max: 0.3 } },
    { name: 'minimum-trade', params: { minValue: '10' } },
  ],
}
const optimiser = (changes: object): PortfolioPolicy => ({
  ...base,
  optimiser: { ...base.optimiser, ...changes } as PortfolioPolicy['optimiser'],
})
const bounds = (changes: object): PortfolioPolicy => optimiser({ bounds: { ...base.optimiser.bounds, ...changes } })
const names = (before: PortfolioPolicy, after: PortfolioPolicy) =>
  loosened(before, after).map((row) => row.split(' ')[0])

describe('what a changed policy loosens', () => {
  it('is nothing when nothing changed, and nothing when every limit is tightened', () => {
    expect(loosened(base, base)).toEqual([])
    const tight = { ...base, orders: { ...base.orders, collar: base.orders.collar / 2, notAfterMs: 1 } }
    expect(loosened(base, tight)).toEqual([])
    expect(names(tight, base)).toEqual(['orders.collar', 'orders.not_after'])
  })

  it('names each limit with both values', () => {
    const { max } = base.optimiser.bounds
    expect(loosened(base, bounds({ max: max + 0.125 }))).toEqual([`optimiser.bounds.max ${max} -> ${max + 0.125}`])
  })

  it('knows that no turnover limit is the loosest, and the first one tightens', () => {
    expect(names(optimiser({ turnover: 0.2 }), optimiser({ turnover: null }))).toEqual(['optimiser.turnover'])
    expect(names(optimiser({ turnover: null }), optimiser({ turnover: 0.2 }))).toEqual([])
  })

  it("measures an instrument's own bounds against the common ones it had", () => {
    const wide = bounds({ perInstrument: { AAA: [0, 0.99] } })
    expect(names(base, wide)).toEqual(['optimiser.bounds.per_symbol.AAA[1]'])
    expect(names(wide, base)).toEqual([])
    const narrow = bounds({ perInstrument: { AAA: [0, 0.01] } })
    expect(names(narrow, base)).toEqual(['optimiser.bounds.per_symbol.AAA[1]'])
  })

  it('counts a rule left out, a higher max, a lower min, and a parameter it cannot judge', () => {
    const rules = (governance: PortfolioPolicy['governance']): PortfolioPolicy => ({ ...base, governance })
    const [limit, minimum] = base.governance
    expect(loosened(base, rules([limit!]))).toEqual(['governance.rules.minimum-trade left out'])
    expect(names(base, rules([{ name: 'position-limit', params: { max: 0.4 } }, minimum!]))).toEqual([
      'governance.rules.position-limit.max',
    ])
    expect(names(base, rules([limit!, { name: 'minimum-trade', params: { minValue: '9' } }]))).toEqual([
      'governance.rules.minimum-trade.minValue',
    ])
    expect(names(base, rules([{ name: 'position-limit', params: { max: 0.2 } }, minimum!]))).toEqual([])
    const odd = rules([{ name: 'odd', params: { mode: 'strict' } }])
    expect(names(odd, rules([{ name: 'odd', params: { mode: 'lax' } }]))).toEqual(['governance.rules.odd.mode'])
    const capped = rules([{ name: 'odd', params: { maxOrders: 5, minGap: 2 } }])
    const free = rules([{ name: 'odd', params: { maxOrders: null, minGap: null } }])
    expect(names(capped, free)).toEqual(['governance.rules.odd.maxOrders', 'governance.rules.odd.minGap'])
    expect(names(free, capped)).toEqual([])
  })

  it('counts a list or a map of a rule that changed, and a name that moves to another sector', () => {
    const rules = (params: object): PortfolioPolicy => ({
      ...base,
      governance: [{ name: 'restricted-list', params: { ...params } }],
    })
    const [ten, twenty] = [
      rules({ noBuy: ['AAA'], locates: { BBB: '10' } }),
      rules({ noBuy: [], locates: { BBB: '20' } }),
    ]
    expect(loosened(ten, ten)).toEqual([])
    expect(loosened(ten, twenty)).toEqual([
      'governance.rules.restricted-list.locates {"BBB":"10"} -> {"BBB":"20"}',
      'governance.rules.restricted-list.noBuy ["AAA"] -> []',
    ])
    const inSector = (sector?: string): PortfolioPolicy => ({
      ...base,
      universe: base.universe.map((spec) => (sector === undefined ? spec : { ...spec, sector })),
    })
    expect(loosened(inSector('Energy'), inSector('Energy'))).toEqual([])
    expect(loosened(inSector(), inSector('Energy'))[0]).toBe('universe.per_symbol.AAA.sector none -> Energy')
  })

  it('counts plans that waited for people and wait no more, for fewer of them or longer', () => {
    const strict: ApprovalPolicy = {
      ...{ turnover: 0.1, notional: money('5000'), symbols: [instrumentId('AAA')], firstLiveRun: true },
      ...{ approvers: 2, expiresAfterMs: 60_000 },
    }
    const by = (changes: Partial<ApprovalPolicy>): PortfolioPolicy => ({ ...base, approval: { ...strict, ...changes } })
    expect(loosened(by({}), base)).toEqual(['approval left out'])
    expect(loosened(base, by({}))).toEqual([])
    expect(loosened(by({}), by({ turnover: 0.05, notional: money('1'), expiresAfterMs: 1 }))).toEqual([])
    expect(
      loosened(by({}), by({ turnover: 0.2, notional: null, symbols: [], firstLiveRun: false, approvers: 1 })),
    ).toEqual([
      'approval.approvers 2 -> 1',
      'approval.first_live_run true -> false',
      'approval.notional 5000 -> none',
      'approval.symbols AAA left out',
      'approval.turnover 0.1 -> 0.2',
    ])
    expect(names(by({}), by({ expiresAfterMs: 60_001 }))).toEqual(['approval.expires_after'])
  })

  it('counts a name that may be sold short from now on', () => {
    const [first, ...others] = base.universe
    const shortable = { ...base, universe: [{ ...first!, shortable: true }, ...others] }
    expect(loosened(base, shortable)).toEqual([`universe.per_symbol.${first!.id}.shortable false -> true`])
    expect(loosened(shortable, base)).toEqual([])
  })

  it('counts a regime that leaves more of the weights, and one that is asked for no more', () => {
    const asks = { ...base, regime: regimeByBus() }
    const bolder = { ...base, regime: regimeByBus({ multipliers: { ...SIZING_TERMS.multipliers, CHOPPY: 0.8 } }) }
    expect(loosened(base, asks)).toEqual(['regime.multipliers.trending 1 -> 1.2'])
    expect(loosened(asks, bolder)).toEqual(['regime.multipliers.choppy 0.7 -> 0.8'])
    const patient = { ...base, regime: regimeByBus({ maxAgeMs: SIZING_TERMS.maxAgeMs + 1, minConfidence: 0 }) }
    expect(names(asks, patient)).toEqual(['regime.max_age', 'regime.min_confidence'])
    expect(names(patient, asks)).toEqual([])
    expect(names(asks, base)).toEqual([
      'regime.multipliers.choppy',
      'regime.multipliers.mean_reverting',
      'regime.multipliers.quiet_choppy',
    ])
  })

  it('counts a narrower declared spread, a later date of what is declared, and levels of volatility that may be older', () => {
    const declares = (spread: number | null, date: string | null): PortfolioPolicy => ({
      ...base,
      liquidity: {
        declared: { [instrumentId('AAA')]: { adv: '1000', spread } },
        declaredAt: date === null ? null : midnight(sessionDate(date)),
      },
    })
    const before = declares(0.001, '2024-01-02')
    expect(loosened(before, declares(0.002, '2024-01-01'))).toEqual([])
    expect(loosened(before, declares(0.0005, '2024-01-03'))).toEqual([
      'liquidity.declared.AAA.spread 0.001 -> 0.0005',
      'liquidity.declared_on 2024-01-02 -> 2024-01-03',
    ])
    expect(loosened(before, declares(null, null))).toEqual(['liquidity.declared.AAA.spread 0.001 -> none'])
    expect(loosened(declares(0.001, null), before)).toEqual(['liquidity.declared_on none -> 2024-01-02'])
    const sized = (maxAgeMs: number): PortfolioPolicy => ({
      ...base,
      volatility: { ...VOLATILITY_TERMS, maxAgeMs, from: { source: 'bus', channel: 'us' } },
    })
    expect(names(sized(1000), sized(2000))).toEqual(['volatility.max_age'])
    expect(names(sized(2000), sized(1000))).toEqual([])
  })

  it('counts more that is declared to be traded, and a declaration that comes or goes', () => {
    const declares = (rows: Readonly<Record<string, string>> | null): PortfolioPolicy => ({
      ...base,
      ...(rows !== null && {
        liquidity: {
          declared: Object.fromEntries(Object.entries(rows).map(([name, adv]) => [name, { adv, spread: null }])),
          declaredAt: null,
        },
      }),
    })
    expect(loosened(declares({ AAA: '1000' }), declares({ AAA: '900' }))).toEqual([])
    expect(loosened(declares({ AAA: '900' }), declares({ AAA: '1000' }))).toEqual([
      'liquidity.declared.AAA.adv 900 -> 1000',
    ])
    expect(loosened(declares({ AAA: '900' }), declares({}))).toEqual(['liquidity.declared.AAA.adv 900 -> none'])
    expect(loosened(declares({}), declares({ AAA: '900' }))).toEqual(['liquidity.declared.AAA.adv none -> 900'])
    expect(loosened(declares({}), declares(null))).toEqual(['liquidity left out'])
    expect(loosened(declares(null), declares({}))).toEqual([])
  })
})
