import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '#adapters/journal/lmdb.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control, type ReloadAnswer } from '#daemon/control/messages.js'
import type { Message } from '#ports/bus.js'
import { portfolioId } from '#units/ids.js'
import { startBallast } from '../support/ballast-process.js'
import { writeScenario } from '../support/scenario.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { openControl } from './control-daemon.js'

const FIXED = portfolioId('fixed')
const OPTIMISED = portfolioId('optimised')

let played: Workspace
const folder = suiteTempDir()
beforeAll(async () => {
  played = writeWorkspace(folder)
  await playWorkspace(played)
})

/** A daemon over a played workspace, its files to be changed at will. */
async function daemon() {
  const workspace = writeWorkspace(tempDir())
  cpSync(played.state, workspace.state, { recursive: true })
  const opened = await openControl(workspace.config, workspace.state)
  let closed = false
  const close = async (): Promise<void> => {
    if (!closed) await opened.close()
    closed = true
  }
  onTestFinished(close)
  const { engine, journal } = opened.assembly
  const file = (name: string): string => join(workspace.folder, 'config', name)
  const edit = (name: string, from: string | RegExp, to: string): void => {
    const before = readFileSync(file(name), 'utf8')
    const after = before.replace(from, to)
    if (after === before) throw new Error(`${name} has no ${from}`)
    writeFileSync(file(name), after)
  }
  const asked = (dry_run: boolean) => ({ request_id: randomUUID(), actor: 'j.doe', reason: 'new mandate', dry_run })
  const reload = (dryRun = false, more: object = {}): Promise<ReloadAnswer> =>
    opened.tell(control.reload, subjects.control('reload'), { ...asked(dryRun), ...more }) as Promise<ReloadAnswer>
  const policy = (id = FIXED) => engine.host.snapshot(id)!.context.policy
  const heads = () => engine.portfolios.map((id) => journal.head(id).seq)
  return { ...opened, close, workspace, file, edit, reload, policy, heads }
}

const FIXED_FILE = 'portfolios/fixed.yaml'
const COLLAR = ['allow_unsettled: true', 'allow_unsettled: true, collar: 0.03'] as const

describe('a configuration read again', () => {
  it('is tried, then adopted by all whose policy differs, with who, why, and what it loosens', async () => {
    const { edit, reload, policy, heads, assembly } = await daemon()
    const alerts: unknown[] = []
    assembly.bus.subscribe(subjects.event('*', 'alert'), ({ body }: Message) => alerts.push(JSON.parse(body)))
    expect(await reload()).toEqual({ changed: [], loosened: [], waiting: [], duplicate: false, dry_run: false })
    edit(FIXED_FILE, 'max: 0.6', 'max: 0.7')
    edit('portfolios/optimised.yaml', 'days: 7', 'days: 9')
    const before = heads()
    const dry = await reload(true)
    expect(dry).toMatchObject({
      changed: ['fixed.governance.rules.position_limit.max', 'optimised.triggers.cooldown.days'],
      loosened: ['fixed: governance.rules.position-limit.max 0.6 -> 0.7'],
      dry_run: true,
    })
    expect(heads()).toEqual(before)
    expect(await reload()).toEqual({ ...dry, dry_run: false })
    expect(policy().governance).toContainEqual({ name: 'position-limit', params: { max: 0.7 } })
    expect(policy(OPTIMISED).triggers.cooldownDays).toBe(9)
    const entry = assembly.journal.entries(FIXED, assembly.journal.head(FIXED).seq, 1)[0]!
    const cause = expect.stringMatching(/^config j\.doe: new mandate all:[0-9a-f-]{36}$/)
    expect(entry.event).toMatchObject({ type: 'configured', cause })
    expect(alerts).toEqual([expect.objectContaining({ loosened: ['governance.rules.position-limit.max 0.6 -> 0.7'] })])
    expect(await reload()).toMatchObject({ changed: [] })
  })

  it('is read once for a request, also when it comes twice at once, and after a restart', async () => {
    const { edit, reload, policy, heads, workspace, close } = await daemon()
    const request = { request_id: randomUUID() }
    edit(FIXED_FILE, 'band: 0.2', 'band: 0.3')
    const both = await Promise.all([reload(false, request), reload(false, request)])
    expect(both.map(({ duplicate }) => duplicate)).toEqual([false, true])
    expect(both.map(({ changed }) => changed)).toEqual(Array(2).fill(['fixed.triggers.drift.band']))
    edit(FIXED_FILE, 'band: 0.3', 'band: 0.4')
    const before = heads()
    expect(await reload(false, request)).toEqual({ ...both[0], duplicate: true })
    await expect(reload(false, { ...request, reason: 'else' })).rejects.toMatchObject({ code: 'REQUEST_CONFLICT' })
    expect([policy().triggers.drift!.band, heads()]).toEqual([0.3, before])
    await close()

    const again = await openControl(workspace.config, workspace.state)
    onTestFinished(() => again.close())
    edit(FIXED_FILE, 'band: 0.4', 'band: 0.5')
    const asked = { ...request, actor: 'j.doe', reason: 'new mandate' }
    const told = await again.tell(control.reload, subjects.control('reload'), asked)
    expect(told).toEqual({ changed: [], loosened: [], waiting: [], duplicate: true, dry_run: false })
    expect(again.assembly.engine.host.snapshot(FIXED)!.context.policy.triggers.drift!.band).toBe(0.4)
  })

  it('is refused whole, with file and line, when any part of it is wrong; the running one stays', async () => {
    const { edit, reload, policy, heads } = await daemon()
    edit('portfolios/optimised.yaml', 'days: 7', 'days: 9')
    edit(FIXED_FILE, 'band: 0.2', 'band: -1')
    const before = heads()
    await expect(reload()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/fixed\.yaml:7:\d+ triggers\.drift\.band: must be > 0, got -1/),
    })
    expect(heads()).toEqual(before)
    expect(policy(OPTIMISED).triggers.cooldownDays).toBe(7)
    edit(FIXED_FILE, 'band: -1', 'band: 0.3')
    await reload()
    expect([policy().triggers.drift!.band, policy(OPTIMISED).triggers.cooldownDays]).toEqual([0.3, 9])
  })

  it.each([
    [
      'an instrument that is held leaves the universe',
      FIXED_FILE,
      /^universe: .*$/m,
      'universe: {symbols: [AAA]}',
      /universe/,
    ],
    [
      'an instrument nobody listens to joins it',
      FIXED_FILE,
      'symbols: [AAA',
      'symbols: [ZZZ, AAA',
      /ZZZ.*takes a restart/,
    ],
    [
      'a portfolio is disabled',
      FIXED_FILE,
      'version: 1',
      'version: 1\nenabled: false',
      /would not be: that takes a restart/,
    ],
    ['more history is wanted than remembered', FIXED_FILE, 'maximum: 36', 'maximum: 99', /fixed\.yaml:6:.*restart/],
    ['the system file differs', 'ballast.yaml', 'seed: workspace', 'seed: other', /ballast\.yaml:4:.*seed: changed/],
  ])('is refused when %s', async (_name, name, from, to, message) => {
    const { edit, reload, heads } = await daemon()
    const before = heads()
    edit('portfolios/optimised.yaml', 'days: 7', 'days: 9')
    edit(name, from, to)
    if (name === FIXED_FILE && String(to).includes('symbols: [AAA]'))
      edit(FIXED_FILE, /weights: \{.*?\}, cash: 0.04/, 'weights: {AAA: 0.24}, cash: 0.76')
    await expect(reload()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
    expect(heads()).toEqual(before)
  })

  it('is refused when a portfolio is new', async () => {
    const { file, reload } = await daemon()
    writeFileSync(file('portfolios/new.yaml'), readFileSync(file(FIXED_FILE), 'utf8').replace('id: fixed', 'id: new'))
    await expect(reload()).rejects.toMatchObject({ message: expect.stringMatching(/new\.yaml:2:.*takes a restart/) })
  })

  it('waits for the end of a run under way, and a later one overtakes it', async () => {
    const { edit, reload, policy, assembly } = await daemon()
    const { engine } = assembly
    const begun = engine.rebalance(FIXED, 'pm', 'now')
    await begun
    edit(FIXED_FILE, ...COLLAR)
    expect(await reload()).toMatchObject({ changed: ['fixed.orders.collar'], waiting: ['fixed'] })
    expect(policy().orders.collar).not.toBe(0.03)
    edit(FIXED_FILE, 'collar: 0.03', 'collar: 0.04')
    expect(await reload()).toMatchObject({ waiting: ['fixed'] })
    while (engine.host.snapshot(FIXED)!.value.lifecycle !== 'watching') {
      await new Promise((resolve) => setImmediate(resolve))
      const next = assembly.clock.next()
      if (engine.idle() && next !== null) assembly.clock.advanceTo(next)
    }
    await engine.pulse([])
    expect(policy().orders.collar).toBe(0.04)
    expect(engine.host.snapshot(FIXED)!.value.permission).toBe('active')
  })
})

describe('SIGHUP', () => {
  it('has the daemon read its files again: a mistake is said with its line, and a change is journaled', async () => {
    const dir = tempDir()
    writeScenario(dir, { sessions: 40, onEnd: 'stay' })
    const ballast = startBallast(['serve', '-c', join(dir, 'ballast.yaml')])
    onTestFinished(() => void ballast.child.kill('SIGKILL'))
    await ballast.said('feed ended')
    const file = join(dir, 'portfolios', 'fixed.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('band: 0.08', 'band: x'))
    ballast.child.kill('SIGHUP')
    await ballast.said('the running one stays')
    expect(ballast.output()).toMatch(/fixed\.yaml:\d+:\d+ triggers\.drift\.band/)
    writeFileSync(file, text.replace('band: 0.08', 'band: 0.09'))
    ballast.child.kill('SIGHUP')
    await ballast.said('configuration read again')
    ballast.child.kill('SIGTERM')
    expect(await ballast.ended).toBe(0)
    const journal = openJournal({ dir: join(dir, 'state', 'journal') })
    const last = journal.entries(FIXED, journal.head(FIXED).seq, 1)[0]!
    expect(last.event).toMatchObject({ type: 'configured', cause: 'config SIGHUP: asked by signal' })
    await journal.close()
  })
})
