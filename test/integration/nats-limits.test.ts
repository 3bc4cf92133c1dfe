import { connect } from 'nats'
import { expect, it, onTestFinished } from 'vitest'
import { type NatsBus, type NatsOptions, natsBus } from '#adapters/bus/nats.js'
import { faultOf } from '../contract/bus.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { keptLog, until } from '../support/watching.js'

const TIMEOUT_MS = 5_000

withNats('a NATS bus at its limits', () => {
  it('that cannot keep up is cut off by the server, says so, and goes on in bounded memory', async () => {
    const server = await started('max_payload: 68KB\nmax_pending: 1MB\nwrite_deadline: "200ms"')
    const log = keptLog()
    const slow = await connected(server, { log })
    const heard: string[] = []
    let stalled = false
    slow.subscribe('flood', () => {
      if (stalled) return
      stalled = true
      const until = performance.now() + 2_000
      while (performance.now() < until); // a process that computes and does not read
    })
    slow.subscribe('after', ({ body }) => heard.push(body))
    await slow.roundTripMs()
    const sender = await connect({ servers: [server.url] })
    onTestFinished(() => sender.close())
    const before = process.memoryUsage.rss()
    const body = 'x'.repeat(60_000)
    for (let n = 0; n < 1_000; n += 1) sender.publish('flood', body)
    await until('it is cut off', () => log.lines.some(({ fields }) => fields.slow === true))
    expect(log.lines.find(({ fields }) => fields.slow === true)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('too slow a consumer'),
    })
    await until('it is back', () => slow.state() === 'connected')
    expect(server.log()).toContain('Slow Consumer')
    sender.publish('after', 'the flood')
    await until('it hears again', () => heard.length === 1)
    expect(process.memoryUsage.rss() - before).toBeLessThan(300e6)
  })

  it('says of an ordinary loss that it was none of its own making', async () => {
    const server = await started('')
    const log = keptLog()
    const bus = await connected(server, { log })
    await server.kill()
    await until('it notices', () => bus.state() === 'disconnected')
    expect(log.lines.find(({ message }) => message.includes('connection lost'))?.fields.slow).toBe(false)
  })

  it('reports what the server will not take as too large, headers counted, and goes on', async () => {
    const server = await started('max_payload: 1KB')
    const bus = await connected(server)
    bus.serve('echo', async ({ body }) => (body === 'much' ? 'x'.repeat(2_000) : body))
    const tooLarge = { code: 'PAYLOAD_TOO_LARGE', retry: 'never' }
    expect(await faultOf(bus.request('echo', 'x'.repeat(1_025), TIMEOUT_MS))).toMatchObject(tooLarge)
    expect(await faultOf(bus.request('echo', 'x'.repeat(1_000), TIMEOUT_MS, { Name: 'x'.repeat(30) }))).toMatchObject(
      tooLarge,
    )
    expect(() => bus.publish('echo', 'x'.repeat(1_025))).toThrow(expect.objectContaining(tooLarge))
    expect((await faultOf(bus.request('echo', 'much', 50))).code).toBe('TIMEOUT')
    expect((await bus.request('echo', 'x'.repeat(1_024), TIMEOUT_MS)).body).toHaveLength(1_024)
    expect(bus.state()).toBe('connected')
  })

  it('takes 64 KiB with headers where the server leaves room for them', async () => {
    const server = await started('max_payload: 68KB')
    const bus = await connected(server)
    bus.serve('echo', async ({ body }) => body)
    const body = 'x'.repeat(64 * 1024)
    expect((await bus.request('echo', body, TIMEOUT_MS, { 'Ballast-Actor': 'somebody' })).body).toBe(body)
  })

  it('carries text as it is, a leading byte order mark and foreign headers included', async () => {
    const server = await started('')
    const bus = await connected(server)
    bus.serve('echo', async ({ body }) => body)
    expect((await bus.request('echo', '\ufeffx', TIMEOUT_MS)).body).toBe('\ufeffx')
    const raw = await connect({ servers: [server.url] })
    onTestFinished(() => raw.close())
    const heard: unknown[] = []
    bus.subscribe('foreign', ({ headers }) => heard.push(headers))
    await bus.roundTripMs()
    const { headers } = await import('nats')
    const given = headers()
    for (const [name, value] of [
      ['Twice', '1'],
      ['Twice', '2'],
      ['__proto__', 'x'],
    ] as const)
      given.append(name, value)
    raw.publish('foreign', new Uint8Array([0xff, 0xfe]), { headers: given })
    await until('it is heard', () => heard.length === 1)
    expect(Object.entries(heard[0] as object)).toEqual([
      ['Twice', '1'],
      ['__proto__', 'x'],
    ])
  })

  it('answers thousands of requests at once, each with its own answer', async () => {
    const server = await started('')
    const [asker, answerer] = [await connected(server), await connected(server)]
    answerer.serve('echo', async ({ body }) => body)
    await answerer.roundTripMs()
    const bodies = Array.from({ length: 5_000 }, (_, n) => String(n))
    const answers = await Promise.all(bodies.map((body) => asker.request('echo', body, 20_000)))
    expect(answers.map(({ body }) => body)).toEqual(bodies)
  })
})

async function started(config: string): Promise<NatsServer> {
  const server = await startNatsServer({ config })
  onTestFinished(() => server.stop())
  return server
}

async function connected(server: NatsServer, more: Partial<NatsOptions> = {}): Promise<NatsBus> {
  const bus = await natsBus({ servers: [server.url], name: 'test', ...more }, 'once')
  onTestFinished(() => bus.close())
  return bus
}
