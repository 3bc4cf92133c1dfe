// The books and the market of the pulse bench: made of a seed, quantities and policies as an engine would hold them.

import { openBook } from '../../dist/src/domain/book/evolve.js'
import { money, price, quantity } from '../../dist/src/units/money.js'
import { instant } from '../../dist/src/units/time.js'

export const AT = Date.parse('2026-09-10T20:00:00Z')
export const SESSION = '2026-09-10'

/** Numbers in [0, 1) from a seed. */
export function drawing(seed) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

export const instrumentsOf = (count) => Array.from({ length: count }, (_, at) => `N${String(at).padStart(5, '0')}`)

/** What an instrument is. */
export const specOf = (id) => ({
  id,
  class: 'equity',
  currency: 'USD',
  tick: price('0.01'),
  lot: quantity('1'),
  multiplier: '1',
  shortable: false,
  minNotional: money('0'),
  settlementDays: 1,
})

/** A policy with bands of a fifth of each target, a calendar and a cooldown. */
export const policyOf = (id, universe) => ({
  id,
  name: id,
  mode: 'paper',
  gateway: 'paper',
  currency: 'USD',
  initialCash: money('1000000'),
  universe,
  targets: { name: 'fixed', params: {}, cashReserve: 0.01, minWeight: 0.001 },
  optimiser: {
    confidence: 0.95,
    riskAversion: 1,
    returnWeight: 0,
    holdingPeriods: 21,
    bounds: { min: 0, max: 1, cash: [0, 1], perInstrument: {} },
    turnover: null,
    scenarios: { minimum: 12, maximum: 120 },
    tolerance: 1e-8,
    timeoutMs: 1000,
  },
  triggers: {
    drift: { type: 'relative', band: 0.2, relativeFloor: 0.001, perInstrument: {}, includeCash: false },
    calendar: { every: 'monthly', day: 1 },
    cash: { minInvest: money('10') },
    cooldownDays: 7,
    maxRunsPerDay: 1,
  },
  orders: {
    minOrder: money('1'),
    collar: 0.05,
    notAfterMs: 60_000,
    ackTimeoutMs: 5_000,
    fillTimeoutMs: 60_000,
    allowUnsettled: true,
  },
  costs: { name: 'simple', params: {} },
  governance: [],
})

/** Prices of all instruments, to the cent. */
export const basePrices = (names, draw) =>
  Object.fromEntries(names.map((name) => [name, (5 + 200 * draw()).toFixed(2)]))

const quoteOf = (last) => ({ price: last, at: instant(AT), sessionsOld: 0 })

/** A view at these prices. */
export const viewOf = (prices) => ({
  at: instant(AT),
  session: SESSION,
  barSize: '1d',
  quotes: Object.fromEntries(Object.entries(prices).map(([name, text]) => [name, quoteOf(price(text))])),
})

/** A view a second later with a share of the prices (evenly spread) moved by up to half a per cent, the others as they were. */
export function movedView({ at, quotes, ...view }, share, draw) {
  const every = Math.round(1 / share)
  const next = Object.entries(quotes).map(([name, quote], index) => {
    if (index % every !== 0) return [name, quote]
    return [name, quoteOf(price((Number(quote.price) * (0.995 + 0.01 * draw()) + 0.01).toFixed(2)))]
  })
  return { ...view, at: instant(at + 1_000), quotes: Object.fromEntries(next) }
}

/**
 * Portfolios at their targets, nothing pending, each over `holdings` instruments of its own choice. Specs and positions of
 * one size are one object, which saves the bench a gigabyte; what is looked at is as many entries all the same.
 */
export function portfoliosOf({ portfolios, holdings, names, prices, draw }) {
  const specs = new Map(names.map((name) => [name, specOf(name)]))
  const parcels = new Map()
  const held = (units) => {
    const known = parcels.get(units)
    if (known !== undefined) return known
    const parcel = {
      quantity: quantity(units),
      lots: [{ quantity: quantity(units), unitCost: price('50'), opened: '2026-01-02' }],
    }
    parcels.set(units, parcel)
    return parcel
  }
  const states = new Map()
  for (let at = 0; at < portfolios; at += 1) {
    const chosen = new Set()
    while (chosen.size < holdings) chosen.add(names[Math.floor(draw() * names.length)])
    const mine = [...chosen].sort()
    const positions = {}
    const values = {}
    let equity = 10_000
    for (const name of mine) {
      const units = Math.max(1, Math.round(10_000 / Number(prices[name])))
      positions[name] = held(String(units))
      values[name] = units * Number(prices[name])
      equity += values[name]
    }
    const weights = Object.fromEntries(mine.map((name) => [name, values[name] / equity]))
    const id = `P${at}`
    states.set(id, {
      policy: policyOf(
        id,
        mine.map((name) => specs.get(name)),
      ),
      incarnation: 'incarnation1',
      epoch: 1,
      book: { ...openBook('USD'), accounts: { cash: money('10000') }, positions },
      effective: { weights, cash: 10_000 / equity },
      memory: {
        lastViewAt: null,
        calendarPeriod: '2026-09',
        cooldownUntil: null,
        runsToday: null,
        targetsChanged: false,
        depositPending: false,
      },
      runs: 1,
      run: null,
      permissionReason: '',
    })
  }
  return states
}
