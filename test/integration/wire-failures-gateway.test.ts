import { it } from 'vitest'
import { withNats } from '../support/nats-server.js'
import { booksOf } from '../support/wire-books.js'
import { eventually, frozen, WireWorld } from '../support/wire-world.js'

const FEES = 'fee_bps: 1'

withNats('a gateway that fails', () => {
  it.concurrent('silent on every submit: orders become unknown, the same id goes again, the run completes', async ({
    expect,
    onTestFinished,
  }) => {
    const venue = `${FEES}\nsilence_ratio: 1\nlatency: 2s`
    const world = await WireWorld.open(onTestFinished, { venue })
    await world.startGateway()
    await world.startDaemon()
    world.show({})
    await eventually(
      'the metrics show unknown orders',
      async () => (await world.metric('ballast_orders_open', 'status="unknown"')) > 0,
    )
    await eventually('both are invested', () => world.ended('alpha') > 0 && world.ended('beta') > 0)
    world.show({ ALFA: 1.1, CHARLIE: 0.9 })
    await eventually('both rebalance', () => world.ended('alpha') > 1 && world.ended('beta') > 1)
    expect(await world.metric('ballast_orders_open')).toBe(0)
    expect(await world.stop()).toEqual([0, 0])

    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir())
    expect(wrong).toEqual([])
    const runs = Object.values(kept).flatMap((row) => row.runs)
    expect(runs.map((run) => run.status)).toEqual(Array(4).fill('COMPLETED'))
    const orders = runs.flatMap((run) => Object.values(run.orders))
    expect(orders).toHaveLength(8)
    for (const order of orders) expect(order).toMatchObject({ status: 'filled', sends: 2 })
    const unknown = [...world.orders('alpha', 'unknown'), ...world.orders('beta', 'unknown')]
    expect(unknown.sort()).toEqual(orders.map((order) => order.id as string).sort())
  })

  it.concurrent('frozen in a run: its orders are unknown, no new run begins, and all completes once it is back', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    await world.gatewayJustSeen()
    await frozen(world.gateway)
    world.show({ ALFA: 1.1 })
    await eventually('an order is unknown', () => world.orders('alpha', 'unknown').length > 0)
    await eventually('not ready, because of the gateway', async () => {
      const { status, text } = await world.readyz()
      return status === 503 && /\[-\] gateway paper: gateway paper: TIMEOUT|\[-\] gateway paper: .*no answer/.test(text)
    })
    const looked = await world.head('beta')
    world.show({ CHARLIE: 1.1 })
    await eventually('the daemon looks at the new session', async () => (await world.head('beta')) > looked)
    expect([world.begun('alpha'), world.begun('beta')]).toEqual([2, 1])
    // Between two waits it is being sent once more.
    await eventually(
      'the metrics show the unknown order',
      async () => (await world.metric('ballast_orders_open', 'status="unknown"')) === 1,
    )
    expect(world.ended('alpha')).toBe(1)
    const healedAt = Date.now()
    world.gateway?.child.kill('SIGCONT')
    await eventually('both rebalance', () => world.ended('alpha') > 1 && world.ended('beta') > 1)
    await eventually('ready again', async () => (await world.readyz()).status === 200)
    expect(await world.stop()).toEqual([0, 0])

    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir(), { healedAt })
    expect(wrong).toEqual([])
    const [, run] = kept.alpha?.runs ?? []
    const sells = Object.values(run?.orders ?? {}).filter((order) => order.body.side === 'sell')
    expect(sells.map((order) => order.sends > 1)).toEqual([true])
    expect(kept.beta?.runs[1]?.startedAt).toBeGreaterThanOrEqual(healedAt)
  })

  it.concurrent('away past the deadline of the first orders: they are given up by promise only, and the next session trades', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await WireWorld.open(onTestFinished, { venue: FEES, orders: { not_after: '3s' } })
    await world.startGateway()
    await world.startDaemon()
    await eventually('both are taken over', async () => !(await world.readyz()).text.includes('recovering'))
    await world.gatewayJustSeen()
    world.gateway?.child.kill('SIGKILL')
    await world.gateway?.ended
    world.show({})
    await eventually(
      'four orders are unknown',
      async () => (await world.metric('ballast_orders_open', 'status="unknown"')) === 4,
    )
    // Asked about again after 0.5, 1, 2 s and not sent any more after 3: from then on each wants the gateway's promise.
    const past = Date.now() + 4_500
    await eventually('their deadline has passed and a promise was asked for', () => Date.now() > past)
    expect(await world.metric('ballast_orders_open', 'status="unknown"')).toBe(4)
    expect(world.orders('alpha', 'abandoned')).toEqual([])
    const healedAt = Date.now()
    await world.startGateway()
    await eventually('both runs end', () => world.ended('alpha') > 0 && world.ended('beta') > 0)
    expect(world.orders('alpha', 'abandoned')).toHaveLength(2)
    await eventually('ready again', async () => (await world.readyz()).status === 200)
    world.show({ ALFA: 1.01 })
    await eventually('both trade', () => world.ended('alpha') > 1 && world.ended('beta') > 1)
    expect(await world.stop()).toEqual([0, 0])

    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir(), { healedAt })
    expect(wrong).toEqual([])
    for (const { runs, entries, permission } of Object.values(kept)) {
      expect(permission).toBe('active')
      expect(Object.values(runs[0]!.orders).map((order) => order.status)).toEqual(['abandoned', 'abandoned'])
      const promised = entries.filter(({ event }) => event.type === 'orderNews' && event.news.kind === 'promised')
      expect(promised.every(({ at }) => at >= healedAt) && promised.length).toBe(2)
      expect(Object.values(runs[1]!.orders).map((order) => order.status)).toEqual(['filled', 'filled'])
    }
  })

  it.concurrent('missing when the daemon starts: that is ready, its portfolios are not, and are taken over once it comes', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await WireWorld.open(onTestFinished, { venue: FEES })
    const daemon = await world.startDaemon()
    world.show({})
    await eventually('taking over has been tried twice', () => daemon.output().split('take-over failed').length > 4)
    await eventually('nobody answers for the gateway', async () =>
      (await world.readyz()).text.includes('[-] gateway paper: gateway paper: nobody serves'),
    )
    const { status, text } = await world.readyz()
    expect(status).toBe(503)
    expect(text).toContain('[+] feed: heard')
    for (const id of ['alpha', 'beta']) expect(text).toMatch(new RegExp(`\\[-] portfolio ${id}: recovering`))
    expect([world.begun('alpha'), world.begun('beta')]).toEqual([0, 0])
    await world.startGateway()
    await eventually('both are invested', () => world.ended('alpha') > 0 && world.ended('beta') > 0)
    await eventually('ready', async () => (await world.readyz()).status === 200)
    expect(await world.stop()).toEqual([0, 0])
    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir())
    expect(wrong).toEqual([])
    expect(Object.values(kept).map(({ runs }) => runs.map((run) => run.status))).toEqual([['COMPLETED'], ['COMPLETED']])
  })

  it.concurrent('telling everything twice and in the wrong order: each fill is booked once, undone once when it is taken back, and a run ends after its last', async ({
    expect,
    onTestFinished,
  }) => {
    const quirks = 'duplicate_ratio: 1\nreorder_ratio: 1\npartial_ratio: 0.4\nlatency: 100ms\nlatency_spread: 400ms'
    const venue = `${FEES}\nmax_pieces: 5\nbust_ratio: 0.2\n${quirks}`
    const world = await WireWorld.open(onTestFinished, { venue, orders: { fill_timeout: '3s' } })
    await world.invested()
    for (const [round, move] of [1.1, 0.9, 1.1].entries()) {
      world.show({ ALFA: move, CHARLIE: 2 - move })
      await eventually('both rebalance', () => world.ended('alpha') > round + 1 && world.ended('beta') > round + 1)
    }
    const told = world.reported.filter(({ kind }) => kind === 'report').map(({ text }) => text)
    await eventually('every report is taken', () => world.reported.length > 0 && world.quiet(1_000))
    expect(await world.metric('ballast_fills_total')).toBe(new Set(told).size)
    expect(told.length).toBe(2 * new Set(told).size)
    const busts = await world.metric('ballast_busts_total')
    expect(busts).toBeGreaterThan(2)
    expect(
      new Set([...world.of('alpha', 'bust'), ...world.of('beta', 'bust')].map((body) => body.execution_id)).size,
    ).toBe(busts)
    expect(await world.stop()).toEqual([0, 0])
    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir())
    expect(wrong).toEqual([])
    for (const [id, { entries, runs }] of Object.entries(kept)) {
      const places = new Map(
        entries.flatMap(({ event, seq }) => (event.type === 'filled' ? [[event.execution.id as string, seq]] : [])),
      )
      for (const run of runs) {
        const end = [...world.of(id as 'alpha', 'commit'), ...world.of(id as 'alpha', 'rollback')].find(
          (body) => body.run_id === run.id,
        )
        const fills = Object.values(run.orders).flatMap((order) => order.executions)
        for (const fill of fills) expect(places.get(fill)).toBeLessThanOrEqual(Number(end?.seq))
      }
    }
    const orders = Object.values(kept).flatMap(({ runs }) => runs.flatMap((run) => Object.values(run.orders)))
    expect(orders.some((order) => order.status !== 'filled' && order.cumulative.gt(0))).toBe(true)
  })
})
