import type { InstrumentSpec } from '#domain/instrument/spec.js'
import type { ApprovalPolicy, PortfolioPolicy, RegimePolicy, TradeTo, VolatilityPolicy } from '#domain/policy.js'
import { SIZING_TERMS } from '#domain/regime/multiplier.js'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { Chance } from './chance.js'
import { lossRules } from './losses.js'
import { NAMES } from './prices.js'
import { rulesFor, sectorIn } from './rules.js'
import { hasVolumes, liquidityIn, volumeRules } from './volumes.js'

/** The portfolios of every history; they share their instruments. */
export const PORTFOLIOS: readonly PortfolioId[] = ['core', 'satellite'].map(portfolioId)

/** Deadlines of the simulated portfolios, short, so that a history meets each of them. */
export const DEADLINES = {
  ackMs: 2_000,
  fillMs: 12_000,
  notAfterMs: [4_000, 15_000],
  solveMs: 2_000,
  approvalMs: [6_000, 20_000],
} as const

const specOf = (id: InstrumentSpec['id'], shortable: boolean): InstrumentSpec => ({
  ...{ id, class: 'equity', currency: 'USD', multiplier: '1', shortable, settlementDays: 1 },
  tick: price('0.01'),
  lot: quantity('1'),
  minNotional: money('0'),
})

/** What starts a run on drift: a gap from target of so much. */
export const BAND = 0.01

/** The policy of a portfolio; each variant of a seed wants other weights, so that adopting one makes a run. */
export function policyFor(seed: number, id: PortfolioId, variant: number): PortfolioPolicy {
  const standing = new Chance(seed, `policy ${id}`)
  const chance = new Chance(seed, `policy ${id} ${variant}`)
  const drawn = standing.pick(['fixed', 'fixed', 'inverse-volatility', 'optimised'])
  const shorts = mayShort(seed, id)
  const source = shorts ? 'fixed' : drawn
  const rules = rulesFor(seed, id, variant)
  const cash = money(String(standing.whole(50, 2_000) * 1_000))
  return {
    id,
    name: `${id} ${variant}`,
    ...{ mode: 'paper', gateway: 'paper', currency: 'USD' },
    initialCash: cash,
    universe: NAMES.map((name) => ({ ...specOf(name, shorts), ...sectorIn(rules, name) })),
    targets: {
      name: source,
      params: source === 'fixed' ? modelOf(chance, shorts) : {},
      cashReserve: 0.02,
      minWeight: 0.001,
    },
    optimiser: {
      ...{ confidence: 0.9, riskAversion: 1, returnWeight: 0, holdingPeriods: 21, turnover: null, tolerance: 1e-8 },
      bounds: { min: shorts ? -0.4 : 0, max: chance.pick([0.4, 0.6]), cash: [0.01, 0.1], perInstrument: {} },
      scenarios: { minimum: 4, maximum: 10 },
      timeoutMs: DEADLINES.solveMs,
    },
    triggers: {
      drift: { type: 'absolute', band: BAND, relativeFloor: 0.01, perInstrument: {}, includeCash: false },
      calendar: null,
      cash: { minInvest: money('1000') },
      cooldownDays: 0,
      maxRunsPerDay: 3,
    },
    ...farOf(seed, id, source),
    orders: {
      minOrder: money('1'),
      collar: chance.pick([0.01, 0.03]),
      notAfterMs: chance.pick(DEADLINES.notAfterMs),
      ackTimeoutMs: DEADLINES.ackMs,
      fillTimeoutMs: DEADLINES.fillMs,
      allowUnsettled: true,
    },
    costs: { name: 'simple', params: {} },
    governance: [
      ...rules,
      ...lossRules(seed, id),
      ...(hasRegimes(seed) ? [{ name: 'regime-sizing', params: {} }] : []),
      ...(hasVolatility(seed) ? [{ name: 'volatility-regime', params: {} }] : []),
      ...(hasVolumes(seed) ? volumeRules(seed) : []),
    ],
    ...(hasVolumes(seed) && { liquidity: liquidityIn(seed) }),
    ...(hasRegimes(seed) && { regime: REGIME }),
    ...(hasVolatility(seed) && { volatility: VOLATILITY }),
    ...(hasApprovals(seed) && { approval: approvalFor(new Chance(seed, `approval ${id}`)) }),
  }
}

/** Every third portfolio goes to the edge of its bands only, or, of those that are optimised, half as far as it pays. */
function farOf(seed: number, id: PortfolioId, source: string): { readonly tradeTo?: TradeTo } {
  const chance = new Chance(seed, `trade to ${id}`)
  const [less, asItPays] = [chance.is(1 / 3), chance.is(0.5)]
  if (!less) return {}
  return {
    tradeTo:
      source === 'optimised' && asItPays
        ? { to: 'optimal', minBenefitRatio: chance.pick([1, 100, 1_000]) }
        : { to: 'band-edge' },
  }
}

/** Where detectors speak in a history. */
export const CHANNEL = 'us'

/** Readings last so short that a history meets their end. */
const REGIME: RegimePolicy = { ...SIZING_TERMS, from: { source: 'bus', channel: CHANNEL }, maxAgeMs: 25_000 }

/** Whether portfolios ask what kind of market it is in a history: in one of five, of every kind. */
export const hasRegimes = (seed: number): boolean => seed % 5 === 3

/** Levels are good for so short a time that a history meets their end. */
const VOLATILITY: VolatilityPolicy = {
  ...VOLATILITY_TERMS,
  from: { source: 'bus', channel: CHANNEL },
  maxAgeMs: 25_000,
}

/** Whether weights are sized by a volatility index in a history: in two of ten, of every kind, in one of them beside the regime. */
export const hasVolatility = (seed: number): boolean => seed % 10 === 6 || seed % 10 === 8

/** Whether people must approve plans in a history: in two of seven, of every kind. */
export const hasApprovals = (seed: number): boolean => seed % 7 === 2 || seed % 7 === 5

/** Which plans wait for whom: most of them, some for two people. */
const approvalFor = (chance: Chance): ApprovalPolicy => ({
  turnover: chance.pick([0, 0.02, null]),
  notional: chance.pick([money('0'), money('40000'), null]),
  symbols: chance.pick([[], [NAMES[0]!]]),
  firstLiveRun: false,
  approvers: chance.pick([1, 1, 2]),
  expiresAfterMs: chance.pick(DEADLINES.approvalMs),
})

/** Whether a portfolio may sell short: in one of ten histories, one of the two. */
export const mayShort = (seed: number, id: PortfolioId): boolean => seed % 10 === 4 && id === PORTFOLIOS[1]

/**
 * A model in hundredths. One that sells short has one or two shorts and scales the rest: to what can be reached, or to more
 * than cash beside what the shorts were sold for will buy.
 */
function modelOf(
  chance: Chance,
  shorts: boolean,
): { readonly weights: Readonly<Record<string, number>>; cash: number } {
  const weights = weightsOf(chance)
  if (!shorts) return { weights, cash: 0.04 }
  const short = new Set([chance.pick(NAMES), chance.pick(NAMES)])
  const scale = chance.pick([75, 100, 125])
  const parts = NAMES.map((name) => (short.has(name) ? -chance.whole(5, 25) : Math.floor(scale * (weights[name] ?? 0))))
  const cash = (100 - parts.reduce((sum, part) => sum + part, 0)) / 100
  return { weights: Object.fromEntries(NAMES.map((name, place) => [name, parts[place]! / 100])), cash }
}

/** Weights in hundredths that sum to 0.96; every fourth name may be left out. */
function weightsOf(chance: Chance): Readonly<Record<string, number>> {
  const parts = NAMES.map(() => (chance.is(0.25) ? 0 : chance.whole(5, 40)))
  const sum = parts.reduce((all, part) => all + part, 0)
  if (sum === 0) return { [NAMES[0]!]: 0.56, [NAMES[1]!]: 0.4 }
  const weights = parts.map((part) => Math.floor((part * 96) / sum))
  const left = 96 - weights.reduce((all, part) => all + part, 0)
  const largest = weights.indexOf(Math.max(...weights))
  return Object.fromEntries(
    NAMES.map((name, place) => [name, (weights[place]! + (place === largest ? left : 0)) / 100]),
  )
}
