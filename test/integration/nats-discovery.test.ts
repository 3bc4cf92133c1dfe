import { Svcm } from '@nats-io/services'
import { connect } from 'nats'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type NatsBus, type NatsOptions, natsBus } from '#adapters/bus/nats.js'
import { catalog } from '#adapters/metrics/catalog.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import type { PortfolioId } from '#units/ids.js'
import { faultOf } from '../contract/bus.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { keptMetrics, restarted, until } from '../support/watching.js'

const TIMEOUT_MS = 5_000
const GATEWAY = { name: 'paper', version: '1.2.3', description: 'a paper gateway' }

withNats('a NATS bus that is a service', () => {
  let server: NatsServer
  beforeAll(async () => {
    server = await startNatsServer()
  })
  afterAll(() => server?.stop())

  it('is found by name, with its version and every subject it serves, and no longer when one ended', async () => {
    const bus = await connected(server, { service: GATEWAY })
    const end = bus.serve('exec.v1.paper.submit', async () => '')
    bus.serve('ballast.v1.pf.*.*', async () => '')
    await bus.roundTripMs()
    const client = await discoverer(server)
    const [ping] = await client.ping()
    expect(ping).toMatchObject({ name: 'paper', version: '1.2.3', type: 'io.nats.micro.v1.ping_response' })
    const [info] = await client.info('paper')
    expect(info).toMatchObject({ ...GATEWAY, id: ping?.id, type: 'io.nats.micro.v1.info_response' })
    const endpoints = [
      { name: 'exec-v1-paper-submit', subject: 'exec.v1.paper.submit', queue_group: 'q', metadata: {} },
      { name: 'ballast-v1-pf-any-any', subject: 'ballast.v1.pf.*.*', queue_group: 'q', metadata: {} },
    ]
    expect(info?.endpoints).toEqual(endpoints)
    end()
    end()
    await bus.roundTripMs()
    expect((await client.info('paper', ping?.id))[0]?.endpoints).toEqual(endpoints.slice(1))
    expect((await faultOf(bus.request('exec.v1.paper.submit', '', TIMEOUT_MS))).code).toBe('NO_RESPONDERS')
    await expect(client.info('other')).rejects.toThrow('no responders')
  })

  it('counts requests, errors and the time they take, over all servers of a subject and over reconnects', async () => {
    const own = await startNatsServer()
    onTestFinished(() => own.stop())
    const bus = await connected(own, { service: GATEWAY })
    const answer = async (body: string): Promise<string> => {
      if (body === 'bad') throw new Error('it broke')
      await new Promise((resolve) => setTimeout(resolve, 20))
      return ''
    }
    bus.serve('work', ({ body }) => answer(body))
    bus.serve('work', ({ body }) => answer(body))
    for (let n = 0; n < 3; n += 1) await bus.request('work', 'good', TIMEOUT_MS)
    await faultOf(bus.request('work', 'bad', 50))
    const stats = async () => (await (await discoverer(own)).stats('paper'))[0]
    const before = await stats()
    expect(before?.endpoints).toHaveLength(1)
    expect(before?.endpoints?.[0]).toMatchObject({
      subject: 'work',
      num_requests: 4,
      num_errors: 1,
      last_error: 'it broke',
    })
    expect(before?.endpoints?.[0]?.processing_time).toBeGreaterThan(3 * 15e6)
    expect(before?.endpoints?.[0]?.average_processing_time).toBeGreaterThan(15e6 / 2)
    await restarted(own, bus)
    await bus.request('work', 'good', TIMEOUT_MS)
    const after = await stats()
    expect(after?.endpoints?.[0]?.num_requests).toBe(5)
    expect([after?.id, after?.started]).toEqual([before?.id, before?.started])
  })

  it('is nobody to discovery when it was not asked to be', async () => {
    const other = await startNatsServer()
    onTestFinished(() => other.stop())
    const bus = await connected(other, {})
    bus.serve('work', async () => '')
    await bus.roundTripMs()
    expect((await faultOf(bus.request('$SRV.PING', '', TIMEOUT_MS))).code).toBe('NO_RESPONDERS')
  })

  it('refuses a name or version that discovery cannot carry', async () => {
    for (const service of [
      { ...GATEWAY, name: 'my gateway' },
      { ...GATEWAY, version: 'latest' },
    ])
      await expect(natsBus({ servers: [server.url], name: 'test', service }, 'once')).rejects.toThrow(RangeError)
  })
})

withNats('a NATS bus measures', () => {
  it('connection, reconnects, requests by outcome and messages by class and direction', async () => {
    const server = await startNatsServer()
    onTestFinished(() => server.stop())
    const metrics = keptMetrics()
    const { values } = metrics
    const bus = await connected(server, { metrics })
    expect(values.get('ballast_nats_connected')).toBe(1)
    expect(values.get('ballast_nats_reconnects_total')).toBeUndefined()
    bus.serve('exec.v1.paper.submit', async () => 'ok')
    bus.subscribe('ballast.v1.evt.>', () => undefined)
    bus.subscribe('md.v1.bar.>', () => undefined)
    await bus.request('exec.v1.paper.submit', '', TIMEOUT_MS)
    bus.publish('ballast.v1.evt.p.fill', '')
    await faultOf(bus.request('exec.v1.other.submit', '', TIMEOUT_MS))
    await faultOf(bus.request('md.v1.bar.x', '', 20))
    await server.kill()
    await until('it notices', () => bus.state() === 'disconnected')
    expect(values.get('ballast_nats_connected')).toBe(0)
    await faultOf(bus.request('ballast.v1.ctl.list', '', TIMEOUT_MS))
    bus.publish('ballast.v1.evt.p.fill', 'dropped')
    await server.restart()
    await until('it is back', () => bus.state() === 'connected')
    expect(values.get('ballast_nats_reconnects_total')).toBe(1)
    await bus.close()
    const measured = Object.fromEntries([...values].map(([key, value]) => [key.replace('ballast_nats_', ''), value]))
    expect(measured).toEqual({
      connected: 0,
      reconnects_total: 1,
      'request_duration_seconds exec ok': 1,
      'request_duration_seconds exec no_responders': 1,
      'request_duration_seconds market timeout': 1,
      'request_duration_seconds control disconnected': 1,
      'messages_total exec out': 3, // two questions and the answer given
      'messages_total exec in': 2, // a question and the answer got
      'messages_total event out': 1,
      'messages_total event in': 1,
      'messages_total market out': 1,
      'messages_total market in': 1,
    })
  })

  it('nothing that the catalog does not know', async () => {
    const server = await startNatsServer()
    onTestFinished(() => server.stop())
    const metrics = prometheusMetrics({ portfolios: ['p' as PortfolioId], processMetrics: false })
    const bus = await connected(server, { metrics })
    bus.serve('echo', async ({ body }) => body)
    await bus.request('echo', '', TIMEOUT_MS)
    await faultOf(bus.request('nobody', '', TIMEOUT_MS))
    await restarted(server, bus)
    const text = await metrics.render()
    for (const { name } of catalog.filter(({ name: of }) => /_nats_(connected|reconnects|messages_|request)/.test(of)))
      expect(text).toMatch(new RegExp(`^${name}`, 'm'))
    expect(text).toContain('ballast_metrics_dropped_total 0')
    expect(text).toContain('ballast_nats_reconnects_total 1')
  })
})

async function connected(server: NatsServer, more: Partial<NatsOptions>): Promise<NatsBus> {
  const bus = await natsBus({ servers: [server.url], name: 'test', ...more }, 'once')
  onTestFinished(() => bus.close())
  return bus
}

/** The client library's own way of finding services, on a connection of its own. */
async function discoverer(server: NatsServer) {
  const connection = await connect({ servers: [server.url] })
  onTestFinished(() => connection.close())
  const client = new Svcm(connection).client({ strategy: 'stall', maxWait: 2_000 })
  const all = async <T>(found: Promise<AsyncIterable<T>>): Promise<readonly T[]> => {
    const answers: T[] = []
    for await (const answer of await found) answers.push(answer)
    return answers
  }
  return {
    ping: (name?: string) => all(client.ping(name)),
    info: (name?: string, id?: string) => all(client.info(name, id)),
    stats: (name?: string) => all(client.stats(name)),
  }
}
