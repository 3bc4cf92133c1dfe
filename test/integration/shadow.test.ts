import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control, type ReloadAnswer } from '#daemon/control/messages.js'
import type { ShadowReport } from '#daemon/queries/shadow.js'
import { quiescent } from '#daemon/replay.js'
import { encode } from '#units/canonical.js'
import { portfolioId } from '#units/ids.js'
import { startBallast } from '../support/ballast-process.js'
import { writeScenario } from '../support/scenario.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, errorOf } from './cli-process.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { openControl } from './control-daemon.js'

const OPTIMISED = portfolioId('optimised')
const CANDIDATE =
  'shadow: {optimiser: {bounds: {max: 0.35}}, governance: {rules: {position_limit: {max: 0.3}, turnover: {max: 1}}}}\n'

const file = ({ folder }: Workspace, id: string): string => join(folder, 'config', 'portfolios', `${id}.yaml`)

let played: Workspace
let plain: Workspace
beforeAll(async () => {
  plain = writeWorkspace(suiteTempDir())
  played = writeWorkspace(suiteTempDir())
  appendFileSync(file(played, 'optimised'), CANDIDATE)
  appendFileSync(file(played, 'fixed'), 'shadow: {}\n')
  await playWorkspace(plain)
  await playWorkspace(played)
})

describe('a candidate in a history that was played', () => {
  const shadow = (...args: string[]) => ballast(['shadow', ...args], { cwd: played.folder })

  it('is beside every run, and in no journal', async () => {
    const heads = async ({ state }: Workspace) => {
      const journal = openJournalForReading({ dir: join(state, 'journal') })
      const found = journal.portfolios().map((id) => [id, journal.head(id)])
      await journal.close()
      return found
    }
    expect(await heads(played)).toEqual(await heads(plain))
    const report = dataOf<ShadowReport>(await shadow('optimised', '--last', '1000', '-o', 'json'))
    expect(report.runs.length).toBe(report.kept)
    const runs = dataOf<readonly { run: string; turnover: number; plan: string | null }[]>(
      await ballast(['run', 'ls', 'optimised', '-o', 'json'], { cwd: played.folder }),
    )
    expect(report.runs.map(({ run, live }) => [run, live.plan])).toEqual(runs.map(({ run, plan }) => [run, plan]))
    const { summary } = report
    expect(summary.compared).toBe(report.kept)
    expect(summary.runs.differs).toBeGreaterThan(5)
    for (const { shadow: other } of report.runs)
      for (const [name, weight] of Object.entries(other!.targets?.weights ?? {}))
        expect(weight, name).toBeLessThanOrEqual(0.35 + 1e-9)
    const mean = report.runs.reduce((sum, { shadow: other }) => sum + other!.turnover, 0) / report.kept
    expect(summary.shadow!.turnover).toBeCloseTo(mean, 12)
  })

  it('that is the live policy did the same every time', async () => {
    const { summary, kept } = dataOf<ShadowReport>(await shadow('fixed', '-o', 'json'))
    expect(summary.runs).toEqual({ same: kept, differs: 0, failed: 0, dropped: 0 })
    expect(summary.shadow).toEqual(summary.live)
  })

  it('is told to a person: the summary, a line for each run, and what is otherwise in it', async () => {
    const { stdout, code } = await shadow('optimised', '--last', '2')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^compared +\d+ runs: \d+ the same, \d+ otherwise$/m)
    expect(stdout).toMatch(/^turnover +[\d.]+ % live, [\d.]+ % shadow {2}\(mean, one-way, from the live books\)$/m)
    expect(stdout.split('\n').filter((line) => /^R-\d+ +2023-/.test(line)).length).toBe(2)
    expect(stdout).toMatch(/targets: \w+ [\d.]+ % -> [\d.]+ %/)
    expect(stdout).toMatch(/verdicts: .*position-limit allow -> warn/)
  })

  it('is not there where no file names one, and no portfolio is made up', async () => {
    const none = await shadow('refused')
    expect(none.stdout).toBe('refused has no candidate: a section shadow in its file names one.\n')
    const unknown = await shadow('nobody', '-o', 'json')
    expect([unknown.code, errorOf(unknown).code]).toEqual([5, 'PORTFOLIO_UNKNOWN'])
    expect((await shadow('optimised', '--last', '0')).code).toBe(64)
  })

  it('is tried on a run by hand without a daemon too', async () => {
    const workspace = writeWorkspace(tempDir())
    cpSync(played.state, workspace.state, { recursive: true })
    appendFileSync(file(workspace, 'optimised'), CANDIDATE)
    const cwd = { cwd: workspace.folder }
    const ran = await ballast(['run', 'optimised', '--reason', 'now', '-o', 'json'], cwd)
    const { run } = dataOf<{ run: string }>(ran)
    const { runs } = dataOf<ShadowReport>(await ballast(['shadow', 'optimised', '-o', 'json'], cwd))
    expect(runs.at(-1)).toMatchObject({ run, trigger: { kind: 'manual' }, outcome: 'differs' })
  })
})

describe('a candidate that comes and changes with a reload', () => {
  it('takes effect at once and is no change of the live policy: nothing is journaled', async () => {
    const workspace = writeWorkspace(tempDir())
    cpSync(plain.state, workspace.state, { recursive: true })
    const opened = await openControl(workspace.config, workspace.state)
    onTestFinished(() => opened.close())
    const { engine, journal } = opened.assembly
    const reload = (): Promise<ReloadAnswer> =>
      opened.tell(control.reload, subjects.control('reload'), {
        ...{ request_id: randomUUID(), actor: 'j.doe', reason: 'a candidate' },
      }) as Promise<ReloadAnswer>
    const write = (text: string): void => appendFileSync(file(workspace, 'optimised'), text)
    const original = readFileSync(file(workspace, 'optimised'), 'utf8')
    const [head, policy] = [journal.head(OPTIMISED), engine.host.snapshot(OPTIMISED)!.context.policy]
    const ask = () => opened.ask('shadow', 'optimised', { last: 10 })
    expect((await ask()).candidate).toBeNull()

    write('shadow: {optimiser: {bounds: {max: 2}}}\n')
    await expect(reload()).rejects.toMatchObject({ message: expect.stringMatching(/shadow\.optimiser\.bounds\.max/) })
    writeFileSync(file(workspace, 'optimised'), original)
    write('shadow: {optimiser: {scenarios: {maximum: 48}}}\n')
    await expect(reload()).rejects.toMatchObject({
      message: expect.stringMatching(/shadow\.optimiser\.scenarios\.maximum: more than the 36.*restart/),
    })

    writeFileSync(file(workspace, 'optimised'), original)
    write(CANDIDATE)
    expect(await reload()).toMatchObject({
      changed: expect.arrayContaining(['optimised.shadow.optimiser.bounds.max']),
      ...{ loosened: [], waiting: [] },
    })
    expect(journal.head(OPTIMISED)).toEqual(head)
    expect(encode(engine.host.snapshot(OPTIMISED)!.context.policy)).toBe(encode(policy))
    expect((await ask()).candidate).not.toBeNull()

    const run = async (): Promise<void> => {
      await engine.rebalance(OPTIMISED, 'pm', 'now')
      await quiescent(opened.assembly)
    }
    await run()
    const first = await ask()
    expect(first.runs).toMatchObject([{ outcome: 'differs', trigger: { kind: 'manual' } }])
    writeFileSync(file(workspace, 'optimised'), `${original}shadow: {}\n`)
    await reload()
    await run()
    const second = await ask()
    expect(second.runs.map(({ outcome }) => outcome)).toEqual(['differs', 'same'])
    expect(second.summary).toMatchObject({ compared: 1, others: 1 })
    writeFileSync(file(workspace, 'optimised'), original)
    await reload()
    await run()
    expect(await ask()).toMatchObject({ candidate: null, kept: 2 })
    const types = journal.entries(OPTIMISED, head.seq + 1, 1_000).map(({ event }) => event.type)
    expect(types).not.toContain('configured')
  })
})

describe('a daemon with a candidate', () => {
  it('counts its runs, and has them after a kill -9 and the next start', async () => {
    const dir = tempDir()
    const { config } = writeScenario(dir, { sessions: 80, speed: 60, onEnd: 'stay' })
    appendFileSync(
      join(dir, 'portfolios', 'fixed.yaml'),
      'shadow: {triggers: {drift: {band: 0.2}}, orders: {collar: 0.02}}\n',
    )
    appendFileSync(join(dir, 'portfolios', 'mean-cvar.yaml'), 'shadow: {optimiser: {bounds: {max: 0.3}}}\n')
    const serve = () => {
      const started = startBallast(['serve', '-c', config])
      onTestFinished(() => void started.child.kill('SIGKILL'))
      return started
    }
    const kept = async () => {
      const report = (id: string) => ballast(['shadow', id, '--last', '1000', '-o', 'json', '-c', config])
      return Promise.all(['fixed', 'mean-cvar'].map(async (id) => dataOf<ShadowReport>(await report(id))))
    }
    const first = serve()
    await first.said('"serving"')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    first.child.kill('SIGKILL')
    await first.ended
    const before = await kept()
    writeFileSync(config, readFileSync(config, 'utf8').replace('speed: 60', 'speed: 0'))
    const second = serve()
    await second.said('feed ended')
    const address = /"http":"([^"]+)"/.exec(second.output())![1]
    const metrics = await (await fetch(`http://${address}/metrics`)).text()
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    const after = await kept()
    for (const [index, report] of after.entries()) {
      const runs = report.runs.map(({ run }) => run)
      expect(runs.slice(0, before[index]!.kept)).toEqual(before[index]!.runs.map(({ run }) => run))
      expect(new Set(runs).size).toBe(runs.length)
      expect(report.summary.runs).toMatchObject({ failed: 0, dropped: 0 })
    }
    expect(metrics).toMatch(/ballast_shadow_runs_total\{portfolio="mean-cvar",outcome="differs"\} [1-9]/)
    expect(metrics).toMatch(/ballast_shadow_turnover_difference_ratio\{portfolio="mean-cvar"\} /)
    expect(metrics).toContain('ballast_metrics_dropped_total 0')
  })
})
