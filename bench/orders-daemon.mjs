// The daemon side of the order bench: the engine with its journal on disk and its bus, wired as the daemon wires them
// (audit and metrics included), and ways to bring one portfolio after the other to the point where it intends an order.

import { join } from 'node:path'
import { natsBus } from '../dist/src/adapters/bus/nats.js'
import { systemClock } from '../dist/src/adapters/clock/system.js'
import { gatewayClient } from '../dist/src/adapters/gateway/client.js'
import { openJournal } from '../dist/src/adapters/journal/lmdb.js'
import { pinoLog } from '../dist/src/adapters/log/pino.js'
import { prometheusMetrics } from '../dist/src/adapters/metrics/prometheus.js'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'
import { audit } from '../dist/src/daemon/audit.js'
import { portfolioSchema } from '../dist/src/daemon/config/portfolio-schema.js'
import { registries } from '../dist/src/daemon/config/registries.js'
import { toPolicy } from '../dist/src/daemon/config/to-policy.js'
import { incarnationOf } from '../dist/src/daemon/incarnation.js'
import { sessionMarket } from '../dist/src/daemon/session-market.js'
import { fund } from '../dist/src/daemon/simulation/engine-player.js'
import { Engine } from '../dist/src/runtime/engine.js'
import { encode } from '../dist/src/units/canonical.js'

/** Longest wait for a step that must come, milliseconds. */
const PATIENCE_MS = 30_000

/** Symbols of a universe of that size. */
export const symbolsOf = (size) => Array.from({ length: size }, (_, k) => `S${String(k + 1).padStart(3, '0')}`)

/** A portfolio that buys its first symbol with nine tenths of its cash whenever it is told to, and nothing by itself. */
function policyOf(id, symbols) {
  const weights = Object.fromEntries(symbols.map((symbol, k) => [symbol, k === 0 ? 0.9 : 0]))
  return toPolicy(
    portfolioSchema(registries).parse({
      version: 1,
      id,
      initial_cash: '1000000.00',
      universe: { symbols },
      targets: { source: 'fixed', weights, cash: 0.1 },
      triggers: { drift: null, calendar: null, cash: null },
    }),
  )
}

/** Opens the daemon side with one portfolio for single orders, `single`, and so many for orders at once, `crowd`. */
export async function openDaemon({ url, dir, bars, symbols, many }) {
  const log = pinoLog({ level: 'error', destination: process.stderr })
  const single = 'single'
  const crowd = Array.from({ length: many }, (_, k) => `p${String(k + 1).padStart(4, '0')}`)
  const policies = [single, ...crowd].map((id) => policyOf(id, symbols))
  const metrics = prometheusMetrics({ portfolios: policies.map(({ id }) => id), log })
  const bus = await natsBus({ servers: [url], name: 'ballast', log, metrics }, 'once')
  const market = sessionMarket({ barSize: '1d', instruments: symbols })
  market.advance(bars)
  const journal = openJournal({ dir: join(dir, 'journal'), machineVersion: 'bench' })
  const gateway = gatewayClient({ bus, gatewayOf: () => 'paper', timeoutMs: 5_000, log })
  const watch = watching()
  const told = audit({ bus, metrics, log })
  const engine = new Engine({
    journal,
    gateway,
    market,
    solver: nativeSolver(),
    clock: systemClock(),
    log,
    metrics: { ...metrics, observe: watch.observing(metrics.observe) },
    onStep: (staged) => {
      watch.step(staged)
      told.step(staged)
    },
    onBlocked: told.blocked,
    onFatal: (error) => {
      throw error
    },
  })
  engine.host.deliver = watch.delivering(engine.host.deliver.bind(engine.host))
  for (const policy of policies) await engine.adopt(policy, incarnationOf(null, policy.id))
  await engine.start()
  await fund(engine, engine.portfolios)
  const close = async () => {
    await engine.stop()
    await bus.close()
    await journal.close()
  }
  return { single, crowd, engine, watch, bus, close }
}

/** Watches the engine from outside: when an event reached its mailbox, when its step was on disk, and who waits for it. */
function watching() {
  const waiting = new Map()
  const times = new Map()
  let commit = { ms: 0, at: 0 }
  let gate = null
  return {
    /** From here on a portfolio's last look at the market, on which it intends its order, waits to be let through. */
    shut: () => {
      gate = new Map()
    },
    /** Lets a portfolio through. */
    letThrough: (portfolio) => gate.get(portfolio)(),
    held: () => gate?.size ?? 0,
    open: () => {
      gate = null
    },
    /** When the portfolio's latest order was decided on, asked for, answered and on disk as accepted. */
    timesOf: (portfolio) => times.get(portfolio),
    /** Resolves when the portfolio has made a step that passes the test. */
    until: (portfolio, test) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${portfolio} is not where it should be`)), PATIENCE_MS)
        const done = () => {
          clearTimeout(late)
          resolve()
        }
        waiting.set(portfolio, { test, done })
      }),
    observing: (observe) => (name, value, labels) => {
      if (name === 'ballast_journal_commit_duration_seconds') commit = { ms: value * 1_000, at: performance.now() }
      observe(name, value, labels)
    },
    delivering: (deliver) => (portfolio, fact, cause, origin) => {
      const go = () => {
        const now = performance.now()
        if (fact.type === 'observed') times.set(portfolio, { decided: now })
        if (isAccepted(fact)) times.get(portfolio).answered = now
        return deliver(portfolio, fact, cause, origin)
      }
      if (gate === null || fact.type !== 'observed') return go()
      return new Promise((resolve, reject) => gate.set(portfolio, () => go().then(resolve, reject)))
    },
    step: (staged) => {
      const now = performance.now()
      const { portfolio, entry } = staged
      if (entry.event.type === 'observed')
        Object.assign(times.get(portfolio), { asked: commit.at, firstCommitMs: commit.ms, decision: encode(entry) })
      if (isAccepted(entry.event))
        Object.assign(times.get(portfolio), { done: now, lastCommitMs: commit.ms, acceptance: encode(entry) })
      const waits = waiting.get(portfolio)
      if (waits === undefined || !waits.test(staged)) return
      waiting.delete(portfolio)
      waits.done()
    },
  }
}

/** The venue took the order. */
export const isAccepted = (fact) => fact.type === 'orderNews' && fact.news.kind === 'accepted'

/** The run is over and the venue's own report of the cancelled order has been taken too. */
const isCleared = () => {
  let reports = 0
  return ({ entry, after }) => {
    if (entry.event.type === 'orderNews' && entry.event.news.status === 'cancelled') reports += 1
    return reports >= 2 && after.value.lifecycle === 'watching'
  }
}

/** Takes a portfolio from a resting order back to where it can begin again. */
export async function clear({ engine, watch }, portfolio) {
  const cleared = watch.until(portfolio, isCleared())
  await engine.permit(portfolio, 'halted', 'bench', 'clear')
  await cleared
  await engine.permit(portfolio, 'active', 'bench', 'again')
}
