import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Assembly } from '#daemon/assemble.js'
import { loadConfig } from '#daemon/config/load.js'
import { quiescent, replay } from '#daemon/replay.js'
import { openConfigured } from '#daemon/serve.js'
import { fund } from '#daemon/simulation/engine-player.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import { portfolioId } from '#units/ids.js'

/** What a portfolio did. */
export interface Played {
  readonly runs: readonly Run[]
  readonly entries: readonly Entry[]
}

/** Writes a configuration into a folder: the system file, prices, portfolios by id, and files by name that these may name. */
export function configured(
  folder: string,
  portfolios: Readonly<Record<string, string>>,
  { instruments, sessions }: PriceHistory,
  files: Readonly<Record<string, string>> = {},
): string {
  mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
  const config = join(folder, 'config', 'ballast.yaml')
  writeFileSync(config, 'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv}\nseed: played\n')
  const rows = sessions.map(({ session, closes }) => [session, ...instruments.map((id) => closes[id] ?? '')])
  writeFileSync(join(folder, 'config', 'prices.csv'), [['Date', ...instruments], ...rows].join('\n'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'config', name), text)
  for (const [id, text] of Object.entries(portfolios))
    writeFileSync(join(folder, 'config', 'portfolios', `${id}.yaml`), `version: 1\nid: ${id}\n${text}`)
  return config
}

/** Plays the portfolios of a configuration through its daemon; minute bars, and bars after which somebody acts, one by one. */
export async function played(
  config: string,
  history: PriceHistory,
  act?: Act,
): Promise<Readonly<Record<string, Played>>> {
  const loaded = loadConfig(config)
  if (!loaded.ok) throw new Error(loaded.refusal.message)
  const onFatal = (error: unknown): never => {
    throw error
  }
  const ports = { log: silentLog, metrics: noMetrics, onFatal }
  const assembly = await openConfigured(loaded.value, join(config, '../../state'), history, ports)
  await (history.barSize === '1m' || act !== undefined
    ? bars(assembly, history, act)
    : replay(assembly, { history, speed: 0 }))
  const told = loaded.value.portfolios.map(({ policy }) => {
    const id = portfolioId(policy.id)
    return [policy.id, { runs: assembly.journal.runs(id), entries: assembly.journal.entries(id, 1, 100_000) }] as const
  })
  await assembly.close()
  return Object.fromEntries(told)
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

/** What a run ordered of each name, signed, as a fraction of the equity it began with. */
export const ordered = (run: Run): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const { body } of Object.values(run.orders)) {
    const value = body.quantity.toNumber() * body.arrival.toNumber() * (body.side === 'buy' ? 1 : -1)
    sums[body.instrument] = (sums[body.instrument] ?? 0) + value / run.before.equity.toNumber()
  }
  return sums
}
