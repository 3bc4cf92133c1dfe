import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectionOf } from '#cli/context.js'
import { natsServerProgram } from '#cli/demo/processes.js'
import { loadConfig } from '#daemon/config/load.js'
import { loadVenue } from '#daemon/config/venue-schema.js'
import { initialise } from '#daemon/init/initialise.js'
import { natsMissing } from '../support/nats-server.js'
import { butInCi, testUnless } from '../support/needed.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'

const nats = natsServerProgram()
/** `promtool` of the system, or the one that `scripts/setup test` unpacked without root. */
const promtool = ['/usr/bin/promtool', '/usr/local/bin/promtool', '.tools/usr/bin/promtool'].find(existsSync)

function run(program: string, args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` }
}

describe('what ballast init writes', () => {
  const root = suiteTempDir()
  const set = initialise({ dir: join(root, 'set'), user: 'ballast', force: false })
  const at = (path: string): string => join(set.dir, path)

  it('is everything a daemon, its gateway and their watchers need', () => {
    expect(set.files).toEqual(
      expect.arrayContaining([
        'ballast.yaml',
        'contexts.yaml',
        'grafana/dashboards/ballast-overview.json',
        'grafana/provisioning/dashboards/ballast.yml',
        'grafana/provisioning/datasources/ballast.yml',
        'nats/nats-server.conf',
        'portfolios/example.yaml',
        'prometheus/ballast.rules.yml',
        'prometheus/ballast.yml',
        'schema/portfolio.schema.json',
        'schema/system.schema.json',
        'systemd/ballast-gateway.service',
        'systemd/ballast-gateway.service.d/loopback.conf',
        'systemd/ballast.service',
        'systemd/ballast.service.d/loopback.conf',
        'systemd/optional/gpu.conf',
        'venue.yaml',
      ]),
    )
  })

  testUnless(butInCi(natsMissing()))('passes nats-server -t, which would see a mistake', () => {
    const file = at('nats/nats-server.conf')
    const good = run(nats ?? '', ['-t', '-c', file])
    expect(good).toEqual({ status: 0, output: `nats-server: configuration file ${file} is valid\n` })
    const bad = join(tempDir(), 'bad.conf')
    writeFileSync(bad, readFileSync(file, 'utf8').replace('nkey: "U', 'nkey: "X'))
    expect(run(nats ?? '', ['-t', '-c', bad])).toMatchObject({ status: 1, output: expect.stringContaining('nkey') })
  })

  testUnless(butInCi(promtool === undefined ? 'promtool is missing: install the Debian package prometheus' : null))(
    'passes promtool check config and check rules',
    () => {
      for (const args of [
        ['config', 'prometheus/ballast.yml'],
        ['rules', 'prometheus/ballast.rules.yml'],
      ] as const) {
        const { status, output } = run(promtool ?? '', ['check', args[0], at(args[1])])
        expect(status, output).toBe(0)
        expect(output).toMatch(/SUCCESS: \d+ rules? found/)
      }
    },
  )

  it('passes ballast config validate, with a portfolio that trades through the gateway of the permissions', () => {
    const loaded = loadConfig(at('ballast.yaml'))
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.refusal))
    const { system, portfolios } = loaded.value
    expect(portfolios.map(({ policy }) => [policy.id, policy.gateway])).toEqual([['example', 'paper']])
    expect(system.feed.type).toBe('bus')
    expect(system.nats).toMatchObject({
      servers: ['nats://127.0.0.1:4222'],
      nkey_seed_file: 'credential:daemon.nk',
      inbox_prefix: '_INBOX_daemon',
    })
    appendFileSync(at('ballast.yaml'), 'bogus: 1\n')
    expect(loadConfig(at('ballast.yaml')).ok).toBe(false)
    writeFileSync(at('ballast.yaml'), readFileSync(at('ballast.yaml'), 'utf8').replace('bogus: 1\n', ''))
  })

  it('has a venue file for the gateway, as good as the one that comes with Ballast', () => {
    const [made, shipped] = [loadVenue(at('venue.yaml')), loadVenue('config/venue.yaml')]
    if (!made.ok || !shipped.ok) throw new Error(JSON.stringify([made, shipped]))
    const { nats: connection, ...terms } = made.value
    expect({ ...terms, nats: null }).toEqual(shipped.value)
    expect(connection).toMatchObject({ nkey_seed_file: 'credential:gateway.nk', inbox_prefix: '_INBOX_gateway' })
  })

  it('gives the command line a context for each who connects by hand, the operator unless another is named', () => {
    const before = process.env.BALLAST_CONTEXTS
    process.env.BALLAST_CONTEXTS = at('contexts.yaml')
    onTestFinished(() => {
      if (before === undefined) delete process.env.BALLAST_CONTEXTS
      else process.env.BALLAST_CONTEXTS = before
    })
    for (const role of ['operator', 'auditor', 'market-data'])
      expect(connectionOf({ context: role, nats: undefined })).toMatchObject({
        servers: ['nats://127.0.0.1:4222'],
        nkey_seed_file: at(`credentials/${role}.nk`),
        inbox_prefix: `_INBOX_${role}`,
      })
    expect(connectionOf({ context: undefined, nats: undefined })?.inbox_prefix).toBe('_INBOX_operator')
  })

  it('has a place for nothing left open and names no secret outside credentials', () => {
    const secrets = Object.values(set.seeds).map(({ path }) => readFileSync(path, 'utf8').trim())
    expect(secrets.every((seed) => /^SU[A-Z2-7]{56}$/.test(seed))).toBe(true)
    for (const path of set.files) {
      const text = readFileSync(at(path), 'utf8')
      expect(text, path).not.toMatch(/@[A-Z_]+@/)
      for (const seed of secrets) expect(text.includes(seed), path).toBe(false)
    }
  })
})
