import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Assembly } from '#daemon/assemble.js'
import { loadConfig } from '#daemon/config/load.js'
import { replay } from '#daemon/replay.js'
import { feedHistory, openConfigured } from '#daemon/serve.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { portfolioId } from '#units/ids.js'
import { addWeekdays, type SessionDate, sessionDate } from '#units/time.js'

/** Shares traded a day, at a price of 100: 1,000,000, 10,000 and plenty of money. */
export const VOLUMES = { ALFA: 10_000, BRAVO: 100, CHARLIE: 1_000_000_000 } as const

/** Writes a configuration of these portfolios over daily bars with volumes, every price 100 throughout, into a folder. */
export function writeVolumes(folder: string, portfolios: Readonly<Record<string, string>>, sessions = 40): string {
  mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
  let day: SessionDate = sessionDate('2024-01-01')
  const rows: string[] = []
  for (let count = 0; count < sessions; count += 1) {
    for (const [name, volume] of Object.entries(VOLUMES)) rows.push(`${day},${name},101,99,100,${volume}`)
    day = addWeekdays(day, 1)
  }
  writeFileSync(join(folder, 'config', 'prices.csv'), `${['date,symbol,high,low,close,volume', ...rows].join('\n')}\n`)
  const config = join(folder, 'config', 'ballast.yaml')
  writeFileSync(
    config,
    'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv, volumes: true}\nseed: volumes\ntrips: {daily_loss: null}\n',
  )
  for (const [id, text] of Object.entries(portfolios))
    writeFileSync(join(folder, 'config', 'portfolios', `${id}.yaml`), `version: 1\nid: ${id}\n${text}`)
  return config
}

/** Plays portfolios through a configured daemon; what their runs were, by portfolio. `inspect` looks before it is closed. */
export async function playedVolumes(
  folder: string,
  portfolios: Readonly<Record<string, string>>,
  inspect: (assembly: Assembly) => void = () => undefined,
): Promise<Readonly<Record<string, readonly Run[]>>> {
  const loaded = loadConfig(writeVolumes(folder, portfolios))
  if (!loaded.ok) throw new Error(loaded.refusal.message)
  const onFatal = (error: unknown): never => {
    throw error
  }
  const history = feedHistory(loaded.value)
  const ports = { log: silentLog, metrics: noMetrics, onFatal }
  const assembly = await openConfigured(loaded.value, join(folder, 'state'), history, ports)
  await replay(assembly, { history, speed: 0 })
  const runs = Object.fromEntries(Object.keys(portfolios).map((id) => [id, assembly.journal.runs(portfolioId(id))]))
  inspect(assembly)
  await assembly.close()
  return runs
}

/** What a run ordered of a name, in money at its decision prices, signed. */
export const ordered = (run: Run, name: string): number =>
  Object.values(run.orders)
    .filter(({ body }) => body.instrument === name)
    .reduce((sum, { body }) => sum + +body.quantity * +body.arrival * (body.side === 'buy' ? 1 : -1), 0)
