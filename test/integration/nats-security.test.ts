import { nkeys } from 'nats'
import { expect, it, onTestFinished } from 'vitest'
import { type NatsBus, type NatsOptions, natsBus } from '#adapters/bus/nats.js'
import { faultOf } from '../contract/bus.js'
import { authority, certificate, opensslMissing } from '../support/certificates.js'
import { type NatsServer, natsMissing, startNatsServer, withNats } from '../support/nats-server.js'
import { either, suiteUnless } from '../support/needed.js'
import { tempDir } from '../support/temp-dir.js'
import { keptLog, restarted, until } from '../support/watching.js'

const TIMEOUT_MS = 5_000
const PASSWORDS = 'authorization { users: [{user: "daemon", password: "right"}] }'

withNats('a NATS bus shows who it is', () => {
  it('by user and password, and is refused for good with wrong ones or none', async () => {
    const server = await started(PASSWORDS)
    await works(await connected(server, { user: 'daemon', password: 'right' }))
    for (const wrong of [{ user: 'daemon', password: 'wrong' }, { user: 'daemon' }, {}]) {
      const fault = await faultOf(natsBus({ servers: [server.url], name: 'test', ...wrong }, 'once'))
      expect(fault).toMatchObject({ code: 'NATS_UNAUTHORISED', retry: 'never' })
      expect(JSON.stringify([fault.message, fault.data])).not.toContain('wrong"')
    }
  })

  it('by nkey, and is refused with another one or with what is none', async () => {
    const user = nkeys.createUser()
    const server = await started(`authorization { users: [{nkey: "${user.getPublicKey()}"}] }`)
    const seed = Buffer.from(user.getSeed()).toString()
    await works(await connected(server, { nkeySeed: seed }))
    const other = Buffer.from(nkeys.createUser().getSeed()).toString()
    for (const nkeySeed of [other, 'SUNOSEED', seed.toLowerCase()]) {
      const fault = await faultOf(natsBus({ servers: [server.url], name: 'test', nkeySeed }, 'once'))
      expect(fault).toMatchObject({ code: 'NATS_UNAUTHORISED', retry: 'never' })
      expect(fault.message).not.toContain(nkeySeed)
    }
  })

  it('again and again after the server refused it for a while', async () => {
    const server = await started(PASSWORDS)
    const log = keptLog()
    const bus = await connected(server, { user: 'daemon', password: 'right', log })
    bus.serve('echo', async ({ body }) => body)
    await server.restart('authorization { users: [{user: "somebody", password: "else"}] }')
    const refusals = (): number => log.lines.filter(({ fields }) => fields.code === 'NATS_UNAUTHORISED').length
    await until('it is refused', () => refusals() > 0)
    const connections = log.lines.length
    expect((await faultOf(bus.request('echo', '', TIMEOUT_MS))).code).toBe('DISCONNECTED')
    await until('it was refused again', () => server.log().split('authentication error').length > 3)
    expect(refusals()).toBe(1)
    expect(log.lines.length).toBeLessThanOrEqual(connections + 2)
    await server.restart(PASSWORDS)
    await until('it is back', () => bus.state() === 'connected')
    expect((await bus.request('echo', 'hello', TIMEOUT_MS)).body).toBe('hello')
  })
})

withNats('a NATS bus and permissions', () => {
  const users = `authorization { users: [
    {user: "one", password: "1", permissions: {
      publish: ["open.>", "_INBOX_one.>", "_INBOX_two.>"], subscribe: ["open.>", "_INBOX_one.>"]}}
    {user: "two", password: "2", permissions: {
      publish: ["open.>", "_INBOX_one.>"], subscribe: ["open.>", "_INBOX_two.>"]}}
  ] }`
  const one = { user: 'one', password: '1', inboxPrefix: '_INBOX_one' }
  const two = { user: 'two', password: '2', inboxPrefix: '_INBOX_two' }

  it('keeps its answers to itself: another user hears nothing of its inbox', async () => {
    const server = await started(users)
    const log = keptLog()
    const [asker, spy] = [await connected(server, one), await connected(server, { ...two, log })]
    const heard: string[] = []
    for (const pattern of ['_INBOX_one.>', '>', '_INBOX.>'])
      spy.subscribe(pattern, ({ subject }) => heard.push(subject))
    spy.serve('open.question', async () => 'answer')
    await spy.roundTripMs()
    expect((await asker.request('open.question', '', TIMEOUT_MS)).body).toBe('answer')
    await spy.roundTripMs()
    expect(heard).toEqual([])
    expect(log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)).toEqual([
      { operation: 'subscription', subject: '_INBOX_one.>' },
      { operation: 'subscription', subject: '>' },
      { operation: 'subscription', subject: '_INBOX.>' },
    ])
  })

  it('says once which subject was denied, fails requests on it fast, and goes on', async () => {
    const server = await started(users)
    const log = keptLog()
    const bus = await connected(server, { ...one, log })
    bus.serve('open.echo', async ({ body }) => body)
    bus.serve('closed.echo', async () => 'never heard')
    const before = performance.now()
    for (let n = 0; n < 3; n += 1) {
      bus.publish('closed.event', '')
      const fault = await faultOf(bus.request('closed.question', '', 30_000))
      expect(fault).toMatchObject({ code: 'NO_RESPONDERS', retry: 'ask-first' })
    }
    expect(performance.now() - before).toBeLessThan(10_000)
    expect((await bus.request('open.echo', 'still here', TIMEOUT_MS)).body).toBe('still here')
    const errors = log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields.subject)
    expect(errors).toEqual(['closed.echo', 'closed.event', 'closed.question'])
    expect(bus.state()).toBe('connected')
  })

  it('times out when its own inbox is denied', async () => {
    const server = await started(users)
    const log = keptLog()
    const bus = await connected(server, { ...one, inboxPrefix: '_INBOX_two', log })
    bus.serve('open.echo', async () => '')
    expect((await faultOf(bus.request('open.echo', '', 200))).code).toBe('TIMEOUT')
    expect(String(log.lines.find(({ level }) => level === 'error')?.fields.subject)).toMatch(/^_INBOX_two\..*\.\*$/)
  })
})

suiteUnless(either(natsMissing(), opensslMissing()))('a NATS bus over TLS', () => {
  const config = (by: { certFile: string; keyFile: string }, more = ''): string =>
    `tls { cert_file: "${by.certFile}", key_file: "${by.keyFile}", timeout: 5 ${more} }`

  it('trusts the authority it was given and no other', async () => {
    const dir = tempDir()
    const ca = authority(dir, 'ours')
    const server = await started(config(certificate(dir, 'server', ca, 'IP:127.0.0.1')))
    await works(await connected(server, { tls: { ca: ca.cert } }))
    await works(await connected(server, { servers: [server.url.replace('nats:', 'tls:')], tls: { ca: ca.cert } }))
    for (const tls of [{ ca: authority(dir, 'theirs').cert }, {}, undefined])
      expect(await failure(server, tls === undefined ? {} : { tls })).toMatchObject({
        code: 'NATS_TLS',
        retry: 'never',
      })
    expect((await failure(server, { tls: { ca: 'no PEM text' } })).code).toBe('NATS_TLS')
  })

  it('expects the certificate to name the host it was told to connect to', async () => {
    const dir = tempDir()
    const ca = authority(dir, 'ours')
    const server = await started(config(certificate(dir, 'server', ca, 'DNS:localhost')))
    expect((await failure(server, { tls: { ca: ca.cert } })).code).toBe('NATS_TLS')
    const servers = [`tls://localhost:${server.port}`]
    await works(await connected(server, { servers, tls: { ca: ca.cert } }))
  })

  it('shows its own certificate where the server wants one', async () => {
    const dir = tempDir()
    const [ca, strangers] = [authority(dir, 'ours'), authority(dir, 'theirs')]
    const verify = `, ca_file: "${ca.certFile}", verify: true`
    const server = await started(config(certificate(dir, 'server', ca, 'IP:127.0.0.1'), verify))
    const own = certificate(dir, 'client', ca, 'DNS:client')
    const strange = certificate(dir, 'stranger', strangers, 'DNS:client')
    const bus = await connected(server, { tls: { ca: ca.cert, cert: own.cert, key: own.key } })
    await works(bus)
    await restarted(server, bus)
    await works(bus)
    for (const tls of [{ ca: ca.cert }, { ca: ca.cert, cert: strange.cert, key: strange.key }])
      expect((await failure(server, { tls })).code).toBe('NATS_TLS')
  })

  it('tells a server without TLS nothing when it was asked for TLS', async () => {
    const server = await started('debug: true, trace: true')
    const own = { user: 'daemon', password: 'right' }
    expect((await failure(server, { ...own, tls: {} })).code).toBe('NATS_TLS')
    expect((await failure(server, { ...own, servers: [server.url.replace('nats:', 'tls:')] })).code).toBe('NATS_TLS')
    expect(server.log()).not.toContain('CONNECT')
  })
})

async function started(config: string): Promise<NatsServer> {
  const server = await startNatsServer({ config })
  onTestFinished(() => server.stop())
  return server
}

async function connected(server: NatsServer, more: Partial<NatsOptions>): Promise<NatsBus> {
  const bus = await natsBus({ servers: [server.url], name: 'test', ...more }, 'once')
  onTestFinished(() => bus.close())
  return bus
}

const failure = (server: NatsServer, more: Partial<NatsOptions>): ReturnType<typeof faultOf> =>
  faultOf(natsBus({ servers: [server.url], name: 'test', ...more }, 'once'))

async function works(bus: NatsBus): Promise<void> {
  const end = bus.serve('echo', async ({ body }) => body)
  expect((await bus.request('echo', 'hello', TIMEOUT_MS)).body).toBe('hello')
  end()
}
