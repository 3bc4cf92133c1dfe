import { it } from 'vitest'
import { withNats } from '../support/nats-server.js'
import { booksOf } from '../support/wire-books.js'
import { eventually, frozen, WireWorld } from '../support/wire-world.js'

const FEES = 'fee_bps: 1'
const PARTITION_MS = 10_000

withNats('a network that fails', () => {
  for (const [name, how] of [
    ['swallows everything', 'stall'],
    ['resets every connection', 'cut'],
  ] as const)
    it.concurrent(`${name} between daemon and NATS for 10 s: no new runs, nothing lost, books right`, async ({
      expect,
      onTestFinished,
    }) => {
      const world = await WireWorld.open(onTestFinished, { venue: `${FEES}\nlatency: 2s`, proxied: true })
      await world.invested()
      world.show({ ALFA: 1.1 })
      await eventually('the sell is accepted', () => world.orders('alpha', 'accepted').length > 2)
      const fills = await world.metric('ballast_fills_total', 'portfolio="alpha"')
      const cutAt = Date.now()
      world.proxy?.[how]()
      await eventually('a fill is made meanwhile', () =>
        world.reported.some(({ text }) => (JSON.parse(text) as { side?: string }).side === 'sell'),
      )
      world.show({ CHARLIE: 1.1 })
      await eventually('the daemon says so', async () => {
        const { status, text } = await world.readyz()
        return status === 503 && text.includes('[-] nats: not connected')
      })
      await eventually('10 s are over', () => Date.now() > cutAt + PARTITION_MS)
      expect(await world.metric('ballast_fills_total', 'portfolio="alpha"')).toBe(fills)
      const healedAt = Date.now()
      world.proxy?.mend()
      await eventually('both rebalance', () => world.ended('alpha') > 1 && world.ended('beta') > 1)
      await eventually('ready again', async () => (await world.readyz()).status === 200)
      expect(await world.metric('ballast_nats_reconnects_total')).toBeGreaterThanOrEqual(1)
      expect(await world.stop()).toEqual([0, 0])

      const { kept, wrong } = await booksOf(world.rig.state, world.venueDir(), { healedAt })
      expect(wrong).toEqual([])
      const begun = Object.values(kept).flatMap(({ runs }) => runs.map((run) => run.startedAt))
      expect(begun).toHaveLength(4)
      expect(begun.filter((at) => at > cutAt && at < healedAt)).toEqual([])
      const booked = kept.alpha?.entries.filter(
        ({ event }) => event.type === 'filled' && event.execution.side === 'sell',
      )
      expect(booked?.every(({ at }) => at >= healedAt)).toBe(true)
      for (const { permission } of Object.values(kept)) expect(permission).toBe('active')
    })

  it.concurrent('loses the feed: no new runs on old prices, and it goes on by itself once the feed is back', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await WireWorld.open(onTestFinished, { venue: FEES, silentAfter: '3s' })
    await world.startGateway()
    await world.startDaemon()
    let feed = world.startFeed(40)
    await eventually('both are invested', () => world.ended('alpha') > 0 && world.ended('beta') > 0)
    await world.gatewayJustSeen()
    await frozen(world.gateway)
    const looked = await world.head('beta')
    await eventually('new runs are held back', async () => (await world.readyz()).text.includes('[-] gateway'))
    // A session that calls for runs is seen while the gateway is away, then the feed dies too.
    feed.child.kill('SIGKILL')
    await feed.ended
    feed = world.startFeed(50)
    await eventually('the daemon looks at it', async () => (await world.head('beta')) > looked)
    feed.child.kill('SIGKILL')
    await eventually('not ready, because of the feed', async () =>
      /\[-\] feed: market data is silent \([3-9]\.\d s ago\)/.test((await world.readyz()).text),
    )
    world.gateway?.child.kill('SIGCONT')
    await eventually('the gateway is back', async () => (await world.readyz()).text.includes('[+] gateway'))
    const back = Date.now()
    await eventually('two looks at the market are over', () => Date.now() > back + 2_500)
    expect((await world.readyz()).status).toBe(503)
    expect([world.begun('alpha'), world.begun('beta')]).toEqual([1, 1])
    world.startFeed(50)
    await eventually('both rebalance', () => world.ended('alpha') > 1 && world.ended('beta') > 1)
    await eventually('ready again', async () => (await world.readyz()).status === 200)
    expect(await world.stop()).toEqual([0, 0])
    expect((await booksOf(world.rig.state, world.venueDir())).wrong).toEqual([])
  })

  it.concurrent('of prices that are no numbers: dropped and counted, that portfolio waits, the other trades', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    world.show({ ALFA: 'NaN', CHARLIE: 1.1 })
    await eventually('beta rebalances', () => world.ended('beta') > 1)
    expect(await world.metric('ballast_market_data_dropped_total')).toBe(1)
    world.show({ ALFA: '-3', BRAVO: 1.2, CHARLIE: 0.9 })
    await eventually('beta rebalances', () => world.ended('beta') > 2)
    expect(await world.metric('ballast_market_data_dropped_total')).toBe(2)
    expect(await world.metric('ballast_triggers_blocked_total', 'alpha', 'stale_price')).toBeGreaterThan(0)
    expect(world.begun('alpha')).toBe(1)
    world.show({})
    await eventually('alpha rebalances', () => world.ended('alpha') > 1)
    expect(await world.stop()).toEqual([0, 0])
    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir())
    expect(wrong).toEqual([])
    expect(kept.alpha?.runs.map((run) => run.status)).toEqual(['COMPLETED', 'COMPLETED'])
  })
})
