import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nkeys } from 'nats'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type NatsBus, natsBus } from '#adapters/bus/nats.js'
import { answering } from '#adapters/wire/exchange.js'
import { exec } from '#adapters/wire/exec.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { Check, Status } from '#daemon/doctor/check.js'
import { packageRoot } from '#daemon/package-root.js'
import { instant, toIso } from '#units/time.js'
import type { BallastProcess } from '../support/ballast-process.js'
import { changed, roleSet } from '../support/nats-roles.js'
import { startNatsServer, withNats } from '../support/nats-server.js'
import { tempDir } from '../support/temp-dir.js'
import { openRig, type Rig, type RigOptions } from '../support/wire-rig.js'
import { ballast, type Ended, errorOf, holdState } from './cli-process.js'
import { writeWorkspace } from './cli-workspace.js'

/** Nobody's contexts: what a person keeps at home must not decide a test. */
const HOME = { BALLAST_CONTEXTS: '/nonexistent/contexts.yaml' }

/** What the doctor says, by check, and how the program ended. */
interface Said extends Ended {
  readonly checks: ReadonlyMap<string, Check>
  readonly statuses: Readonly<Record<string, Status>>
}

async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return saidBy(await ballast(['doctor', '-o', 'json', ...args], { env: { ...HOME, ...env } }))
}

/** Runs a program of another place than the package's own. */
const node = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [...args], { env: HOME }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })

function saidBy(ended: Ended): Said {
  const { data } = JSON.parse(ended.stdout) as { readonly data: readonly Check[] }
  return {
    ...ended,
    checks: new Map(data.map((check) => [check.name, check])),
    statuses: Object.fromEntries(data.map(({ name, status }) => [name, status])),
  }
}

async function rigOf(options: RigOptions = {}): Promise<Rig & { readonly config: string }> {
  const dir = tempDir()
  const rig = await openRig(dir, { clock: 'system', ...options })
  onTestFinished(() => rig.nats.stop())
  return { ...rig, config: join(dir, 'ballast.yaml') }
}

/** Waits until a process serves, and ends it with the test. */
async function serving(ballastProcess: BallastProcess): Promise<BallastProcess> {
  onTestFinished(async () => {
    ballastProcess.child.kill('SIGKILL')
    await ballastProcess.ended
  })
  await ballastProcess.said('"serving"')
  return ballastProcess
}

async function busOf(url: string): Promise<NatsBus> {
  const bus = await natsBus({ servers: [url], name: 'test' }, 'once')
  onTestFinished(() => bus.close())
  return bus
}

/** A gateway of a test: what its account says, with a clock that is `offsetMs` ahead. */
async function gatewaySaying(url: string, account: { mode?: 'paper' | 'live'; offsetMs?: number }): Promise<void> {
  const { mode = 'paper', offsetMs = 0 } = account
  const bus = await busOf(url)
  answering(bus, exec.account, subjects.gateway('paper', 'account'), async () => ({
    mode,
    currency: 'USD',
    ts: toIso(instant(Date.now() + offsetMs)),
  }))
  await bus.roundTripMs()
}

const contentOf = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => `${name} ${/\.(mdb|json)$/.test(name) && !name.endsWith('lock.mdb') ? digest(join(dir, name)) : ''}`)

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

withNats('ballast doctor and a whole installation', () => {
  it('finds nothing while it is well, and a stale lock once the daemon was killed', async () => {
    const rig = await rigOf()
    await serving(rig.gateway())
    const feed = rig.feed()
    onTestFinished(async () => {
      feed.child.kill('SIGKILL')
      await feed.ended
    })
    const daemon = await serving(rig.daemon())
    const pages = /"http":"([^"]+)"/.exec(daemon.output())?.[1]
    await expect
      .poll(async () => (await fetch(`http://${pages}/readyz?verbose`)).status, { timeout: 20_000, interval: 50 })
      .toBe(200)
    const well = await doctor(['-c', rig.config])
    expect(well.statuses, well.stdout).toEqual({
      node: 'ok',
      addon: 'ok',
      time: 'ok',
      configuration: 'ok',
      'state directory': 'ok',
      disk: 'ok',
      sync: expect.stringMatching(/^(ok|warn)$/), // how fast the disk of a test is, nobody knows
      lock: 'ok',
      journal: 'skip',
      'nats server': 'ok',
      'nats login': 'ok',
      'gateway paper': 'ok',
      'clock of paper': 'ok',
      feed: 'ok',
      daemon: 'ok',
    })
    expect(well.code).toBe(0)
    expect(well.checks.get('lock')?.detail).toContain(`pid ${daemon.child.pid} `)
    expect(well.checks.get('journal')?.detail).toContain(`pid ${daemon.child.pid} `)
    expect(well.checks.get('gateway paper')?.detail).toContain('fixed (paper), inverse-vol (paper), mean-cvar (paper)')

    daemon.child.kill('SIGKILL')
    await daemon.ended
    const before = contentOf(rig.state)
    const stale = await doctor(['-c', rig.config])
    expect(contentOf(rig.state)).toEqual(before)
    expect(stale.code).toBe(0)
    expect(stale.checks.get('lock')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(`stale: left by pid ${daemon.child.pid} `),
      hint: expect.stringContaining('the next start takes it over'),
    })
    expect(stale.checks.get('journal')).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/^layout 1; fixed at \d+, inverse-vol at \d+, mean-cvar at \d+; /),
    })
    expect(stale.checks.get('daemon')).toMatchObject({ status: 'warn', detail: expect.stringContaining('none runs') })
  })

  it('finds NATS down, and names it as the reason for what it cannot check', async () => {
    const rig = await rigOf()
    await rig.nats.kill()
    const said = await doctor(['-c', rig.config])
    expect(said.code).toBe(1)
    expect(errorOf(said)).toMatchObject({
      code: 'CHECKS_FAILED',
      message: expect.stringMatching(/checks failed: nats server$/),
    })
    expect(said.checks.get('nats server')).toMatchObject({
      status: 'FAIL',
      detail: `NATS is down: ${rig.nats.url}: ECONNREFUSED`,
      hint: expect.stringContaining('systemctl start nats-server'),
    })
    for (const name of ['nats login', 'gateway paper', 'clock of paper', 'feed', 'daemon'])
      expect(said.checks.get(name)).toMatchObject({ status: 'skip', detail: 'needs nats server, which failed' })
  })

  it('finds the gateway missing and the feed silent', async () => {
    const rig = await rigOf()
    const said = await doctor(['-c', rig.config])
    expect(said.code).toBe(1)
    expect(said.checks.get('gateway paper')).toMatchObject({
      status: 'FAIL',
      detail: 'missing: nobody answers as paper',
      hint: expect.stringContaining('ballast gateway paper --name paper'),
    })
    expect(said.statuses).toMatchObject({ 'nats login': 'ok', 'clock of paper': 'skip', feed: 'warn', daemon: 'warn' })
    expect(said.checks.get('clock of paper')?.detail).toBe('needs gateway paper, which failed')
  })

  it('finds a gateway that takes questions and never answers', async () => {
    const rig = await rigOf()
    const bus = await busOf(rig.nats.url)
    bus.subscribe(subjects.gateway('paper', 'account'), () => undefined)
    await bus.roundTripMs()
    const said = await doctor(['-c', rig.config, '--timeout', '300ms'])
    expect(said.checks.get('gateway paper')).toMatchObject({
      status: 'FAIL',
      detail: 'silent: no answer on exec.v1.paper.account within 300 ms',
    })
  })

  it.each([-5_000, 5_000])('finds a gateway whose clock is %d ms off', async (offsetMs) => {
    const rig = await rigOf()
    await gatewaySaying(rig.nats.url, { offsetMs })
    const said = await doctor(['-c', rig.config])
    expect(said.code).toBe(1)
    expect(said.statuses['gateway paper']).toBe('ok')
    expect(said.checks.get('clock of paper')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringMatching(/^its clock is (4\.\d|5\.0) s away from ours \(limit 1 s\)/),
    })
  })

  it('leaves the clock alone when the feed moves the time', async () => {
    const rig = await rigOf({ clock: 'simulated' })
    await gatewaySaying(rig.nats.url, { offsetMs: 5_000 })
    const said = await doctor(['-c', rig.config])
    expect(said.statuses).toMatchObject({ 'gateway paper': 'ok', 'clock of paper': 'skip' })
    expect(said.code).toBe(0)
  })

  it('finds a gateway of another mode, asking for enabled portfolios only', async () => {
    const rig = await rigOf()
    await gatewaySaying(rig.nats.url, { mode: 'live' })
    const file = join(rig.dir, 'portfolios', 'fixed.yaml')
    writeFileSync(file, `enabled: false\n${readFileSync(file, 'utf8')}`)
    const said = await doctor(['-c', rig.config])
    expect(said.checks.get('configuration')?.detail).toContain('2 of 3 portfolios enabled')
    expect(said.checks.get('gateway paper')).toMatchObject({
      status: 'FAIL',
      detail: 'its account of inverse-vol is live, the portfolio is paper: no order would be sent',
    })
  })

  it('finds a process that holds the state and says nothing', async () => {
    const rig = await rigOf()
    const holder = await holdState(rig.state)
    onTestFinished(() => holder.letGo())
    const said = await doctor(['-c', rig.config])
    expect(said.statuses).toMatchObject({ lock: 'ok', journal: 'skip' })
    expect(said.checks.get('daemon')).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(new RegExp(`^pid ${holder.pid} .* holds the state, but nobody answers`)),
    })
  })

  it('reports every problem of a portfolio file and goes on with what the system file says', async () => {
    const rig = await rigOf()
    const text = 'version: 1\nid: fixed\ninitial_cash: "-1"\nuniverse: {symbols: []}\ntargets: {source: fixed}\n'
    writeFileSync(join(rig.dir, 'portfolios', 'fixed.yaml'), text)
    const said = await doctor(['-c', rig.config])
    expect(said.code).toBe(1)
    const found = said.checks.get('configuration')
    expect(found?.status).toBe('FAIL')
    expect(found?.more.length).toBeGreaterThan(1)
    expect(found?.detail).toBe(`${rig.config}: ${found?.more.length} problems`)
    expect(found?.more.every((line) => line.includes('fixed.yaml'))).toBe(true)
    expect(said.statuses).toMatchObject({ disk: 'ok', 'nats login': 'ok', gateways: 'skip', feed: 'warn' })
    expect(said.checks.get('gateways')?.detail).toBe('needs configuration, which failed')
  })
})

withNats('ballast doctor and who may do what on NATS', () => {
  it('finds a wrong password and never shows it', async () => {
    const rig = await rigOf()
    await rig.nats.restart('authorization { users: [{user: "daemon", password: "right"}] }')
    const file = join(rig.dir, 'password')
    const system = readFileSync(rig.config, 'utf8')
    const servers = `nats: {servers: ["${rig.nats.url}"]`
    writeFileSync(rig.config, changed(system, servers, `${servers}, user: daemon, password_file: password`))
    writeFileSync(file, 'wr0ng-secret\n')
    const wrong = await doctor(['-c', rig.config])
    expect(wrong.code).toBe(1)
    expect(wrong.checks.get('nats login')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('NATS_UNAUTHORISED'),
      hint: expect.stringContaining('password'),
    })
    expect(wrong.statuses).toMatchObject({ 'nats server': 'ok', 'gateway paper': 'skip' })
    expect(wrong.stdout + wrong.stderr).not.toContain('wr0ng-secret')
    writeFileSync(file, 'right\n')
    expect((await doctor(['-c', rig.config])).statuses['nats login']).toBe('ok')
  })

  it('finds a server without the TLS that is asked for', async () => {
    const rig = await rigOf()
    const said = await doctor(['-c', rig.config, '--nats', rig.nats.url.replace('nats:', 'tls:')])
    expect(said.checks.get('nats login')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('NATS_TLS'),
      hint: expect.stringContaining('tls.ca_file'),
    })
  })

  it('works with the roles of ballast init, and says which of them may not ask what', async () => {
    const { dir, config } = roleSet(tempDir())
    const nats = await startNatsServer({ config })
    onTestFinished(() => nats.stop())
    for (const name of ['ballast.yaml', 'contexts.yaml']) {
      const file = join(dir, name)
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('nats://127.0.0.1:4222', nats.url))
    }
    const credentials = join(dir, 'credentials')
    const base = { BALLAST__STATE__PATH: join(dir, 'state') }
    const env = { ...base, CREDENTIALS_DIRECTORY: credentials, BALLAST_CONTEXTS: join(dir, 'contexts.yaml') }
    const args = ['-c', join(dir, 'ballast.yaml')]

    const daemon = await doctor(args, env)
    expect(daemon.statuses, daemon.stdout).toMatchObject({
      'nats login': 'ok',
      'gateway paper': 'FAIL',
      feed: 'warn',
      daemon: 'warn', // asked by the operator of the current context
    })
    expect(daemon.checks.get('gateway paper')?.detail).toContain('missing')
    expect((await doctor(args, { ...env, ...HOME })).statuses.daemon).toBe('skip')

    const operator = await doctor([...args, '--context', 'operator'], env)
    expect(operator.statuses).toMatchObject({
      'nats login': 'ok',
      'gateway paper': 'skip',
      'clock of paper': 'skip',
      feed: 'skip',
      daemon: 'warn',
    })
    const outside = await doctor(args, base)
    expect(outside.checks.get('nats login')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('SECRET_UNREADABLE'),
      hint: expect.stringContaining('CREDENTIALS_DIRECTORY'),
    })

    const system = join(dir, 'ballast.yaml')
    const text = readFileSync(system, 'utf8')
    writeFileSync(system, changed(text, '_INBOX_daemon', '_INBOX_mine'))
    expect((await doctor(args, env)).checks.get('nats login')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('not allowed to listen on _INBOX_mine'),
    })
    writeFileSync(system, text)

    chmodSync(join(credentials, 'daemon.nk'), 0o600)
    writeFileSync(join(credentials, 'daemon.nk'), Buffer.from(nkeys.createUser().getSeed()))
    expect((await doctor(args, env)).checks.get('nats login')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('NATS_UNAUTHORISED'),
    })
  })
})

describe('ballast doctor without NATS', () => {
  it('is content with a configuration that needs none, and shows it in words', async () => {
    const { config, folder } = writeWorkspace(tempDir())
    const said = await doctor(['-c', config])
    expect(said.code).toBe(0)
    expect(said.checks.get('nats server')).toMatchObject({ status: 'skip', detail: 'there is no nats section' })
    expect(said.statuses).toMatchObject({ configuration: 'ok', 'state directory': 'ok', lock: 'ok', journal: 'ok' })
    expect(readdirSync(folder)).toEqual(['config'])
    const { stdout, code } = await ballast(['doctor', '-c', config], { env: HOME })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ok {4}node {2,}\d+\.\d+\.\d+$/m)
    expect(stdout).toMatch(/^\d+ ok, \d+ skipped$/m)
  })

  it('finds a disk that is too full for the configuration', async () => {
    const { config, folder, state } = writeWorkspace(tempDir())
    mkdirSync(state, { mode: 0o700 })
    const env = { BALLAST__STATE__SOFT_FREE_BYTES: String(2 ** 53 - 1) }
    const said = await doctor(['-c', config], env)
    expect(said.code).toBe(1)
    expect(said.checks.get('disk')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining('less than state.soft_free_bytes'),
      hint: expect.stringContaining('make room'),
    })
    expect(said.checks.get('sync')?.detail).toMatch(/^fdatasync p50 \d+\.\d\d ms, slowest .* of 10/)
    expect(readdirSync(folder).sort()).toEqual(['config', 'state'])
    expect(readdirSync(state)).toEqual([])
    const { stdout } = await ballast(['doctor', '-c', config], { env: { ...HOME, ...env } })
    expect(stdout).toMatch(/^FAIL {2}disk .*\n +-> make room/m)
  })

  it('goes on without a configuration that can be read', async () => {
    const said = await doctor(['-c', '/nonexistent/ballast.yaml', '--state', tempDir()])
    expect(said.code).toBe(1)
    expect(said.checks.get('configuration')).toMatchObject({ status: 'FAIL', more: [expect.any(String)] })
    expect(said.statuses).toMatchObject({ node: 'ok', addon: 'ok', lock: 'ok', disk: 'skip', 'nats server': 'skip' })
  })

  it('finds the addon missing, and says what to run', async () => {
    const place = tempDir()
    for (const name of ['package.json', 'bin']) cpSync(join(packageRoot, name), join(place, name), { recursive: true })
    const filter = (source: string): boolean => !/\.(d\.ts|map)$/.test(source)
    cpSync(join(packageRoot, 'dist'), join(place, 'dist'), { recursive: true, filter })
    symlinkSync(join(packageRoot, 'node_modules'), join(place, 'node_modules'))
    const { config } = writeWorkspace(join(place, 'mine'))
    const said = saidBy(await node([join(place, 'bin', 'ballast'), 'doctor', '-o', 'json', '-c', config]))
    expect(said.code).toBe(1)
    expect(said.checks.get('addon')).toMatchObject({
      status: 'FAIL',
      detail: expect.stringContaining(join(place, 'build', 'Release', 'ballast.node')),
      hint: 'run npm run setup in the folder of the program',
    })
    for (const name of ['lock', 'journal'])
      expect(said.checks.get(name)).toMatchObject({ status: 'skip', detail: 'needs addon, which failed' })
    expect(said.statuses).toMatchObject({ node: 'ok', configuration: 'ok', 'state directory': 'ok' })
  })
})
