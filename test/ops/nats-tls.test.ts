import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type NatsBus, type NatsOptions, natsBus } from '#adapters/bus/nats.js'
import { subjects } from '#adapters/wire/subjects.js'
import { loadConfig } from '#daemon/config/load.js'
import { natsOptions } from '#daemon/config/nats-files.js'
import { authority, certificate, opensslMissing } from '../support/certificates.js'
import { changed, type RoleSet, roleSet } from '../support/nats-roles.js'
import { type NatsServer, natsMissing, startNatsServer } from '../support/nats-server.js'
import { butInCi, either, suiteUnless } from '../support/needed.js'
import { suiteTempDir } from '../support/temp-dir.js'

const missing = butInCi(either(natsMissing(), opensslMissing()))

/** The generated configuration with its TLS block switched on: the marks taken off, and nothing else. */
const switchedOn = (config: string): string => config.replace(/^#(tls \{|}| {2}\w+: )/gm, '$1')

suiteUnless(missing)('TLS with nkeys, as ballast init writes it', () => {
  const dir = suiteTempDir()
  let set: RoleSet
  let server: NatsServer
  let configured: NatsOptions

  beforeAll(async () => {
    set = roleSet(join(dir, 'set'))
    const tls = join(set.dir, 'nats', 'tls')
    mkdirSync(tls)
    certificate(tls, 'server', authority(tls, 'ca'), 'IP:127.0.0.1')
    const config = switchedOn(set.config)
    expect(config).toContain(`\ntls {\n  cert_file: "${tls}/server.crt"\n`)
    server = await startNatsServer({ config })
    const file = join(set.dir, 'ballast.yaml')
    const port = `tls://127.0.0.1:${server.port}`
    const yaml = changed(readFileSync(file, 'utf8'), 'nats://127.0.0.1:4222', port)
    writeFileSync(file, changed(yaml, '# tls: {', 'tls: {'))
    const loaded = loadConfig(file)
    if (!loaded.ok || loaded.value.system.nats === null) throw new Error(JSON.stringify(loaded))
    const before = process.env.CREDENTIALS_DIRECTORY
    process.env.CREDENTIALS_DIRECTORY = join(set.dir, 'credentials')
    configured = natsOptions(loaded.value.system.nats, { name: 'tls-test' })
    if (before === undefined) delete process.env.CREDENTIALS_DIRECTORY
    else process.env.CREDENTIALS_DIRECTORY = before
  })
  afterAll(() => server.stop())

  const open = async (options: NatsOptions): Promise<NatsBus> => {
    const bus = await natsBus(options, 'once')
    onTestFinished(() => bus.close())
    return bus
  }

  it('carries a question from the operator to the daemon and the answer back', async () => {
    const daemon = await open(configured)
    const operator = await open({
      ...configured,
      nkeySeed: set.seed('operator'),
      inboxPrefix: '_INBOX_operator',
    })
    daemon.serve(subjects.control('list'), async () => '{"ok":true}')
    await daemon.roundTripMs()
    const answer = await operator.request(subjects.control('list'), '{}', 5_000)
    expect(answer.body).toBe('{"ok":true}')
  })

  it('refuses a server whose certificate comes from another authority', async () => {
    const { cert: ca } = authority(dir, 'other')
    await expect(natsBus({ ...configured, tls: { ca } }, 'once')).rejects.toMatchObject({ code: 'NATS_TLS' })
    const { tls: _, ...trusting } = configured
    await expect(natsBus(trusting, 'once')).rejects.toMatchObject({ code: 'NATS_TLS' })
  })

  it('refuses a key that the server does not know', async () => {
    const stranger = roleSet(join(dir, 'stranger'))
    const options = { ...configured, nkeySeed: stranger.seed('daemon') }
    await expect(natsBus(options, 'once')).rejects.toMatchObject({ code: 'NATS_UNAUTHORISED' })
  })

  it('refuses a server that does not speak TLS', async () => {
    const plain = await startNatsServer({ config: set.config.replace(/jetstream \{[^}]*\}/, '') })
    onTestFinished(() => plain.stop())
    const options = { ...configured, servers: [`tls://127.0.0.1:${plain.port}`] }
    await expect(natsBus(options, 'once')).rejects.toMatchObject({ code: 'NATS_TLS' })
  })
})
