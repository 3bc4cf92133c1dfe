import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '#daemon/config/load.js'
import { replay } from '#daemon/replay.js'
import { feedHistory, openConfigured } from '#daemon/serve.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { simulatedPrices } from '../support/prices.js'

/** Symbols of the workspace. */
export const SYMBOLS = ['AAA', 'BBB', 'CCC', 'DDD']

/** A rule whose targets are cut from a quarter of its limit on, which is all there is: no drawdown changes what such a portfolio does. */
export const UNCUT = 'drawdown: {max: 4}'

const PORTFOLIOS: Readonly<Record<string, string>> = {
  optimised: `
targets: {source: optimised}
optimiser: {confidence: 0.9, bounds: {max: 0.5, cash: [0.01, 0.1]}, scenarios: {minimum: 12, maximum: 36}}
triggers: {drift: {band: 0.05}, calendar: {every: monthly, day: 1}, cooldown: {days: 7}}
orders: {allow_unsettled: true}
governance: {rules: {${UNCUT}, position_limit: {max: 0.6}}}`,
  fixed: `
targets: {source: fixed, weights: {AAA: 0.24, BBB: 0.24, CCC: 0.24, DDD: 0.24}, cash: 0.04}
optimiser: {scenarios: {minimum: 12, maximum: 36}}
triggers: {drift: {type: relative, band: 0.2}, cooldown: {days: 0}}
orders: {allow_unsettled: true}
governance: {rules: {${UNCUT}, position_limit: {max: 0.6}}}`,
  refused: `
targets: {source: inverse_volatility}
optimiser: {bounds: {max: 0.5}, scenarios: {minimum: 12, maximum: 36}}
governance: {rules: {price_collar: {max_deviation: 0.01}}}`,
}

/** A folder with configuration and prices, as a person would have it. */
export interface Workspace {
  readonly folder: string
  readonly config: string
  readonly state: string
}

/** Writes a configuration of three portfolios over simulated monthly prices into a folder. */
export function writeWorkspace(folder: string): Workspace {
  mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
  const history = simulatedPrices({ seed: 11, instruments: SYMBOLS, sessions: 48, barSize: '1mo', volatility: 0.09 })
  const rows = history.sessions.map(({ session, closes }) =>
    [session, ...history.instruments.map((id) => closes[id])].join(','),
  )
  writeFileSync(join(folder, 'config', 'prices.csv'), `${[['Date', ...SYMBOLS].join(','), ...rows].join('\n')}\n`)
  const config = join(folder, 'config', 'ballast.yaml')
  writeFileSync(config, 'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv}\nseed: workspace\n')
  for (const [id, text] of Object.entries(PORTFOLIOS))
    writeFileSync(
      join(folder, 'config', 'portfolios', `${id}.yaml`),
      `version: 1\nid: ${id}\ninitial_cash: "1000000.00"\nuniverse: {symbols: [${SYMBOLS.join(', ')}]}${text}\n`,
    )
  return { folder, config, state: join(folder, 'state') }
}

/** Plays the workspace's whole history into its state directory. */
export async function playWorkspace({ config, state }: Workspace): Promise<void> {
  const loaded = loadConfig(config)
  if (!loaded.ok) throw new Error(loaded.refusal.message)
  const history = feedHistory(loaded.value)
  const assembly = await openConfigured(loaded.value, state, history, {
    log: silentLog,
    metrics: noMetrics,
    onFatal: (error) => {
      throw error
    },
  })
  await replay(assembly, { history, speed: 0 })
  await assembly.close()
}
