import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type NatsBus, natsBus } from '#adapters/bus/nats.js'
import { type MarketPublisher, marketPublisher } from '#adapters/feed/publisher.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import { PAPER_DEFAULTS } from '#adapters/gateway/paper/config.js'
import { loadVenue, paperConfig } from '#daemon/config/venue-schema.js'
import { remotePlayer } from '#daemon/simulation/remote.js'
import type { Gateway, ReportSink } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { encode } from '#units/canonical.js'
import { instrumentId } from '#units/ids.js'
import { quantity } from '#units/money.js'
import { instant, later } from '#units/time.js'
import { FIRST, MAIN, orderFor, SECOND } from '../contract/gateway-parts.js'
import { type BallastProcess, startBallast } from '../support/ballast-process.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { tempDir } from '../support/temp-dir.js'

const DEADLINE_MS = 20_000
const AAA = instrumentId('AAA')

/** An order that may be taken within the next minute. */
const ticket = (leg: number) => orderFor(leg, { notAfter: instant(Date.now() + 60_000) })

/** A daemon's side of the wire: what it was told, each report as often as it came. */
class Told implements ReportSink {
  readonly executions: string[] = []
  readonly orders: string[] = []
  readonly busts: string[] = []
  /** While it refuses, nothing is taken and the gateway hears nothing. */
  refuses = false

  execution: ReportSink['execution'] = async (_, execution) => this.#take(this.executions, encode(execution))
  order: ReportSink['order'] = async (_, { orderId, status }) => this.#take(this.orders, `${orderId} ${status}`)

  bust: ReportSink['bust'] = async (_, bust) => this.#take(this.busts, bust.executionId)

  #take(list: string[], text: string): void {
    list.push(text)
    if (this.refuses) throw new Error('not now')
  }
}

interface World {
  readonly nats: NatsServer
  readonly bus: NatsBus
  readonly feed: MarketPublisher
  readonly gateway: Gateway
  readonly told: Told
  readonly state: string
}

/** A nats-server, a feed and the daemon's side of a gateway; everything ends with the test. */
async function world(): Promise<World> {
  const nats = await startNatsServer()
  onTestFinished(() => nats.stop())
  const bus = await natsBus({ servers: [nats.url], name: 'test' }, 'once')
  onTestFinished(() => bus.close())
  const feed = marketPublisher({ bus, feed: 'test', barSize: '1d', log: silentLog })
  onTestFinished(() => feed.close())
  const gateway = gatewayClient({ bus, gatewayOf: () => 'paper', timeoutMs: 1_000, log: silentLog })
  const told = new Told()
  gateway.connect(told)
  return { nats, bus, feed, gateway, told, state: tempDir() }
}

interface Venue extends BallastProcess {
  readonly url: string
}

/** The real process, once it has said that it serves. */
async function start(state: string, nats: string, ...more: readonly string[]): Promise<Venue> {
  const ballast = startBallast(['gateway', 'paper', '--state', state, '--nats', nats, ...more])
  onTestFinished(async () => {
    ballast.child.kill('SIGKILL')
    await ballast.ended
  })
  await ballast.said('"serving"')
  return { ...ballast, url: `http://${/"http":"([^"]+)"/.exec(ballast.output())?.[1]}` }
}

async function kill({ child, ended }: BallastProcess): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** Asks until the answer is as wished. */
async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${what}`)
    await pause(10)
  }
}

const ready = ({ url }: Venue) => until('ready', async () => (await fetch(`${url}/readyz`)).status === 200)
const checks = async ({ url }: Venue): Promise<string> => (await fetch(`${url}/readyz?verbose`)).text()

/** Submits until there is an answer: a gateway that has just come is not heard of everywhere yet. */
async function submit(gateway: Gateway, order: ReturnType<typeof ticket>): Promise<string> {
  let kind = ''
  await until('an answer to the submit', async () => {
    kind = await gateway.submit(order, 1).then(
      (answer) => answer.kind,
      () => '',
    )
    return kind !== ''
  })
  return kind
}

withNats('ballast gateway paper', () => {
  it('hears prices, takes and fills orders, reports them, shows its health, and ends on SIGTERM with code 0', async () => {
    const { nats, feed, gateway, told, state } = await world()
    const venue = await start(state, nats.url)
    await until('no feed heard is not ready, once NATS is there', async () =>
      (await checks(venue)).includes('[+] nats: connected'),
    )
    feed.publish(FIRST, 1)
    await ready(venue)
    expect(await submit(gateway, ticket(1))).toBe('accepted')
    await until('filled', () => told.orders.length === 1)
    expect(told.orders).toEqual([`${ticket(1).id} filled`])
    expect((await gateway.holdings(MAIN)).positions[AAA]?.toString()).toBe('30')
    expect(await gateway.account(MAIN)).toMatchObject({ mode: 'paper', currency: 'USD' })
    const metrics = await (await fetch(`${venue.url}/metrics`)).text()
    expect(metrics).toMatch(/ballast_nats_connected 1/)
    expect(metrics).toMatch(/ballast_market_data_last_timestamp_seconds\{feed="bus"\} \d/)
    expect(metrics).toContain('ballast_metrics_dropped_total 0')
    expect(await checks(venue)).toContain('[+] store: open, 0 reports wait to be taken')
    venue.child.kill('SIGTERM')
    expect(await venue.ended).toBe(0)
  })

  it('knows after kill -9 what it had accepted, and reports it', async () => {
    const { nats, feed, gateway, told, state } = await world()
    const file = join(tempDir(), 'venue.yaml')
    writeFileSync(file, 'version: 1\nlatency: 3s\n')
    feed.publish(FIRST, 1)
    const first = await start(state, nats.url, '--venue', file)
    const orders = [1, 2, 3].map(ticket)
    for (const order of orders) expect(await submit(gateway, order)).toBe('accepted')
    await kill(first)
    expect(told.orders, 'killed before it traded').toEqual([])
    const second = await start(state, nats.url, '--venue', file)
    for (const order of orders) expect(await submit(gateway, order)).toBe('duplicate')
    await until('all filled', () => told.orders.length === 3)
    expect([...told.orders].sort()).toEqual(orders.map(({ id }) => `${id} filled`).sort())
    expect(new Set(told.executions).size).toBe(told.executions.length)
    expect((await gateway.holdings(MAIN)).positions[AAA]?.toString()).toBe('90')
    await kill(second)
    const third = await start(state, nats.url)
    await ready(third)
    expect((await gateway.executions(MAIN, '')).map((row) => encode(row.execution))).toEqual(told.executions)
    // The kill may have come before it wrote down that the last report was taken: that one is told once more.
    expect(new Set(told.orders).size, 'nothing new is told').toBe(3)
    expect(told.orders.length).toBeLessThanOrEqual(4)
  })

  it('tells again after kill -9 what nobody had taken, as it was', async () => {
    const { nats, feed, gateway, told, state } = await world()
    feed.publish(FIRST, 1)
    const first = await start(state, nats.url)
    told.refuses = true
    expect(await submit(gateway, ticket(1))).toBe('accepted')
    await until('the first report', () => told.executions.length > 0)
    await kill(first)
    const [refused] = told.executions
    told.refuses = false
    await start(state, nats.url)
    await until('reported', () => told.orders.length === 1)
    expect(told.executions.filter((text) => text === refused).length).toBeGreaterThan(1)
    expect([...new Set(told.executions)]).toEqual(
      (await gateway.executions(MAIN, '')).map((row) => encode(row.execution)),
    )
  })

  it('starts without NATS, goes on through its absence, and reports afterwards', async () => {
    const { nats, feed, gateway, told, state } = await world()
    feed.publish(FIRST, 1)
    await nats.kill()
    const venue = await start(state, nats.url)
    expect(await checks(venue)).toContain('[-] nats: not connected to NATS')
    await nats.restart()
    await ready(venue)
    told.refuses = true
    expect(await submit(gateway, ticket(1))).toBe('accepted')
    await until('the first report', () => told.executions.length > 0)
    await nats.kill()
    await until('noticed', async () => (await checks(venue)).includes('[-] nats'))
    told.refuses = false
    await nats.restart()
    await until('reported', () => told.orders.length === 1)
    expect((await gateway.holdings(MAIN)).positions[AAA]?.toString()).toBe('30')
    await nats.kill()
    venue.child.kill('SIGTERM')
    expect(await venue.ended, 'SIGTERM without NATS').toBe(0)
  })

  it('refuses to serve where another gateway of its name answers, whatever that one holds', async () => {
    const { nats, feed, gateway, state } = await world()
    const order = ticket(1)
    feed.publish(FIRST, 1)
    const first = await start(state, nats.url)
    await ready(first)
    expect(await submit(gateway, order)).toBe('accepted')
    const second = await start(tempDir(), nats.url)
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(/another gateway called paper answers on exec\.v1\.paper\.account: stop that one/)
    const third = await start(tempDir(), nats.url, '--name', 'other')
    await ready(third)
    await kill(first)
    const again = await start(state, nats.url)
    expect(await submit(gateway, order)).toBe('duplicate')
    expect([third.child.exitCode, again.child.exitCode]).toEqual([null, null])
  })

  it('finds another gateway of its name when the connection comes, before it takes an order', async () => {
    const { nats, feed, gateway, state } = await world()
    const order = ticket(1)
    feed.publish(FIRST, 1)
    const first = await start(state, nats.url)
    await ready(first)
    await nats.kill()
    const second = await start(tempDir(), nats.url)
    second.child.kill('SIGSTOP')
    await nats.restart()
    expect(await submit(gateway, order), 'the first is back').toBe('accepted')
    second.child.kill('SIGCONT')
    expect(await second.ended).toBe(1)
    expect(await submit(gateway, order)).toBe('duplicate')
  })

  it('serves where somebody only listens', async () => {
    const { nats, bus, feed, gateway, state } = await world()
    feed.publish(FIRST, 1)
    bus.subscribe('exec.v1.paper.*', () => undefined)
    const venue = await start(state, nats.url)
    await until('serving', () => venue.output().includes('does not answer'))
    expect(await submit(gateway, ticket(1))).toBe('accepted')
  })

  it('keeps an order waiting until it knows the market, instead of rejecting it', async () => {
    const { nats, bus, feed, gateway, state } = await world()
    const venue = await start(state, nats.url)
    await until('connected', async () => (await checks(venue)).includes('[+] nats'))
    await until('heard of', () =>
      gateway.account(MAIN).then(
        () => true,
        () => false,
      ),
    )
    const early = gateway.submit(ticket(1), 1)
    await bus.roundTripMs()
    feed.publish(FIRST, 1)
    expect(await early).toEqual({ kind: 'accepted' })
  })

  it('moves with simulated time, and is where it was after kill -9', async () => {
    const { nats, bus, feed, gateway, told, state } = await world()
    const file = join(tempDir(), 'venue.yaml')
    writeFileSync(file, 'version: 1\nlatency: 10s\nduplicate_ratio: 1\nreorder_ratio: 1\nseed: x\n')
    const simulated = ['--clock', 'simulated', '--venue', file]
    const first = await start(state, nats.url, ...simulated)
    const { signal } = new AbortController()
    const player = remotePlayer({ bus, name: 'gateway', signal, log: silentLog, timeoutMs: 5_000 })
    feed.publish(FIRST, 1)
    expect(await player.tick({ at: FIRST.at, phase: 'bars', session: 1 })).toMatchObject({ quiet: true, settled: true })
    const order = orderFor(1, { quantity: quantity('90') })
    expect(await gateway.submit(order, 1)).toEqual({ kind: 'accepted' })
    const waits = { quiet: true, settled: false, next: later(FIRST.at, 10_000) }
    expect(await player.tick({ at: FIRST.at, phase: 'time', session: 1 })).toMatchObject(waits)
    await kill(first)
    await start(state, nats.url, ...simulated)
    expect(await player.tick({ at: FIRST.at, phase: 'time', session: 1 })).toMatchObject(waits)
    const due = { at: later(FIRST.at, 10_000), phase: 'time', session: 1 } as const
    await until('settled', async () => (await player.tick(due)).settled)
    expect(told.orders).toEqual([`${order.id} filled`, `${order.id} filled`])
    const distinct = (await gateway.executions(MAIN, '')).map((row) => encode(row.execution))
    expect(told.executions).toEqual([...distinct, ...distinct])
    feed.publish(SECOND, 2)
    const done = await player.tick({ at: SECOND.at, phase: 'bars', session: 2 })
    expect(done).toMatchObject({ quiet: true, settled: true, next: null })
    expect(await player.tick({ at: SECOND.at, phase: 'bars', session: 2 })).toMatchObject({ steps: done.steps })
  })
})

describe('the sample venue file', () => {
  it('says what the venue does anyway, so that a copy can be changed line by line', () => {
    const loaded = loadVenue('config/venue.yaml')
    expect(loaded.ok && encode(paperConfig(loaded.value, 'paper'))).toBe(encode(PAPER_DEFAULTS))
  })
})

describe('ballast gateway paper with bad input', () => {
  const file = (text: string): string => {
    const path = join(tempDir(), 'venue.yaml')
    writeFileSync(path, text)
    return path
  }
  const run = async (...args: readonly string[]) => {
    const ballast = startBallast(['gateway', 'paper', ...args])
    return { code: await ballast.ended, output: ballast.output() }
  }

  it.each([
    ['version: 1\npartial_ratio: 1.5\n', /venue\.yaml:2:16 partial_ratio: must be ≤ 1, got 1\.5/],
    ['version: 1\nlatency: 5\n', /venue\.yaml:2:10 latency: must be a whole number with a unit/],
    ['version: 1\ncolour: red\n', /venue\.yaml:2:1 colour: unknown key/],
    ['version: 1\ninstruments:\n  AAA: {tick: "0"}\n', /venue\.yaml:3:15 instruments\.AAA\.tick: must be > 0/],
    ['version: 1\nnats: {servers: [http://x]}\n', /venue\.yaml:2:18 nats\.servers\[0\]: must be nats:/],
  ])('refuses %j with its place and exit code 64', async (text, named) => {
    const { code, output } = await run('--state', tempDir(), '--venue', file(text))
    expect(output).toMatch(named)
    expect(code).toBe(64)
  })

  it('refuses a file that is not there, a name that is no token, and no state', async () => {
    expect(await run('--state', tempDir(), '--venue', '/nowhere/venue.yaml')).toMatchObject({ code: 64 })
    expect(await run('--state', tempDir(), '--name', 'a.b')).toMatchObject({ code: 64 })
    expect(await run()).toMatchObject({ code: 64 })
  })

  it('ends with code 4 when its state belongs to a running venue, which goes on', async () => {
    const state = tempDir()
    const nobody = 'nats://127.0.0.1:1'
    const first = await start(state, nobody)
    const { code, output } = await run('--state', state, '--nats', nobody)
    expect(output).toContain(String(first.child.pid))
    expect(code).toBe(4)
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
  })
})
