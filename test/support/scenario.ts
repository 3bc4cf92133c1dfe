import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PriceHistory } from '#ports/market-feed.js'
import { simulatedPrices } from './prices.js'

/** A configuration on disk with its prices, ready for `ballast serve`. */
export interface Scenario {
  readonly config: string
  readonly prices: string
  readonly history: PriceHistory
}

/** Names of the simulated instruments. */
export const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA', 'ECHO'] as const

/** What may differ from one scenario to the next. */
export interface ScenarioOptions {
  readonly seed?: number
  readonly sessions?: number
  readonly onEnd?: 'stop' | 'stay'
  readonly speed?: number
  /** Whether one of the portfolios asks what kind of market it is, and how volatile: it is calm for good. */
  readonly regime?: boolean
}

/** Writes a system file, three portfolios (optimised, fixed, inverse volatility) and a simulated price file. */
export function writeScenario(dir: string, options: ScenarioOptions = {}): Scenario {
  const { seed = 7, sessions = 90, onEnd = 'stop', speed = 0, regime = false } = options
  const history = simulatedPrices({ seed, instruments: SYMBOLS, sessions, volatility: 0.02 })
  const prices = join(dir, 'prices.csv')
  const rows = history.sessions.map((bars) => [bars.session, ...history.instruments.map((id) => bars.closes[id] ?? '')])
  writeFileSync(prices, `${[['Date', ...history.instruments], ...rows].map((row) => row.join(',')).join('\n')}\n`)
  mkdirSync(join(dir, 'portfolios'), { recursive: true })
  if (regime) writeFileSync(join(dir, 'vix.csv'), 'date,close\n2000-01-03,15\n')
  const config = join(dir, 'ballast.yaml')
  writeFileSync(
    config,
    `version: 1
state: {path: state}
feed: {file: prices.csv, on_end: ${onEnd}, speed: ${speed}}
http: {listen: "127.0.0.1:0"}
logging: {level: info}
seed: crash
`,
  )
  const weights = SYMBOLS.map((symbol) => `${symbol}: 0.19`).join(', ')
  const scenarios = 'optimiser: {bounds: {max: 0.4, cash: [0.01, 0.05]}, scenarios: {minimum: 20, maximum: 60}}'
  portfolio(
    dir,
    'mean-cvar',
    `targets: {source: optimised}\n${scenarios}\ntriggers: {drift: null, calendar: {every: monthly, day: 1}}`,
  )
  portfolio(
    dir,
    'fixed',
    `targets: {source: fixed, weights: {${weights}}, cash: 0.05}\noptimiser: {scenarios: {minimum: 20, maximum: 60}}\ntriggers: {drift: {type: relative, band: 0.08}, calendar: null, cooldown: {days: 2}}${regime ? '\nregime: {symbol: ALFA}\nvolatility: {file: vix.csv, max_age: 36500d}' : ''}`,
  )
  portfolio(
    dir,
    'inverse-vol',
    `targets: {source: inverse_volatility}\n${scenarios}\ntriggers: {drift: null, calendar: {every: monthly, day: 1}}`,
  )
  return { config, prices, history }
}

function portfolio(dir: string, id: string, rest: string): void {
  const head = `version: 1\nid: ${id}\nname: ${id}\ninitial_cash: "1000000.00"\nuniverse: {symbols: [${SYMBOLS.join(', ')}]}\norders: {collar: 0.01}\n`
  const rules = 'governance: {rules: {position_limit: {max: 0.6}}}\n'
  writeFileSync(join(dir, 'portfolios', `${id}.yaml`), `${head}${rest}\n${rules}`)
}
