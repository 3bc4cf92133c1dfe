import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import type { ShadowReport } from '#daemon/queries/shadow.js'
import { portfolioId } from '#units/ids.js'
import { withNats } from '../support/nats-server.js'
import { booksOf } from '../support/wire-books.js'
import { eventually, type Name, WireWorld } from '../support/wire-world.js'
import { ballast, dataOf } from './cli-process.js'

/** Needs a solver, where the live policy has fixed weights. */
const CANDIDATE =
  'shadow: {targets: {source: optimised}, optimiser: {bounds: {max: 0.5, cash: [0.02, 0.2]}}, approval: {turnover: 0.01}}'

withNats('a candidate beside a daemon over NATS (skipped without nats-server)', () => {
  const ask = async ({ rig }: WireWorld, portfolio: Name): Promise<ShadowReport> =>
    dataOf(await ballast(['shadow', portfolio, '--nats', rig.nats.url, '-o', 'json']))
  const kept = (world: WireWorld, count: number): Promise<void> =>
    eventually(`${count} runs are compared`, async () => (await ask(world, 'alpha')).kept === count)

  it('is tried on every run, is asked about, outlives a kill -9, and sends nothing', async () => {
    const world = await WireWorld.open(onTestFinished, { venue: 'fee_bps: 1', more: { alpha: CANDIDATE } })
    await world.invested()
    await kept(world, 1)
    const { runs, candidate, summary } = await ask(world, 'alpha')
    expect(candidate?.name).toBe('alpha')
    expect(runs[0]).toMatchObject({ run: 'R-1', trigger: { kind: 'targets' }, outcome: 'differs', error: null })
    expect(runs[0]!.shadow).toMatchObject({ status: 'AWAITING_APPROVAL', waits: [expect.stringMatching(/turnover/)] })
    expect(runs[0]!.live.targets!.weights).toEqual({ ALFA: 0.45, BRAVO: 0.45 })
    expect(Object.values(runs[0]!.shadow!.targets!.weights).every((weight) => weight <= 0.5 + 1e-9)).toBe(true)
    expect(summary).toMatchObject({ compared: 1, runs: { differs: 1 } })
    expect(await ask(world, 'beta')).toMatchObject({ candidate: null, kept: 0 })
    expect(await world.metric('ballast_shadow_runs_total', 'portfolio="alpha"', 'outcome="differs"')).toBe(1)

    world.daemon!.child.kill('SIGKILL')
    await world.daemon!.ended
    await world.startDaemon()
    expect((await ask(world, 'alpha')).runs).toEqual(runs)
    world.show({ ALFA: 1.1 })
    await eventually('alpha rebalances', () => world.ended('alpha') > 1)
    await kept(world, 2)

    const file = join(world.rig.dir, 'portfolios', 'alpha.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace(CANDIDATE, ''))
    appendFileSync(file, 'shadow: {}\n')
    world.daemon!.child.kill('SIGHUP')
    await world.daemon!.said('configuration read again')
    world.show({ BRAVO: 1.1 })
    await kept(world, 3)
    const last = await ask(world, 'alpha')
    expect(last.runs.map(({ run, outcome }) => [run, outcome])).toEqual([
      ['R-1', 'differs'],
      ['R-2', 'differs'],
      ['R-3', 'same'],
    ])
    expect(last.summary).toMatchObject({ compared: 1, others: 2 })

    await eventually('alpha is done', () => world.ended('alpha') > 2)
    expect(await world.stop()).toEqual([0, 0])
    const books = await booksOf(world.rig.state, world.venueDir())
    expect(books.wrong).toEqual([])
    const journal = openJournalForReading({ dir: join(world.rig.state, 'journal') })
    const alpha = portfolioId('alpha')
    const events = journal.entries(alpha, 1, journal.head(alpha).seq).map(({ event }) => event.type)
    await journal.close()
    expect(events).not.toContain('configured')
    expect(events.filter((type) => type === 'triggered').length).toBe(3)
  })
})
