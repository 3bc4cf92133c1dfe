import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { demoPortfolios } from '#cli/demo/portfolios.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { replay } from '#daemon/replay.js'
import type { Journal } from '#ports/journal.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { encode } from '#units/canonical.js'
import { simulatedPrices } from '../support/prices.js'
import { freshDir } from '../support/temp-dir.js'

const history = simulatedPrices({ seed: 5, instruments: ['ALFA', 'BRAVO', 'CHARLIE'], sessions: 26, volatility: 0.05 })
const policies = demoPortfolios(history).map(({ policy }) => ({
  ...policy,
  optimiser: { ...policy.optimiser, scenarios: { minimum: 4, maximum: 20 } },
  triggers: { ...policy.triggers, cooldownDays: 3 },
}))
const solver = nativeSolver()

/** A journal whose n-th commit reaches the disk but is never acknowledged: what a kill right after it looks like. */
function dyingAt(n: number, count: { commits: number }): (dir: string) => Journal {
  return (dir) => {
    const journal = openJournal({ dir })
    return {
      ...journal,
      async commit(commits) {
        await journal.commit(commits)
        count.commits += 1
        if (count.commits === n) throw new Error('killed')
      },
    }
  }
}

async function life(
  dir: string,
  open: (dir: string) => Journal,
): Promise<{ readonly died: boolean; readonly end: unknown }> {
  let kill: (reason: unknown) => void = () => undefined
  const killed = new Promise<'killed'>((resolve) => {
    kill = () => resolve('killed')
  })
  const opening = assemble({
    stateDir: join(dir, 'state'),
    policies,
    history,
    seed: 'every-commit',
    venue: {},
    solver,
    openJournal: open,
    log: silentLog,
    metrics: noMetrics,
    onFatal: kill,
  })
  const assembly = await Promise.race([opening, killed])
  if (assembly === 'killed') throw new Error('killed before the engine was open')
  const ending = await Promise.race([replay(assembly, { history, speed: 0 }).then(() => 'finished' as const), killed])
  const end = ending === 'finished' ? endOf(assembly) : null
  if (ending === 'finished') await assembly.engine.stop()
  await assembly.venue.close()
  await assembly.journal.close()
  return { died: ending === 'killed', end }
}

const endOf = ({ engine, journal, venue }: Assembly) => ({
  books: engine.host.portfolios.map((id) => encode(engine.host.snapshot(id)!.context.book)),
  orders: engine.host.portfolios.map((id) =>
    journal
      .runs(id)
      .flatMap((run) => Object.values(run.orders))
      .map((order) => `${order.id} ${order.status} ${order.cumulative}`)
      .sort(),
  ),
  once: venue.acceptances().every((row) => row.times === 1),
})

describe('a kill right after any commit', () => {
  it('leaves nothing undone and does nothing twice, whichever commit it was', async () => {
    const calm = freshDir()
    const count = { commits: 0 }
    const undisturbed = (await life(calm.path, dyingAt(-1, count))).end
    calm.remove()
    expect(count.commits).toBeGreaterThan(60)
    for (let n = policies.length + 1; n <= count.commits; n += 1) {
      const { path, remove } = freshDir()
      const first = await life(path, dyingAt(n, { commits: 0 }))
      const last = first.died ? await life(path, dyingAt(-1, { commits: 0 })) : first
      expect(last.end, `killed after commit ${n} of ${count.commits}`).toEqual(undisturbed)
      remove()
    }
  }, 600_000)
})
