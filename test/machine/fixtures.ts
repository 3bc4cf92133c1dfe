import type { MarketView, Quote } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { TargetsAnswer } from '#domain/run.js'
import { price } from '#units/money.js'
import { type Instant, instant, sessionDate } from '#units/time.js'
import { byId, equity, policyOf } from '../unit/domain/targets/fixtures.js'

/** When every story begins, and its session. */
export const START = instant(Date.UTC(2024, 0, 2, 21))
/** See {@link START}. */
export const SESSION = sessionDate('2024-01-02')

/** Three shares, the last of which may be sold short, no governance, no costs. */
export const policy = (changes: Partial<PortfolioPolicy> = {}): PortfolioPolicy => ({
  ...policyOf([]),
  universe: [equity('AAA'), equity('BBB'), equity('CCC', { shortable: true })],
  costs: { name: 'simple', params: { spreadBps: 0, slippageBps: 0 } },
  ...changes,
})

/** A market where everything costs 100 unless said otherwise; an empty text is no quote. */
export function viewAt(at: Instant, prices: Readonly<Record<string, string>> = {}): MarketView {
  const quotes: Record<string, Quote> = {}
  for (const [id, text] of Object.entries({ AAA: '100', BBB: '100', CCC: '100', ...prices }))
    if (text !== '') quotes[id] = { price: price(text), at, sessionsOld: 0 }
  return { at, session: SESSION, barSize: '1d', quotes: byId(quotes) }
}

/** Targets as a solver would give them; cash takes the rest. */
export function targets(weights: Readonly<Record<string, number>>): TargetsAnswer {
  const invested = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  return {
    kind: 'targets',
    targets: { weights: byId(weights), cash: 1 - invested },
    evidence,
    riskBefore: null,
    riskAfter: null,
  }
}

/** Evidence of nothing. */
export const evidence = {
  status: 'NOT_NEEDED',
  backend: '',
  gap: 0,
  objective: 0,
  iterations: 0,
  confidence: 0.95,
  scenarios: { rows: 0, from: '', to: '', digest: '' },
  excluded: [],
  active: [],
  note: '',
} as const
