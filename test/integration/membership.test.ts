import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { demoPortfolios } from '#cli/demo/portfolios.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { quiescent, replay } from '#daemon/replay.js'
import type { Execution } from '#domain/book/events.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Gateway } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { executionId, instrumentId, orderId, type PortfolioId, portfolioId } from '#units/ids.js'
import { noMoney, price, quantity } from '#units/money.js'
import { simulatedPrices } from '../support/prices.js'
import { tempDir } from '../support/temp-dir.js'

const history = simulatedPrices({ seed: 3, instruments: ['ALFA', 'BRAVO', 'CHARLIE'], sessions: 100, volatility: 0.02 })
const [optimised, fixed, inverse] = demoPortfolios(history).map(({ policy }) => policy) as unknown as readonly [
  PortfolioPolicy,
  PortfolioPolicy,
  PortfolioPolicy,
]

const open = (dir: string, policies: readonly PortfolioPolicy[]): Promise<Assembly> =>
  assemble({
    stateDir: join(dir, 'state'),
    policies,
    history,
    seed: 'members',
    venue: {},
    solver: nativeSolver(),
    log: silentLog,
    metrics: noMetrics,
    onFatal: (error) => {
      throw error
    },
  })

/** Opens, replays up to a session number, looks, closes. */
async function until<T>(
  dir: string,
  policies: readonly PortfolioPolicy[],
  session: number,
  look: (assembly: Assembly) => T,
): Promise<T> {
  const assembly = await open(dir, policies)
  const stop = new AbortController()
  await replay(assembly, {
    history,
    speed: 0,
    signal: stop.signal,
    onSession: (_bars, number) => number >= session && stop.abort(),
  })
  const seen = look(assembly)
  await assembly.close()
  return seen
}

const seqOf =
  (id: PortfolioId) =>
  ({ journal }: Assembly): number =>
    journal.head(id).seq

describe('a portfolio that is no longer configured', () => {
  it('does nothing more: no run, no mark, no take-over', async () => {
    const dir = tempDir()
    const before = await until(dir, [optimised, fixed], 40, seqOf(fixed.id))
    const after = await until(dir, [optimised], 100, seqOf(fixed.id))
    expect(after).toBe(before)
  })
})

describe('a portfolio that joins later', () => {
  it('begins where the others are, and time goes back for none of them', async () => {
    const dir = tempDir()
    await until(dir, [optimised, fixed], 70, () => undefined)
    const { entries, first } = await until(dir, [optimised, fixed, inverse], 100, ({ journal }) => ({
      entries: journal.entries(optimised.id, 1, 100_000),
      first: journal.entries(inverse.id, 1, 1)[0]!,
    }))
    expect(entries.every(({ at }, index) => index === 0 || at >= entries[index - 1]!.at)).toBe(true)
    expect(first.at).toBe(history.sessions[70]!.at)
  })
})

describe('a policy that changes', () => {
  it('only in its name trades nothing, in its targets asks for new ones', async () => {
    const dir = tempDir()
    // Neither drift nor a fall in prices begins a run.
    const governance = fixed.governance.filter(({ name }) => name !== 'drawdown')
    const quiet = { ...fixed, governance, triggers: { ...fixed.triggers, drift: null } }
    const runs = await until(dir, [quiet], 40, ({ journal }) => journal.runs(fixed.id).length)
    const renamed = { ...quiet, name: 'Renamed' }
    expect(await until(dir, [renamed], 60, ({ journal }) => journal.runs(fixed.id).length)).toBe(runs)
    const retargeted = { ...renamed, targets: { ...renamed.targets, params: { weights: { ALFA: 0.5, BRAVO: 0.4 } } } }
    const last = await until(dir, [retargeted], 80, ({ journal }) => journal.runs(fixed.id))
    expect(last).toHaveLength(runs + 1)
    expect(last.at(-1)!.trigger.why).toBe('the target model or policy changed')
  })
})

describe('an execution nobody can place', () => {
  it('halts the portfolio it came to and no other', async () => {
    const assembly = await open(tempDir(), [optimised, fixed])
    let report: Parameters<Gateway['connect']>[0] | undefined
    const connect = assembly.venue.connect.bind(assembly.venue)
    assembly.venue.connect = (sink) => {
      report = sink
      return connect(sink)
    }
    await replay(assembly, { history: { ...history, sessions: history.sessions.slice(0, 70) }, speed: 0 })
    const foreign: Execution = {
      id: executionId('spin-off'),
      orderId: orderId('A'.repeat(26)),
      instrument: instrumentId('NEWCO'),
      side: 'buy',
      quantity: quantity('3'),
      price: price('10'),
      fee: noMoney,
      at: history.sessions[69]!.at,
      session: history.sessions[69]!.session,
      venue: 'paper',
    }
    await report!.execution(fixed.id, foreign)
    const halted = assembly.engine.host.snapshot(fixed.id)!
    expect(halted.value.permission).toBe('halted')
    expect(halted.context.book.positions[instrumentId('NEWCO')]!.quantity.toFixed()).toBe('3')
    expect(assembly.engine.host.snapshot(optimised.id)!.value.permission).toBe('active')
    await assembly.engine.rebalance(optimised.id, 'ada', 'still trades')
    await quiescent(assembly)
    expect(assembly.journal.runs(optimised.id).at(-1)!.trigger.kind).toBe('manual')
    await assembly.close()
  })
})

describe('a portfolio that cannot be taken over', () => {
  it('is halted with the reason while the others trade', async () => {
    const assembly = await open(tempDir(), [{ ...fixed, mode: 'live' }, optimised])
    await replay(assembly, { history, speed: 0 })
    const refused = assembly.engine.host.snapshot(fixed.id)!
    expect(refused.value).toMatchObject({ permission: 'halted', ownership: 'recovering' })
    expect(refused.context.permissionReason).toMatch(/is live but its gateway's account is paper/)
    expect(assembly.journal.runs(portfolioId('mean-cvar')).length).toBeGreaterThan(0)
    await assembly.close()
  })
})

describe('waiting for quiet', () => {
  it('ends when aborted, however busy the engine is', async () => {
    const stop = new AbortController()
    const busy = { engine: { idle: () => false } } as unknown as Assembly
    const waiting = quiescent(busy, stop.signal)
    stop.abort()
    expect(await waiting).toBe(false)
  })
})
