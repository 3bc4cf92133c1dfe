import type { Run } from '#domain/run.js'
import type { PriceHistory, SessionBars } from '#ports/market-feed.js'
import { instrumentId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'
import { type Act, configured, played } from './played.js'

/** Names that histories of these tests have prices of. */
export const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA'] as const

/** Sectors of some of them, as a file has them. */
const SECTORS = `Symbol,Security,GICS Sector
ALFA,"Alfa, Inc.",Energy
BRAVO,Bravo,Energy
CHARLIE,Charlie,Health Care
`

/** Closes of a volatility index, which a decision at the close of stocks knows a day later. */
const LEVELS = 'date,close\n2024-03-01,15\n2024-03-05,23.2\n'

/** Plays portfolios through a configured daemon; what their runs were, by portfolio. `files` lie beside the system file. */
export async function playedRuns(
  portfolios: Readonly<Record<string, string>>,
  history: PriceHistory,
  folder: string,
  act?: Act,
  files: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, readonly Run[]>>> {
  const beside = { 'portfolios/gics.csv': SECTORS, 'vix.csv': LEVELS, ...files }
  const told = await played(configured(folder, portfolios, history, beside), history, act)
  return Object.fromEntries(Object.entries(told).map(([id, { runs }]) => [id, runs]))
}

/** Bars from rows of prices, in the order of the symbols. */
export function historyOf(
  barSize: PriceHistory['barSize'],
  rows: readonly (readonly [at: string, ...prices: readonly number[]])[],
): PriceHistory {
  const sessions = rows.map(([at, ...prices]): SessionBars => {
    const closes = Object.fromEntries(SYMBOLS.map((symbol, i) => [instrumentId(symbol), prices[i]!.toFixed(2)]))
    return { session: sessionDate(at.slice(0, 10)), at: instant(Date.parse(at)), closes }
  })
  return { barSize, instruments: SYMBOLS.map(instrumentId), sessions, dropped: [] }
}
