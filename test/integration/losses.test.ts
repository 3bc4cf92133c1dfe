import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { subjects } from '#adapters/wire/subjects.js'
import { markReset } from '#daemon/control/drawdown.js'
import { control } from '#daemon/control/messages.js'
import type { Run } from '#domain/run.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { addWeekdays, type SessionDate, sessionDate } from '#units/time.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf } from './cli-process.js'
import { playWorkspace, type Workspace } from './cli-workspace.js'
import { type ControlDaemon, openControl } from './control-daemon.js'
import { twoOperators } from './two-operators.js'

/** What AAA costs at each close; BBB costs 100 always. The last falls take AAA below what is left of its target at the limit. */
const CLOSES = [
  ...[100, 100, 96, 92, 88, 84, 80, 81, 80, 78, 76, 74, 72, 70, 68, 66, 64, 63, 62, 61, 60, 60],
  ...[57, 54, 51],
]
const PORTFOLIO = `initial_cash: "1000000.00"
universe: {symbols: [AAA, BBB]}
targets: {source: fixed, weights: {AAA: 0.5, BBB: 0.3}, cash: 0.2}
triggers: {drift: {band: 0.02}, calendar: null, cooldown: {days: 0}, max_runs_per_day: 5}
orders: {allow_unsettled: true}
`
const SOLVED = `targets: {source: optimised}
optimiser: {bounds: {max: 0.5, cash: [0.05, 0.1]}, scenarios: {minimum: 4, maximum: 10}}
`
const RULES: Readonly<Record<string, string>> = {
  free: '',
  counted: 'drawdown: {}',
  strict: 'drawdown: {max: 0.1}',
  solved: 'drawdown: {max: 0.1}, turnover: {max: 0.2}',
}
const STRICT: PortfolioId = portfolioId('strict')
const RESET = subjects.portfolio(STRICT, 'drawdown-reset')

function writeWorkspace(folder: string): Workspace {
  mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
  let day: SessionDate = sessionDate('2024-01-01')
  const rows = CLOSES.map((close) => {
    day = addWeekdays(day, 1)
    return `${day},${close.toFixed(2)},100.00`
  })
  writeFileSync(join(folder, 'config', 'prices.csv'), ['Date,AAA,BBB', ...rows, ''].join('\n'))
  const config = join(folder, 'config', 'ballast.yaml')
  writeFileSync(
    config,
    'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv}\nseed: losses\ntrips: {daily_loss: null}\n',
  )
  for (const [id, rules] of Object.entries(RULES))
    writeFileSync(
      join(folder, 'config', 'portfolios', `${id}.yaml`),
      `version: 1\nid: ${id}\n${id === 'solved' ? PORTFOLIO.replace(/targets: .*\n/, SOLVED) : PORTFOLIO}governance: {preset: none, rules: {${rules}}}\n`,
    )
  return { folder, config, state: join(folder, 'state') }
}

describe('losses of a configured portfolio, through the daemon', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  const copied = (): string => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    return state
  }
  const opened = async (parts: Parameters<typeof openControl>[2] = {}): Promise<ControlDaemon> => {
    const daemon = await openControl(workspace.config, copied(), parts)
    onTestFinished(() => daemon.close())
    return daemon
  }
  const bought = ({ orders }: Run): number =>
    Object.values(orders)
      .filter(({ body }) => body.side === 'buy')
      .reduce((sum, { cumulative, body }) => sum + cumulative.times(body.arrival).toNumber(), 0)

  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  }, 120_000)

  it('sell toward less of the targets as they grow, where a rule counts them, and add no risk at the limit', async () => {
    const { assembly } = await opened()
    const runs = (id: string) => assembly.journal.runs(portfolioId(id))
    const state = (id: string) => assembly.engine.host.snapshot(portfolioId(id))!.context
    expect(runs('free').every(({ trigger }) => trigger.kind !== 'risk')).toBe(true)
    expect(
      runs('free')
        .slice(1)
        .some((run) => bought(run) > 0),
    ).toBe(true)
    expect('drawdown' in state('free')).toBe(false)
    const risk = runs('counted').filter(({ trigger }) => trigger.kind === 'risk')
    expect(risk.length).toBeGreaterThan(2)
    for (const { sizing } of risk) expect(sizing).toMatchObject({ drawdown: expect.any(Number) })
    // From the limit on nothing is bought, though drift asks for it; the portfolio that asks later loses more.
    const limit = runs('strict').filter(
      ({ sizing }) => sizing !== undefined && 'drawdown' in sizing && sizing.drawdown >= 0.1,
    )
    expect(limit.length).toBeGreaterThan(0)
    for (const run of limit) expect(bought(run)).toBe(0)
    const stopped = limit.flatMap(({ judgements }) =>
      judgements.filter(({ rule, leg, verdict }) => rule === 'drawdown' && leg === 'buy-AAA' && verdict === 'reject'),
    )
    expect(stopped.length).toBeGreaterThan(0)
    const lost = (id: string) => 1_000_000 - state(id).book.nav.equity.toNumber()
    expect(lost('strict')).toBeLessThan(lost('counted'))
    expect(lost('counted')).toBeLessThan(lost('free'))
  })

  it('cut solved targets once, however often they are solved anew from what was cut before', async () => {
    const { assembly } = await opened()
    const { book, drawdown } = assembly.engine.host.snapshot(portfolioId('solved'))!.context
    expect(drawdown?.counted).toBeGreaterThan(0.05)
    const sized = assembly.journal.runs(portfolioId('solved')).filter(({ sizing }) => sizing !== undefined)
    expect(sized.length).toBeGreaterThan(2)
    for (const { answer, sizing } of sized) {
      const invested = answer?.kind === 'targets' ? 1 - answer.targets.cash : 0
      expect(invested / sizing!.factor).toBeCloseTo(0.9, 1)
    }
    expect(Number(book.accounts.cash) / book.nav.equity.toNumber()).toBeLessThan(0.85)
  })

  it('are explained, and forgotten at the command line for a reason that is journaled', async () => {
    const state = copied()
    const run = (...args: string[]) => ballast([...args, '--state', state], { cwd: folder })
    const runs = dataOf<{ run: string; trigger: string }[]>(await run('run', 'ls', 'strict', '-o', 'json'))
    const last = runs.filter(({ trigger }) => trigger === 'risk').at(-1)!
    const why = await run('explain', last.run, '-p', 'strict')
    expect(why.stdout).toMatch(/sizing by the drawdown goes from [\d.]+ to 0\.\d+: \d+\.\d % below the mark count/)
    expect(why.stdout).toMatch(/Every weight was multiplied by 0\.\d+ for the drawdown of \d+\.\d\d % that counts\./)
    const without = await run('drawdown', 'reset', 'strict')
    expect(without).toMatchObject({ code: 64, stderr: expect.stringContaining('needs --reason') })
    const none = await run('drawdown', 'reset', 'free', '--reason', 'new mandate')
    expect(none.stderr).toContain('no rule of free counts its drawdown')
    const dry = await run('drawdown', 'reset', 'strict', '--reason', 'new mandate', '--dry-run')
    expect(dry.stdout).toMatch(/forgotten +\d+\.\d\d % below the mark of before/)
    const done = await run('drawdown', 'reset', 'strict', '--reason', 'new mandate', '--actor', 'ann')
    expect(done.stdout).toMatch(/mark +0\.\d{6} a unit\nforgotten +\d+\.\d\d % below the mark of before\nby +ann/)
    const status = dataOf<{ drawdown: number }>(await run('status', 'strict', '-o', 'json'))
    expect(status.drawdown).toBe(0)
    expect((await run('journal', 'verify')).code).toBe(0)
  })

  it('are forgotten by two people only, where control asks for two', async () => {
    const { authority, by } = twoOperators()
    const daemon = await opened({ parts: (parts) => ({ ...parts, authority }) })
    const before = daemon.assembly.engine.host.snapshot(STRICT)!.context
    const refused = await daemon
      .tell(markReset, RESET, by('ann', RESET))
      .catch((error: { code: string; data: { approval: string; terms: string[] } }) => error)
    expect(refused).toMatchObject({ code: 'SECOND_OPERATOR' })
    expect(daemon.assembly.engine.host.snapshot(STRICT)!.context).toBe(before)
    const { approval: id, terms } = (refused as { data: { approval: string; terms: string[] } }).data
    expect(terms).toEqual([
      `strict: the high-water mark of ${before.book.nav.highWaterPerUnit.toFixed(6)} a unit is given up, asked by ann: by two`,
    ])
    const approve = subjects.control('approve')
    await expect(daemon.tell(control.approve, approve, by('ann', approve, { id }))).rejects.toMatchObject({
      code: 'SAME_OPERATOR',
    })
    await daemon.tell(control.approve, approve, by('bob', approve, { id }))
    const [entry] = daemon.assembly.journal.entries(STRICT, daemon.head(STRICT), 1)
    expect(entry?.event).toMatchObject({ type: 'markReset', actor: 'ann', approved: { by: 'bob', request: id } })
    const after = daemon.assembly.engine.host.snapshot(STRICT)!.context
    expect(after.drawdown).toMatchObject({ now: 0, counted: 0 })
    expect(after.book.nav.highWaterPerUnit.lt(before.book.nav.highWaterPerUnit)).toBe(true)
  })
})
