import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { Requests } from '#daemon/control/requests.js'
import { daemonSight } from '#daemon/queries/sight.js'
import { sessionMarket } from '#daemon/session-market.js'
import { fund } from '#daemon/simulation/engine-player.js'
import { standingOf } from '#domain/permission/restraint.js'
import type { Journal } from '#ports/journal.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { Engine } from '#runtime/engine.js'
import { incarnation, instrumentId, type PortfolioId } from '#units/ids.js'
import { SESSION, START } from '../../../machine/fixtures.js'
import { tempDir } from '../../../support/temp-dir.js'
import { CORE, OTHER, policyFor } from '../../runtime/fixtures.js'

const bars = { session: SESSION, at: START, closes: { AAA: '100', BBB: '100', CCC: '100' } as never }
const targets = { name: 'fixed', params: { weights: { AAA: 0.5 } }, cashReserve: 0, minWeight: 0 }

/** Two portfolios of a real engine, journal and venue, with a disk that can be made to wait. */
export async function desk() {
  const dir = tempDir()
  const clock = virtualClock(START)
  const real = openJournal({ dir: join(dir, 'journal') })
  let gate: Promise<void> = Promise.resolve()
  const commit: Journal['commit'] = async (commits) => {
    await gate
    await real.commit(commits)
  }
  const journal: Journal = { ...real, commit }
  const gateway = openPaperVenue({ dir: join(dir, 'venue'), clock })
  gateway.onBars(bars)
  const market = sessionMarket({ barSize: '1d', instruments: ['AAA', 'BBB', 'CCC'].map(instrumentId) })
  market.advance(bars)
  const solver = nativeSolver()
  const engine = new Engine({
    ...{ journal, gateway, market, solver, clock, log: silentLog, metrics: noMetrics },
    onStep: () => undefined,
    onBlocked: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  onTestFinished(async () => {
    await engine.stop()
    await gateway.close()
    await real.close()
  })
  const policies = [CORE, OTHER].map((id) => policyFor(id, { targets }))
  for (const policy of policies) await engine.adopt(policy, incarnation('incarnation1'))
  await engine.start()
  await fund(engine, [CORE, OTHER])
  const sight = daemonSight({
    engine,
    journal,
    market,
    clock,
    solver,
    configured: () => policies.map((policy) => ({ policy })),
  })
  const parts = { engine, journal, gateway, sight, settleMs: 1 }
  /** Makes the disk wait, with a commit under way; the answer lets it go on. */
  const stall = async (): Promise<() => Promise<void>> => {
    let open = (): void => undefined
    gate = new Promise((resolve) => {
      open = resolve
    })
    const under = engine.mark([OTHER])
    await new Promise(setImmediate)
    return async () => {
      open()
      await under
    }
  }
  const trading = (id: PortfolioId = CORE) => {
    const { value, context } = engine.host.snapshot(id)!
    return standingOf(value.permission, context).trading
  }
  return { ...parts, parts, requests: new Requests(journal), stall, trading }
}

let asked = 0
/** Who asks and why, under an id of its own. */
export const by = (actor: string, reason = 'test') => {
  asked += 1
  return { request_id: `request-${asked}`, actor, reason, dry_run: false }
}
