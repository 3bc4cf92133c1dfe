import type { InstrumentSpec } from '#domain/instrument/spec.js'
import type { OptimiserPolicy, PortfolioPolicy } from '#domain/policy.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet, TargetRequest } from '#domain/targets/source.js'
import { type InstrumentId, instrumentId, portfolioId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'

/** An instrument id. */
export const id = (text: string): InstrumentId => instrumentId(text)

/** A record keyed by instrument id. */
export const byId = <T>(record: Record<string, T>): Record<InstrumentId, T> => record as Record<InstrumentId, T>

/** A US equity in whole shares. */
export const equity = (name: string, changes: Partial<InstrumentSpec> = {}): InstrumentSpec => ({
  id: id(name),
  class: 'equity',
  currency: 'USD',
  tick: price('0.01'),
  lot: quantity('1'),
  multiplier: '1',
  shortable: false,
  minNotional: money('0'),
  settlementDays: 1,
  ...changes,
})

/** The optimiser section of {@link policyOf}: long-only to 1, no turnover limit, no return term. */
export const optimiserPolicy: OptimiserPolicy = {
  confidence: 0.95,
  riskAversion: 1,
  returnWeight: 0,
  holdingPeriods: 21,
  bounds: { min: 0, max: 1, cash: [0, 1], perInstrument: {} },
  turnover: null,
  scenarios: { minimum: 12, maximum: 120 },
  tolerance: 1e-8,
  timeoutMs: 1000,
}

/** A policy over a universe of names, without reserve and with the usual minimum weight. */
export function policyOf(names: readonly string[], changes: Partial<PortfolioPolicy> = {}): PortfolioPolicy {
  return {
    id: portfolioId('core'),
    name: 'Core',
    mode: 'paper',
    gateway: 'paper',
    currency: 'USD',
    initialCash: money('100000'),
    universe: names.map((name) => equity(name)),
    targets: { name: 'fixed', params: {}, cashReserve: 0, minWeight: 0.001 },
    optimiser: optimiserPolicy,
    triggers: {
      drift: { type: 'absolute', band: 0.05, relativeFloor: 0.01, perInstrument: {}, includeCash: false },
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
    ...changes,
  }
}

/** Scenarios from one row of returns per bar, oldest first: closes start at 100 and compound. */
export function scenariosOf(returns: Readonly<Record<string, readonly number[]>>): ScenarioSet {
  const names = Object.keys(returns)
  const rows = Math.max(...names.map((name) => returns[name]!.length))
  const last = Object.fromEntries(names.map((name) => [name, 100]))
  const sessions = [{ session: sessionOf(0), closes: byId({ ...last }) }]
  for (let row = 0; row < rows; row += 1) {
    for (const name of names) last[name]! *= 1 + returns[name]![row]!
    sessions.push({ session: sessionOf(row + 1), closes: byId({ ...last }) })
  }
  return scenarioSet({ instruments: names.map(id), sessions, minimum: 1, maximum: rows })
}

/** The n-th session date of the fixtures. */
export const sessionOf = (index: number): string => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10)

/** A request with nothing held. */
export const requestOf = (
  policy: PortfolioPolicy,
  scenarios: ScenarioSet,
  held: Record<string, number> = {},
): TargetRequest => ({ policy, scenarios, held: byId(held) })
