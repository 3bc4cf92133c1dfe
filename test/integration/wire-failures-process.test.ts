import { it } from 'vitest'
import { withNats } from '../support/nats-server.js'
import { booksOf } from '../support/wire-books.js'
import { eventually, WireWorld } from '../support/wire-world.js'

const FEES = 'fee_bps: 1'
/** `TimeoutStopSec` less what systemd needs. */
const STOP_MS = 45_000

withNats('processes that end, and processes too many', () => {
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
    expect([world.ended('alpha'), world.ended('beta')]).toEqual([0, 0])
    // Told twice in vain, the venue rests for seconds before the third time: the fills are fetched at the take-over.
    await eventually('the venue fills meanwhile', () => world.reported.length >= 4)
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
    expect(second.output()).toContain(`journal is in use by pid ${world.daemon?.child.pid}`)
    expect(second.output()).not.toContain('"serving"')
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
    expect(second.output()).toContain(`venue is in use by pid ${world.gateway?.child.pid}`)
    world.show({ ALFA: 1.1 })
    await eventually('alpha rebalances', () => world.ended('alpha') > 1)
    expect(await world.stop()).toEqual([0, 0])
    expect((await booksOf(world.rig.state, world.venueDir())).wrong).toEqual([])
  })

  it.concurrent('a second gateway of the same name, with a directory of its own, is refused and gets no order', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    const second = world.kept(world.rig.gateway('other'))
    expect(await second.ended).not.toBe(0)
    expect(second.output()).toContain('another gateway called paper answers')
    for (const [round, move] of [1.1, 0.9].entries()) {
      world.show({ ALFA: move, CHARLIE: move })
      await eventually('both rebalance', () => world.ended('alpha') > round + 1 && world.ended('beta') > round + 1)
    }
    expect(await world.stop()).toEqual([0, 0])
    expect((await booksOf(world.rig.state, world.venueDir())).wrong).toEqual([])
  })
})
