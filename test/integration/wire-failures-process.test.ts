import { describe, it } from 'vitest'
import { natsServerPath } from '../support/nats-server.js'
import { booksOf } from '../support/wire-books.js'
import { eventually, WireWorld } from '../support/wire-world.js'

const FEES = 'fee_bps: 1'
/** `TimeoutStopSec` less what systemd needs. */
const STOP_MS = 45_000

describe.skipIf(natsServerPath() === undefined)('processes that end, and processes too many', () => {
  it.concurrent('SIGTERM in the middle of a run: exits with 0 in time, and the next start finishes the run', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await WireWorld.open(onTestFinished, { venue: `${FEES}\nlatency: 3s` })
    await world.startGateway()
    const daemon = await world.startDaemon()
    world.show({})
    await eventually(
      'four orders are at the venue',
      () => world.orders('alpha', 'accepted').length === 2 && world.orders('beta', 'accepted').length === 2,
    )
    const asked = performance.now()
    daemon.child.kill('SIGTERM')
    expect(await daemon.ended).toBe(0)
    expect(performance.now() - asked).toBeLessThan(STOP_MS)
    console.log('stop took', performance.now() - asked)
    expect([world.ended('alpha'), world.ended('beta')]).toEqual([0, 0])
    await eventually('the venue fills meanwhile', () => world.reported.length > 0)
    const healedAt = Date.now()
    await world.startDaemon()
    await eventually('both runs are finished', () => world.ended('alpha') > 0 && world.ended('beta') > 0)
    expect(await world.stop()).toEqual([0, 0])
    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir(), { healedAt })
    expect(wrong).toEqual([])
    for (const { runs } of Object.values(kept)) {
      expect(runs.map((run) => run.status)).toEqual(['COMPLETED'])
      expect(Object.values(runs[0]!.orders).map((order) => [order.status, order.sends])).toEqual([
        ['filled', 1],
        ['filled', 1],
      ])
    }
  })

  it.concurrent('a second daemon on the same state directory is refused by name, and the first goes on', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    const second = world.kept(world.rig.daemon())
    expect(await second.ended).toBe(4)
    expect(second.output()).toContain('JOURNAL_LOCKED')
    expect(second.output()).toContain(String(world.daemon?.child.pid))
    console.log(second.output())
    world.show({ ALFA: 1.1 })
    await eventually('alpha rebalances', () => world.ended('alpha') > 1)
    expect(await world.stop()).toEqual([0, 0])
    expect((await booksOf(world.rig.state, world.venueDir())).wrong).toEqual([])
  })

  it.concurrent('a second gateway on the same directory is refused, and the first goes on', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    const second = world.kept(world.rig.gateway())
    expect(await second.ended).toBe(4)
    expect(second.output()).toContain('JOURNAL_LOCKED')
    world.show({ ALFA: 1.1 })
    await eventually('alpha rebalances', () => world.ended('alpha') > 1)
    expect(await world.stop()).toEqual([0, 0])
    expect((await booksOf(world.rig.state, world.venueDir())).wrong).toEqual([])
  })

  it.concurrent('two gateways of one name', async ({ expect, onTestFinished }) => {
    const world = await (
      await WireWorld.open(onTestFinished, { venue: `${FEES}\nsilence_ratio: 1\nlatency: 2s` })
    ).invested()
    const second = world.kept(world.rig.gateway('other'))
    await second.said('"serving"')
    for (let round = 1; round < 4; round += 1) {
      world.show({ ALFA: round % 2 ? 1.1 : 0.9, CHARLIE: round % 2 ? 1.1 : 0.9 })
      await eventually('both end', () => world.ended('alpha') > round && world.ended('beta') > round, 45_000).catch(
        console.log,
      )
    }
    console.log((await world.readyz()).text)
    second.child.kill('SIGTERM')
    await second.ended
    await world.stop()
    console.log(
      world.daemon
        ?.output()
        .split('\n')
        .filter((line) => /warn|error|"level":"?(40|50)/.test(line))
        .slice(0, 20)
        .join('\n'),
    )
    for (const folder of ['gateway', 'other']) {
      const { kept, wrong } = await booksOf(world.rig.state, world.venueDir(folder))
      console.log(
        folder,
        wrong,
        Object.values(kept).map((row) =>
          [
            row.permission,
            row.runs.map((run) => [
              run.status,
              Object.values(run.orders).map(
                (order) => `${order.status} ${order.cumulative} of ${order.body.quantity} sends ${order.sends}`,
              ),
            ]),
          ].flat(3),
        ),
      )
    }
    expect(1).toBe(1)
  }, 200_000)
})
