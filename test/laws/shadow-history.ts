import { join } from 'node:path'
import { shadowStore } from '#adapters/shadow-store.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { quiescent, replay } from '#daemon/replay.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import type { ShadowRecord } from '#domain/shadow/record.js'
import type { RunTask } from '#domain/task.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import type { PortfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { simulatedPrices } from '../support/prices.js'
import { tempDir } from '../support/temp-dir.js'
import { policyOf, SYMBOLS } from '../unit/domain/explain/runs.js'

const even = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, 0.19]))
const fixed = { name: 'fixed', params: { weights: even, cash: 0.05 }, cashReserve: 0, minWeight: 0 }
const relative = { type: 'relative', band: 0.12, relativeFloor: 0.01, perInstrument: {}, includeCash: false } as const

/** An optimised portfolio by the calendar, one of fixed weights that drift, and one that only puts new cash to work. */
export const livePolicies: readonly PortfolioPolicy[] = [
  policyOf('optimised', {
    triggers: {
      drift: null,
      calendar: { every: 'monthly', day: 1 },
      cash: null,
      cooldownDays: 0,
      maxRunsPerDay: 2,
    },
  }),
  policyOf('drifting', {
    targets: fixed,
    triggers: { drift: relative, calendar: null, cash: null, cooldownDays: 0, maxRunsPerDay: 2 },
    governance: [{ name: 'position-limit', params: { max: 0.2 } }],
  }),
  policyOf('saving', {
    targets: fixed,
    triggers: {
      drift: null,
      calendar: null,
      cash: { minInvest: money('10000') },
      cooldownDays: 0,
      maxRunsPerDay: 2,
    },
  }),
]

/** The candidate of a live policy; null for none. */
export type Candidate = (live: PortfolioPolicy) => PortfolioPolicy | null

/** A history that was lived to its end: chain heads, runs, and what its candidates would have done, by portfolio. */
export interface Lived {
  readonly heads: Readonly<Record<string, unknown>>
  readonly runs: Readonly<Record<string, readonly Run[]>>
  readonly records: Readonly<Record<string, readonly ShadowRecord[]>>
}

/** What an operator asks for when all sessions are played: runs of every kind there is. */
const TASKS: readonly (RunTask | undefined)[] = [
  undefined,
  { type: 'full', to: 'target' },
  { type: 'withdraw-cash', amount: money('150000') },
  { type: 'invest-cash', amount: money('40000') },
  { type: 'liquidate' },
]

/** Lives a simulated history with deposits, triggers of every kind and runs by hand, with or without candidates beside. */
export async function lived(seed: number, candidate: Candidate | null, store?: ShadowStore): Promise<Lived> {
  const dir = tempDir()
  const history = simulatedPrices({ seed, instruments: SYMBOLS, sessions: 20, barSize: '1mo', volatility: 0.09 })
  const solver = nativeSolver()
  const kept = store ?? shadowStore(join(dir, 'shadow'), 1_000)
  const of = (id: PortfolioId) => candidate?.(livePolicies.find((policy) => policy.id === id)!) ?? null
  const assembly = await assemble({
    ...{ stateDir: join(dir, 'state'), policies: livePolicies, history, seed: 'shadow', venue: {}, solver },
    ...{ log: silentLog, metrics: noMetrics },
    ...(candidate === null ? {} : { shadow: { candidate: of, store: kept, solver } }),
    onFatal: (error) => {
      throw error
    },
  })
  await replay(assembly, { history, speed: 0, onSession: (_bars, number) => saved(assembly, number) })
  await byHand(assembly)
  const { journal } = assembly
  const rows = <T>(value: (id: PortfolioId) => T) => Object.fromEntries(livePolicies.map(({ id }) => [id, value(id)]))
  const records = await Promise.all(livePolicies.map(async ({ id }) => [id, await kept.read(id)] as const))
  const whole = { heads: rows(journal.head), runs: rows(journal.runs), records: Object.fromEntries(records) }
  await assembly.close()
  return whole
}

/** New cash every few sessions: on disk before the next one is played. */
function saved({ engine }: Assembly, number: number): void {
  if (number % 5 === 0) for (const { id } of livePolicies) void engine.deposit(id, money('100000'), 'savings')
}

async function byHand(assembly: Assembly): Promise<void> {
  const { engine } = assembly
  for (const { id } of livePolicies) {
    for (const task of TASKS) {
      await engine.rebalance(id, 'pm', 'by hand', null, task === undefined ? {} : { task })
      await quiescent(assembly)
    }
  }
}
