import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { type ProcessSolver, type ProcessSolverOptions, processSolver } from '#adapters/solver/process.js'
import { demoPortfolios } from '#cli/demo/portfolios.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { packageRoot } from '#daemon/package-root.js'
import { replay } from '#daemon/replay.js'
import { silentLog } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Solver } from '#ports/solver.js'
import { simulatedPrices } from '../support/prices.js'
import { tempDir } from '../support/temp-dir.js'

const history = simulatedPrices({
  seed: 11,
  instruments: ['ALFA', 'BRAVO', 'CHARLIE'],
  sessions: 100,
  volatility: 0.02,
})
const optimised = demoPortfolios(history)
  .map(({ policy }) => policy)
  .filter(({ targets }) => targets.name === 'optimised')
const portfolio = optimised[0]!.id

afterEach(() => {
  delete process.env.BALLAST_TEST_SOLVER
})

function misbehaving(mode: string, options: ProcessSolverOptions = {}): ProcessSolver {
  process.env.BALLAST_TEST_SOLVER = mode
  const solver = processSolver({
    module: join(packageRoot, 'test', 'support', 'solver-host.mjs'),
    pauseMs: 1,
    ...options,
  })
  onTestFinished(() => solver.close())
  return solver
}

interface Played {
  readonly assembly: Assembly
  readonly statuses: ReadonlyMap<string, number>
}

async function play(solver: Solver): Promise<Played> {
  const statuses = new Map<string, number>()
  const metrics: Metrics = {
    count: (name, labels) => {
      const status = labels?.status ?? ''
      if (name === 'ballast_optimise_total') statuses.set(status, (statuses.get(status) ?? 0) + 1)
    },
    gauge: () => undefined,
    observe: () => undefined,
  }
  const assembly = await assemble({
    ...{ stateDir: join(tempDir(), 'state'), policies: optimised, history, seed: 'test', venue: {}, solver },
    ...{ log: silentLog, metrics },
    onFatal: (error) => {
      throw error
    },
  })
  onTestFinished(() => assembly.close())
  await replay(assembly, { history, speed: 0 })
  return { assembly, statuses }
}

const heads = ({ journal }: Assembly): object => optimised.map(({ id }) => journal.head(id))
/** What each solve came to: null for targets, else why there are none; without the first sessions' want of history. */
const reasons = ({ journal }: Assembly): readonly (string | null)[] =>
  [...journal.entries(portfolio, 1, 10_000)].flatMap(({ event }) =>
    event.type === 'solved' && event.answer.kind !== 'hold'
      ? [event.answer.kind === 'failed' ? event.answer.reason : null]
      : [],
  )

describe('an engine whose solver is a child process', () => {
  it('writes the journal of one that solves in its own process, byte for byte', async () => {
    const solver = processSolver()
    onTestFinished(() => solver.close())
    const inChild = await play(solver)
    const inThread = await play(nativeSolver())
    expect(inChild.statuses.get('optimal')).toBeGreaterThan(2)
    expect(heads(inChild.assembly)).toEqual(heads(inThread.assembly))
  })

  it('believes no lie: each run ends for want of a certificate, nothing is traded', async () => {
    const { assembly } = await play(misbehaving('liar'))
    expect(reasons(assembly).length).toBeGreaterThan(0)
    for (const reason of reasons(assembly)) expect(reason).toMatch(/does not certify/)
    expect(assembly.engine.host.snapshot(portfolio)!.context.book.tally.fills).toBe(0)
  })

  it('goes on without one: runs end with the reason and nothing is traded', async () => {
    const { assembly, statuses } = await play(misbehaving('exit', { mostFailures: 2, restMs: 60_000 }))
    expect(reasons(assembly).length).toBeGreaterThan(0)
    for (const reason of reasons(assembly)) expect(reason).toMatch(/cannot be kept/)
    expect([...statuses.keys()]).toEqual(['lost'])
    expect(assembly.engine.host.snapshot(portfolio)!.context.book.tally.fills).toBe(0)
  })

  it('solves again once it can be had: the first solve is lost, a later one trades', async () => {
    let lost = 0
    const solver = misbehaving('exit', { mostFailures: 1, restMs: 1 })
    const healing: Solver = {
      ...solver,
      solve: (problem, options) =>
        solver.solve(problem, options).catch((error: unknown) => {
          lost += 1
          process.env.BALLAST_TEST_SOLVER = 'healed'
          throw error
        }),
    }
    const { assembly, statuses } = await play(healing)
    expect(lost).toBeGreaterThan(0)
    expect(statuses.get('lost')).toBe(lost)
    expect(statuses.get('optimal')).toBeGreaterThan(1)
    expect(reasons(assembly)[0]).toMatch(/cannot be kept/)
    expect(reasons(assembly).at(-1)).toBeNull()
    expect(assembly.engine.host.snapshot(portfolio)!.context.book.tally.fills).toBeGreaterThan(0)
  })
})
