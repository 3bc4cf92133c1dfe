import type { z } from 'zod'
import { memoryBus } from '#adapters/bus/memory.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { ask, type Exchange } from '#adapters/wire/exchange.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { Assembly } from '#daemon/assemble.js'
import { type LoadedConfig, loadConfig } from '#daemon/config/load.js'
import { questionExchange } from '#daemon/control/messages.js'
import type { ControlParts } from '#daemon/control/parties.js'
import { askWhole } from '#daemon/control/parts.js'
import { serveControl } from '#daemon/control/serve.js'
import type { Asked, QueryName, Told } from '#daemon/queries/registry.js'
import { daemonSight } from '#daemon/queries/sight.js'
import { reloader } from '#daemon/reload/reload.js'
import { loosenedByTwo } from '#daemon/reload/two-person.js'
import { quiescent } from '#daemon/replay.js'
import { feedHistory, openConfigured } from '#daemon/serve.js'
import { candidateIn, openShadows } from '#daemon/shadow.js'
import type { Bus } from '#ports/bus.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import type { PortfolioId } from '#units/ids.js'

/** An engine over a state directory that answers control commands on a bus. */
export interface ControlDaemon {
  readonly assembly: Assembly
  readonly bus: Bus
  readonly parts: ControlParts
  ask<Q extends QueryName>(query: Q, portfolio: string, asked: Asked<Q>): Promise<Told<Q>>
  /** Asks one exchange on one subject, without any of the command line's comfort. */
  tell<Q extends z.ZodType, A extends z.ZodType>(
    exchange: Exchange<Q, A>,
    subject: string,
    asked: unknown,
  ): Promise<z.output<A>>
  head(portfolio: PortfolioId): number
  close(): Promise<void>
}

/** What may differ from one daemon to the next. */
export interface DaemonOptions {
  readonly bus?: Bus
  readonly parts?: (parts: ControlParts) => ControlParts
  /** Whether looser limits take two operators. */
  readonly twoPerson?: boolean
}

/** Opens a played state directory at its last session and serves control commands. Closes the bus only if it made it. */
export async function openControl(config: string, state: string, options: DaemonOptions = {}): Promise<ControlDaemon> {
  const loaded = loadConfig(config)
  if (!loaded.ok) throw new Error(loaded.refusal.message)
  const history = feedHistory(loaded.value)
  const [solver, store] = [nativeSolver(), openShadows(state, loaded.value)]
  let read = (): LoadedConfig => loaded.value
  const assembly = await openConfigured(loaded.value, state, history, {
    shadow: { candidate: candidateIn(() => read()), store, solver },
    log: silentLog,
    metrics: noMetrics,
    onFatal: (error) => {
      throw error
    },
  })
  const { engine, journal, market, venue, clock, next } = assembly
  for (const bars of history.sessions.slice(next)) market.advance(bars)
  clock.advanceTo(history.sessions.at(-1)!.at)
  venue.onBars(history.sessions.at(-1)!)
  await engine.start()
  await quiescent(assembly)
  const bus = options.bus ?? memoryBus()
  const reloads = reloader({
    ...{ config: loaded.value, reread: () => loadConfig(config), engine, metrics: noMetrics, log: silentLog },
    manager: { reloading: () => undefined, ready: () => undefined },
    mayLoosen: loosenedByTwo({ twoPerson: options.twoPerson === true }),
  })
  read = reloads.config
  const configured = () => reloads.config().portfolios
  const sight = daemonSight({ engine, journal, market, clock, solver, configured, store })
  const health = () => ({ journal: { ok: true, detail: 'open', ageMs: null } })
  const { reload } = reloads
  const plain = {
    ...{ bus, engine, journal, sight, health, gateway: venue, metrics: noMetrics, log: silentLog, settleMs: 1, reload },
  }
  const parts = options.parts?.(plain) ?? plain
  const end = serveControl(parts)
  return {
    assembly,
    bus,
    parts,
    ask: async (query, portfolio, asked) => {
      const subject = subjects.portfolio(portfolio as PortfolioId, query)
      return (await askWhole(
        bus,
        questionExchange(query),
        subject,
        asked as Readonly<Record<string, unknown>>,
        30_000,
      )) as Told<typeof query>
    },
    tell: (exchange, subject, asked) => ask(bus, exchange, subject, asked as never, 30_000),
    head: (portfolio) => journal.head(portfolio).seq,
    close: async () => {
      end()
      if (options.bus === undefined) await bus.close()
      await assembly.close()
    },
  }
}
