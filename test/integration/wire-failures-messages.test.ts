import { it } from 'vitest'
import { subjects } from '#adapters/wire/subjects.js'
import { portfolioId } from '#units/ids.js'
import { withNats } from '../support/nats-server.js'
import { booksOf } from '../support/wire-books.js'
import { eventually, WireWorld } from '../support/wire-world.js'

const FEES = 'fee_bps: 1'
const ALPHA = subjects.executionReport(portfolioId('alpha'))
const ALPHA_ORDER = subjects.orderReport(portfolioId('alpha'))
const ANSWER_MS = 5_000

/** An answer of the daemon. */
interface Told {
  readonly ok: boolean
  readonly error?: { readonly code: string }
}

/** Tells the daemon something as a gateway would. */
const tell = async (world: WireWorld, subject: string, text: string): Promise<Told> =>
  (await world.wire.request(subject, Buffer.from(text), { timeout: ANSWER_MS })).json<Told>()

/** The first execution a gateway reported of a portfolio, as it travelled. */
function reportOf(world: WireWorld, portfolio: string): Readonly<Record<string, unknown>> {
  const first = world.reported.find((row) => row.kind === 'report' && row.portfolio === portfolio)
  return JSON.parse(first?.text ?? '{}') as Record<string, unknown>
}

withNats('reports that should not be', () => {
  it.concurrent('an execution told again with other content halts its portfolio, is announced, and its neighbour trades on', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    const report = reportOf(world, 'alpha')
    expect(await tell(world, ALPHA, JSON.stringify(report))).toEqual({ ok: true })
    expect(world.of('alpha', 'alert')).toEqual([])
    const booked = await world.metric('ballast_fills_total', 'portfolio="alpha"')
    await tell(world, ALPHA, JSON.stringify({ ...report, price: '1.00' }))
    await eventually('an alert is announced', () => world.of('alpha', 'alert').length > 0)
    expect(world.of('alpha', 'alert')).toMatchObject([
      { permission: 'halted', reason: expect.stringContaining(String(report.execution_id)) },
    ])
    const { status, text } = await world.readyz()
    expect(status).toBe(503)
    expect(text).toMatch(/\[-] portfolio alpha: halted: /)
    world.show({ ALFA: 1.1, CHARLIE: 1.1 })
    await eventually('beta rebalances', () => world.ended('beta') > 1)
    expect(world.begun('alpha')).toBe(1)
    expect(await world.metric('ballast_fills_total', 'portfolio="alpha"')).toBe(booked)
    expect(await world.stop()).toEqual([0, 0])
    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir())
    expect(wrong).toEqual([])
    expect([kept.alpha?.permission, kept.beta?.permission]).toEqual(['halted', 'active'])
  })

  it.concurrent('a conflict in the middle of a run ends the run: what is live is cancelled, fills stay booked', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: `${FEES}\nlatency: 3s` })).invested()
    world.show({ ALFA: 1.1, CHARLIE: 1.1 })
    await eventually(
      'both sells are accepted',
      () => world.orders('alpha', 'accepted').length > 2 && world.orders('beta', 'accepted').length > 2,
    )
    await tell(world, ALPHA, JSON.stringify({ ...reportOf(world, 'alpha'), qty: '1' }))
    await eventually('alpha is rolled back', () => world.of('alpha', 'rollback').length === 1)
    await eventually('beta rebalances', () => world.of('beta', 'commit').length === 2)
    expect(await world.stop()).toEqual([0, 0])
    const { kept, wrong } = await booksOf(world.rig.state, world.venueDir())
    expect(wrong).toEqual([])
    expect(kept.alpha?.permission).toBe('halted')
    expect(Object.values(kept.alpha?.runs[1]?.orders ?? {}).map((order) => order.status)).toEqual(['cancelled'])
  })

  it.concurrent('what cannot be understood is refused and counted, and changes nothing', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await (await WireWorld.open(onTestFinished, { venue: FEES })).invested()
    await eventually('all is quiet', () => world.quiet(1_000))
    const heads = await Promise.all([world.head('alpha'), world.head('beta')])
    const report = { ...reportOf(world, 'alpha'), execution_id: 'never-seen-before' }
    const order = JSON.parse(world.reported.find(({ kind }) => kind === 'order')?.text ?? '{}') as object
    const invalid: readonly (readonly [subject: string, text: string])[] = [
      [ALPHA, 'no JSON'],
      [ALPHA, ''],
      [ALPHA, JSON.stringify({ ...report, urgent: true })],
      [ALPHA, JSON.stringify({ ...report, qty: '-5' })],
      [ALPHA, JSON.stringify({ ...report, qty: 5 })],
      [ALPHA, JSON.stringify({ ...report, price: 'NaN' })],
      [ALPHA, JSON.stringify({ ...report, client_order_id: undefined })],
      [ALPHA_ORDER, JSON.stringify({ ...order, cum_qty: '-1' })],
      [ALPHA_ORDER, JSON.stringify({ ...order, status: 'lost' })],
    ]
    for (const [subject, text] of invalid)
      expect(await tell(world, subject, text), text).toMatchObject({ ok: false, error: { code: 'INVALID' } })
    expect(await world.metric('ballast_nats_invalid_messages_total', 'class="exec"')).toBe(invalid.length)
    // A portfolio of somebody else's: no answer, so that the gateway goes on telling its owner.
    const stranger = subjects.executionReport(portfolioId('gamma'))
    await expect(world.wire.request(stranger, JSON.stringify(report), { timeout: 500 })).rejects.toThrow(/timeout/i)
    expect(world.daemon?.output()).toContain('gamma is not in this journal')
    expect(await Promise.all([world.head('alpha'), world.head('beta')])).toEqual(heads)
    expect((await world.readyz()).status).toBe(200)
    world.show({ ALFA: 1.1 })
    await eventually('alpha trades on', () => world.ended('alpha') > 1)
    expect(await world.stop()).toEqual([0, 0])
    expect((await booksOf(world.rig.state, world.venueDir())).wrong).toEqual([])
  })
})
