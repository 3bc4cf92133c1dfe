import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addWeekdays, type SessionDate, sessionDate } from '#units/time.js'
import { simulatedBars } from '../support/regime-bars.js'
import { UNCUT, type Workspace } from './cli-workspace.js'

/** Names of the workspace; AAA is the one whose market is watched. */
const SYMBOLS = ['AAA', 'BBB']

/** A calm half year, then a wild quarter. */
const BARS = simulatedBars(8, [
  { bars: 130, volatility: 0.006 },
  { bars: 70, volatility: 0.03 },
])

const PORTFOLIO = `version: 1
id: sized
initial_cash: "1000000.00"
universe: {symbols: [${SYMBOLS.join(', ')}]}
targets: {source: fixed, weights: {AAA: 0.4, BBB: 0.4}, cash: 0.2}
optimiser: {scenarios: {minimum: 12, maximum: 36}}
triggers: {drift: {band: 0.25}, cooldown: {days: 0}}
orders: {allow_unsettled: true}
governance: {rules: {${UNCUT}, position_limit: {max: 0.6}}}
`

/** Writes a configuration of one portfolio, with this section `regime`, over simulated daily prices into a folder. */
export function writeRegimeWorkspace(folder: string, regime: string): Workspace {
  mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
  const other = simulatedBars(9, [{ bars: BARS.length, volatility: 0.008 }])
  let day: SessionDate = sessionDate('2020-01-06')
  const rows = BARS.map(({ close }, at) => {
    const row = [day, close.toFixed(4), other[at]!.close.toFixed(4)].join(',')
    day = addWeekdays(day, 1)
    return row
  })
  writeFileSync(join(folder, 'config', 'prices.csv'), `${[['Date', ...SYMBOLS].join(','), ...rows].join('\n')}\n`)
  const config = join(folder, 'config', 'ballast.yaml')
  const system =
    'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv}\nseed: regime\ntrips: {daily_loss: null}\n'
  writeFileSync(config, system)
  writeFileSync(join(folder, 'config', 'portfolios', 'sized.yaml'), `${PORTFOLIO}${regime}\n`)
  return { folder, config, state: join(folder, 'state') }
}
