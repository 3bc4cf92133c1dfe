import { createServer, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { type NatsBus, type NatsOptions, natsBus } from '#adapters/bus/nats.js'
import { Fault } from '#units/fault.js'
import { faultOf } from '../contract/bus.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { keptLog, restarted, until } from '../support/watching.js'

const TIMEOUT_MS = 5_000

withNats('a NATS bus whose server goes away', () => {
  it('comes back with its subscriptions and servers when the server does, and says so', async () => {
    const server = await started()
    const [one, other] = [await connected(server), await connected(server)]
    const states: string[] = []
    const heard: string[] = []
    one.onState((state) => states.push(state))
    one.serve('echo', async ({ body }) => body)
    one.subscribe('news.*', ({ body }) => heard.push(body))
    for (let round = 1; round <= 2; round += 1) {
      await server.kill()
      await until('both notice', () => one.state() === 'disconnected' && other.state() === 'disconnected')
      await server.restart()
      await until('both are back', () => one.state() === 'connected' && other.state() === 'connected')
      other.publish('news.x', String(round))
      expect((await other.request('echo', `round ${round}`, TIMEOUT_MS)).body).toBe(`round ${round}`)
    }
    expect(heard).toEqual(['1', '2'])
    expect(states).toEqual(['disconnected', 'connected', 'disconnected', 'connected'])
  })

  it('listens no more after a reconnect to what it gave up during the outage', async () => {
    const server = await started()
    const bus = await connected(server)
    const end = bus.serve('given.up', async () => 'still here')
    await server.kill()
    await until('it notices', () => bus.state() === 'disconnected')
    end()
    bus.serve('taken.up', async () => 'new')
    await server.restart()
    await until('it is back', () => bus.state() === 'connected')
    expect((await bus.request('taken.up', '', TIMEOUT_MS)).body).toBe('new')
    expect((await faultOf(bus.request('given.up', '', TIMEOUT_MS))).code).toBe('NO_RESPONDERS')
  })

  it('sends nothing later that it reported as not sent, however often it was asked while reconnecting', async () => {
    const server = await started()
    const log = keptLog()
    const [asker, answerer] = [await connected(server, { log }), await connected(server)]
    const served = new Set<string>()
    answerer.serve('order', async ({ body }) => String(served.add(body).size))
    answerer.subscribe('note', ({ body }) => served.add(body))
    await answerer.roundTripMs()
    await server.kill()
    await until('it notices', () => asker.state() === 'disconnected')
    const failed: string[] = []
    const fine: string[] = []
    const back = server.restart()
    for (let n = 0; asker.state() !== 'connected' || answerer.state() !== 'connected'; n += 1) {
      const sent = asker.state()
      asker.publish('note', `note ${n} ${sent}`)
      await asker.request('order', `order ${n}`, TIMEOUT_MS).then(
        () => fine.push(`order ${n}`),
        (error: unknown) => {
          if (!(error instanceof Fault)) throw error
          if (error.code === 'DISCONNECTED') failed.push(`order ${n}`)
          if (sent === 'disconnected' && error.code === 'DISCONNECTED') expect(error.retry).toBe('safe')
        },
      )
      await new Promise((resolve) => setImmediate(resolve))
    }
    await back
    await asker.request('order', 'last', TIMEOUT_MS)
    expect(failed.length).toBeGreaterThan(10)
    expect(failed.filter((body) => served.has(body))).toEqual([])
    expect([...served].filter((body) => body === 'note 0 disconnected')).toEqual([])
    expect(served.has('last')).toBe(true)
    const drops = log.lines.filter(({ message }) => message.includes('a message is dropped'))
    expect(drops.length).toBeGreaterThan(10)
    expect(drops[1]).toMatchObject({ level: 'debug', fields: { subject: 'note', dropped: 2 } })
  })

  it('ends a request that was under way as TIMEOUT, and never asks it again', async () => {
    const server = await started()
    const [asker, answerer] = [await connected(server), await connected(server)]
    let asked = 0
    let release: ((body: string) => void) | undefined
    answerer.serve('order', () => {
      asked += 1
      return new Promise((resolve) => (release = resolve))
    })
    await answerer.roundTripMs()
    const fault = faultOf(asker.request('order', '', 3_000))
    await until('it is asked', () => asked === 1)
    await restarted(server, asker, answerer)
    answerer.serve('sync', async () => '')
    expect(await fault).toMatchObject({ code: 'TIMEOUT', retry: 'ask-first' })
    await answerer.roundTripMs()
    await asker.request('sync', '', TIMEOUT_MS)
    expect(asked).toBe(1)
    release?.('too late')
  })

  it('still takes an answer that was being made during the outage', async () => {
    const server = await started()
    const [asker, answerer] = [await connected(server), await connected(server)]
    let release: ((body: string) => void) | undefined
    answerer.serve('slow', () => new Promise((resolve) => (release = resolve)))
    await answerer.roundTripMs()
    const answer = asker.request('slow', '', 20_000)
    await until('it is asked', () => release !== undefined)
    await restarted(server, asker, answerer)
    release?.('done')
    expect((await answer).body).toBe('done')
  })

  it('notices a server that keeps the connection and says nothing', async () => {
    const server = await started()
    const log = keptLog()
    const bus = await connected(server, { log })
    await server.freeze()
    // More than the sockets hold, so that the last bytes never leave this process.
    for (let n = 0; n < 300; n += 1) bus.publish('nobody', 'x'.repeat(60_000))
    const fault = faultOf(bus.request('nobody', '', 100))
    expect((await fault).code).toBe('TIMEOUT')
    await until('it gives the connection up', () => bus.state() === 'disconnected')
    const said = log.lines.find(({ message }) => message.includes('connection lost'))
    expect(said?.fields).toEqual({ reason: 'no answer to pings', slow: false })
    expect((await faultOf(bus.request('nobody', '', TIMEOUT_MS))).code).toBe('DISCONNECTED')
    server.thaw()
    await until('it is back', () => bus.state() === 'connected')
    expect((await faultOf(bus.request('nobody', '', TIMEOUT_MS))).code).toBe('NO_RESPONDERS')
  })

  it('closes promptly while disconnected, ending what was under way as TIMEOUT', async () => {
    const server = await started()
    const bus = await connected(server)
    bus.subscribe('deaf', () => undefined)
    const fault = faultOf(bus.request('deaf', '', 60_000))
    await bus.roundTripMs()
    await server.kill()
    await until('it notices', () => bus.state() === 'disconnected')
    const before = performance.now()
    await Promise.all([bus.close(), bus.close()])
    expect(performance.now() - before).toBeLessThan(1_500)
    expect((await fault).code).toBe('TIMEOUT')
    expect((await faultOf(bus.roundTripMs())).code).toBe('CLOSED')
  })

  it('closes after what it is answering at that moment, taking no new request', async () => {
    const server = await started()
    const [asker, answerer] = [await connected(server), await connected(server)]
    const releases: ((body: string) => void)[] = []
    answerer.serve('slow', () => new Promise((resolve) => releases.push(resolve)))
    await answerer.roundTripMs()
    const answer = asker.request('slow', '', TIMEOUT_MS)
    await until('it is asked', () => releases.length === 1)
    let closed = false
    const closing = answerer.close().then(() => {
      closed = true
    })
    await until('nobody serves it any more', () => answerer.state() === 'closed')
    expect((await faultOf(untilRefused(asker, 'slow'))).code).toBe('NO_RESPONDERS')
    expect(closed).toBe(false)
    for (const release of releases) release('done')
    expect((await answer).body).toBe('done')
    await closing
  })
})

withNats('connecting to NATS', () => {
  it('once says who is unreachable, and that trying again is safe', async () => {
    const server = await started()
    await server.kill()
    const fault = await faultOf(natsBus({ servers: [server.url], name: 'test' }, 'once'))
    expect(fault).toMatchObject({ code: 'NATS_UNREACHABLE', retry: 'safe', data: { server: server.url } })
  })

  it('once takes whichever server of the list answers', async () => {
    const [gone, there] = [await started(), await started()]
    await gone.kill()
    const bus = await natsBus({ servers: [gone.url, there.url], name: 'test' }, 'once')
    expect(bus.state()).toBe('connected')
    expect(bus.serverVersion).toMatch(/^2\.\d+\.\d+/)
    expect(await bus.roundTripMs()).toBeGreaterThan(0)
    await bus.close()
  })

  it('for ever waits for the server, naming each kind of failure once', async () => {
    const server = await started()
    await server.kill()
    const log = keptLog()
    const coming = natsBus({ servers: [server.url], name: 'test', log }, 'forever')
    await until('it has failed', () => log.lines.length > 0)
    const other = await faultOf(natsBus({ servers: [server.url], name: 'test' }, 'once'))
    expect(other.code).toBe('NATS_UNREACHABLE')
    await server.restart()
    const bus = await coming
    expect(bus.state()).toBe('connected')
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    await bus.close()
  })

  it('can be called off, and leaves no connection to a server that says nothing', async () => {
    const sockets = new Set<Socket>()
    const port = await listening((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
      socket.resume()
    })
    const controller = new AbortController()
    const options = { servers: [`nats://127.0.0.1:${port}`], name: 'test', signal: controller.signal }
    const faults = [faultOf(natsBus(options, 'forever')), faultOf(natsBus(options, 'once'))]
    await until('both have dialled', () => sockets.size === 2)
    const before = performance.now()
    controller.abort()
    expect((await Promise.all(faults)).map(({ code }) => code)).toEqual(['CLOSED', 'CLOSED'])
    await until('both hung up', () => sockets.size === 0)
    expect(performance.now() - before).toBeLessThan(2_000)
  })

  it('refuses a server older than 2.9 before telling it who we are, and what is no NATS server', async () => {
    let received = ''
    const greet = (greeting: string): Promise<number> =>
      listening((socket) => {
        socket.on('error', () => undefined)
        socket.on('data', (chunk) => {
          received += chunk.toString()
        })
        socket.write(greeting)
      })
    const attempt = async (greeting: string): Promise<Fault> => {
      const servers = [`nats://127.0.0.1:${await greet(greeting)}`]
      return faultOf(natsBus({ servers, name: 'test', user: 'u', password: 'secret' }, 'once'))
    }
    for (const version of ['2.8.4', '1.4.1', '2.0.0-beta'])
      expect(await attempt(`INFO {"version":"${version}","max_payload":1048576}\r\n`)).toMatchObject({
        code: 'NATS_VERSION',
        retry: 'never',
      })
    for (const greeting of [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'INFO {"version":\r\n',
      'INFO {"version":7}\r\n',
      '\r\n',
    ])
      expect((await attempt(greeting)).code).toBe('NATS_UNREACHABLE')
    expect(received).toBe('')
  })
})

async function started(config?: string): Promise<NatsServer> {
  const server = await startNatsServer(config === undefined ? {} : { config })
  onTestFinished(() => server.stop())
  return server
}

async function connected(server: NatsServer, more: Partial<NatsOptions> = {}): Promise<NatsBus> {
  const bus = await natsBus({ servers: [server.url], name: 'test', ...more }, 'once')
  onTestFinished(() => bus.close())
  return bus
}

/** Asks until a request is not taken; rejects then. */
async function untilRefused(bus: NatsBus, subject: string): Promise<void> {
  for (;;)
    await bus.request(subject, '', 50).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.code !== 'TIMEOUT') throw error
    })
}

/** A server of our own on a free port, gone when the test ends. */
function listening(greet: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    greet(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    }),
  )
}
