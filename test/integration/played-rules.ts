import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Assembly } from '#daemon/assemble.js'
import { loadConfig } from '#daemon/config/load.js'
import { quiescent, replay } from '#daemon/replay.js'
import { openConfigured } from '#daemon/serve.js'
import { fund } from '#daemon/simulation/engine-player.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory, SessionBars } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'

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
export async function played(
  portfolios: Readonly<Record<string, string>>,
  history: PriceHistory,
  folder: string,
  act?: Act,
  files: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, readonly Run[]>>> {
  mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
  const config = join(folder, 'config', 'ballast.yaml')
  writeFileSync(config, 'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv}\nseed: rules\n')
  const rows = history.sessions.map(({ session, closes }) => [session, ...history.instruments.map((id) => closes[id])])
  writeFileSync(join(folder, 'config', 'prices.csv'), [['Date', ...history.instruments], ...rows].join('\n'))
  writeFileSync(join(folder, 'config', 'portfolios', 'gics.csv'), SECTORS)
  writeFileSync(join(folder, 'config', 'vix.csv'), LEVELS)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'config', name), text)
  for (const [id, text] of Object.entries(portfolios))
    writeFileSync(join(folder, 'config', 'portfolios', `${id}.yaml`), `version: 1\nid: ${id}\n${text}`)
  const loaded = loadConfig(config)
  if (!loaded.ok) throw new Error(loaded.refusal.message)
  const onFatal = (error: unknown): never => {
    throw error
  }
  const ports = { log: silentLog, metrics: noMetrics, onFatal }
  const assembly = await openConfigured(loaded.value, join(folder, 'state'), history, ports)
  await (history.barSize === '1m' || act !== undefined
    ? bars(assembly, history, act)
    : replay(assembly, { history, speed: 0 }))
  const runs = Object.fromEntries(Object.keys(portfolios).map((id) => [id, assembly.journal.runs(portfolioId(id))]))
  await assembly.close()
  return runs
}

/** What somebody does once the engine has looked at a bar and come to rest, by the bar's index. */
export type Act = (engine: Assembly['engine'], index: number) => Promise<unknown>

/** Shows bars one after the other, several of a session where they are minutes, and lets the engine look at each. */
async function bars(assembly: Assembly, { sessions }: PriceHistory, act?: Act): Promise<void> {
  const { engine, venue, market, clock } = assembly
  for (const [index, shown] of sessions.entries()) {
    clock.advanceTo(shown.at)
    market.advance(shown)
    venue.onBars(shown)
    if (index === 0) await engine.start()
    await fund(engine, engine.portfolios)
    await engine.pulse(engine.portfolios)
    await quiescent(assembly)
    if (act === undefined) continue
    await act(engine, index)
    await quiescent(assembly)
  }
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

/** What a run ordered of each name, signed, as a fraction of the equity it began with. */
export const ordered = (run: Run): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const { body } of Object.values(run.orders)) {
    const value = body.quantity.toNumber() * body.arrival.toNumber() * (body.side === 'buy' ? 1 : -1)
    sums[body.instrument] = (sums[body.instrument] ?? 0) + value / run.before.equity.toNumber()
  }
  return sums
}
