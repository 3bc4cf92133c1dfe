import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openBook } from '#domain/book/evolve.js'
import { valuation } from '#domain/book/valuation.js'
import { analyseDrift } from '#domain/drift.js'
import type { MarketView } from '#domain/market.js'
import type { DriftBand } from '#domain/policy.js'
import { Decimal } from '#units/decimal.js'
import { money, price, quantity } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'
import { byId, equity } from '../unit/domain/targets/fixtures.js'

const NAMES = ['A', 'B', 'C', 'D']
const AT = instant(1_600_000_000_000)

/** One name of a market: shares and cents, a target and a band in per mille. */
const name = fc.record({
  shares: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
  cents: fc.constantFrom(100, 250, 500, 1000, 1234),
  target: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 600 })),
  own: fc.option(fc.integer({ min: 5, max: 300 }), { nil: null }),
  stale: fc.boolean(),
})

/** A market in per mille and cents: everything an exact evaluator needs, and nothing else. */
interface Market {
  readonly names: readonly { shares: number; cents: number; target: number; own: number | null; stale: boolean }[]
  readonly cashCents: number
  readonly type: 'absolute' | 'relative'
  readonly band: number
  readonly floor: number
  readonly includeCash: boolean
  readonly anyStale: boolean
}

const rough: fc.Arbitrary<Market> = fc.record({
  names: fc.array(name, { minLength: 4, maxLength: 4 }),
  cashCents: fc.constantFrom(0, 10_000, 25_000, 33_333),
  type: fc.constantFrom('absolute', 'relative'),
  band: fc.constantFrom(50, 100, 250, 7),
  floor: fc.constantFrom(10, 100),
  includeCash: fc.boolean(),
  anyStale: fc.integer({ min: 0, max: 9 }).map((k) => k === 0),
})

/** Equity of 1000, shares of 25, targets and bands in multiples of 2.5 %: gaps often equal the band exactly. */
const round: fc.Arbitrary<Market> = rough.map((given) => {
  const step = (permille: number): number => Math.ceil(permille / 25) * 25
  const names = given.names.map((row) => ({
    ...row,
    cents: 2500,
    target: step(row.target),
    own: row.own === null ? null : step(row.own),
  }))
  return { ...given, names, cashCents: names.reduce((left, { shares }) => left - shares * 2500, 100_000) }
})

const market = fc.oneof(rough, round)

function analysed(given: Market) {
  const at = (index: number): string => NAMES[index]!
  const rows = given.names.map((row, index) => ({ ...row, id: at(index) }))
  const held = rows.filter(({ shares }) => shares > 0)
  const book = {
    ...openBook('USD'),
    accounts: { cash: money(new Decimal(given.cashCents).div(100)) },
    positions: byId(
      Object.fromEntries(
        held.map(({ id, shares }) => {
          const units = quantity(String(shares))
          return [
            id,
            { quantity: units, lots: [{ quantity: units, unitCost: price('1'), opened: sessionDate('2020-01-01') }] },
          ]
        }),
      ),
    ),
  }
  const view: MarketView = {
    at: AT,
    session: sessionDate('2020-09-13'),
    barSize: '1d',
    quotes: byId(
      Object.fromEntries(
        rows.map(({ id, cents, stale }) => [
          id,
          { price: price(new Decimal(cents).div(100)), at: AT, sessionsOld: given.anyStale && stale ? 2 : 0 },
        ]),
      ),
    ),
  }
  const band: DriftBand = {
    type: given.type,
    band: given.band / 1000,
    relativeFloor: given.floor / 1000,
    perInstrument: byId(Object.fromEntries(rows.flatMap(({ id, own }) => (own === null ? [] : [[id, own / 1000]])))),
    includeCash: given.includeCash,
  }
  const specs = byId(Object.fromEntries(NAMES.map((id) => [id, equity(id)])))
  const weights = byId(Object.fromEntries(rows.filter(({ target }) => target > 0).map((r) => [r.id, r.target / 1000])))
  const cash = 1 - Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  return analyseDrift(valuation(book, view, specs), { weights, cash }, band)
}

/** Breached names and frozen holdings by exact integer arithmetic alone: |value·1000 − target·equity| against the band. */
function expected(given: Market): { breached: string[]; frozen: number } {
  const big = (value: number): bigint => BigInt(value)
  const size = (value: bigint): bigint => (value < 0n ? -value : value)
  const values = given.names.map(({ shares, cents }) => big(shares) * big(cents))
  const equityCents = values.reduce((sum, value) => sum + value, big(given.cashCents))
  if (equityCents <= 0n) return { breached: [], frozen: 1 }
  const breached: string[] = []
  let frozen = 0
  const judge = (label: string, value: bigint, target: number, own: number | null): void => {
    const gap = size(value * 1000n - big(target) * equityCents)
    const asRatio = given.type === 'relative' && target !== 0 && Math.abs(target) >= given.floor
    const limit = asRatio
      ? big(own ?? given.band) * big(Math.abs(target)) * equityCents
      : 1000n * big(given.type === 'absolute' ? (own ?? given.band) : 50) * equityCents
    if (gap * 1000n >= limit) breached.push(label)
  }
  given.names.forEach(({ shares, target, own, stale }, index) => {
    if (given.anyStale && stale && shares > 0) frozen += 1
    else judge(NAMES[index]!, values[index]!, target, own)
  })
  const cashTarget = 1000 - given.names.reduce((sum, { target }) => sum + target, 0)
  if (given.includeCash) judge('CASH', big(given.cashCents), cashTarget, null)
  return { breached: breached.sort(), frozen }
}

describe('drift against an exact evaluator that shares no code', () => {
  it('finds the same breaches, ties included, on 5000 random markets', () => {
    const counts = { breaches: 0, quiet: 0, ties: 0, inconclusive: 0 }
    fc.assert(
      fc.property(market, (given) => {
        const analysis = analysed(given)
        const oracle = expected(given)
        expect(analysis.breaches.map(({ instrument }) => instrument as string).sort()).toEqual(oracle.breached)
        expect(analysis.inconclusive).toHaveLength(oracle.frozen)
        counts.breaches += oracle.breached.length
        counts.quiet += analysis.rows.length - oracle.breached.length
        counts.ties += analysis.rows.filter(({ gap, band }) => Math.abs(gap - band) < 1e-12).length
        counts.inconclusive += oracle.frozen > 0 ? 1 : 0
      }),
      { numRuns: 5000 },
    )
    expect(Math.min(counts.breaches, counts.quiet)).toBeGreaterThan(1000)
    expect(counts.ties, 'the generator must make exact ties').toBeGreaterThan(100)
    expect(counts.inconclusive).toBeGreaterThan(100)
  })

  it('orders rows by gap in units of the band', () => {
    fc.assert(
      fc.property(market, (given) => {
        const { rows } = analysed(given)
        for (let i = 1; i < rows.length; i += 1)
          expect(rows[i - 1]!.gap / rows[i - 1]!.band).toBeGreaterThanOrEqual(rows[i]!.gap / rows[i]!.band)
      }),
      { numRuns: 500 },
    )
  })

  it('never breaches less under a narrower band', () => {
    fc.assert(
      fc.property(market, fc.integer({ min: 1, max: 1000 }), (given, permille) => {
        const bare = { ...given, names: given.names.map((row) => ({ ...row, own: null })) }
        const narrow = { ...bare, band: Math.max(1, Math.floor((bare.band * permille) / 1000)) }
        const wide = new Set(analysed(bare).breaches.map(({ instrument }) => instrument))
        const kept = new Set(analysed(narrow).breaches.map(({ instrument }) => instrument))
        for (const instrument of wide) expect(kept).toContain(instrument)
      }),
      { numRuns: 500 },
    )
  })
})
