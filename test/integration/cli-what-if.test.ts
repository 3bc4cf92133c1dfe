import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { digest } from '#units/digest.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { playWorkspace, SYMBOLS, writeWorkspace } from './cli-workspace.js'

interface Prospect {
  readonly equity: string
  readonly offTarget: number
  readonly cvar: number
  readonly turnover: number
  readonly cost: string
}

interface Planned {
  readonly plan: { readonly hash: string; readonly turnover: number }
  readonly legs: readonly { readonly instrument: string; readonly side: string; readonly planned: { price: string } }[]
  readonly targets: { readonly weights: Readonly<Record<string, number>> }
  readonly session: string
  readonly beside: { readonly nothing: Prospect; readonly plan: Prospect }
  readonly whatIf: Readonly<Record<string, string>>
}

const LAST = '2023-12-01'

describe('a plan under assumptions', () => {
  const folder = suiteTempDir()
  const run = (...args: string[]): Promise<Ended> => ballast(args, { cwd: folder })
  const plan = async (name: string, ...whatIf: string[]): Promise<Planned> =>
    dataOf<Planned>(await run('plan', name, ...whatIf.flatMap((text) => ['--what-if', text]), '-o', 'json'))

  beforeAll(async () => playWorkspace(writeWorkspace(folder)))

  it('stands beside doing nothing, measured by its own targets', async () => {
    const { beside, plan: planned, whatIf } = await plan('fixed')
    expect(whatIf).toEqual({})
    expect(beside.nothing).toMatchObject({ turnover: 0, cost: '0.00' })
    expect(beside.plan.offTarget).toBeLessThan(beside.nothing.offTarget)
    expect(beside.plan.offTarget).toBeLessThan(0.001)
    expect(beside.plan.turnover).toBeCloseTo(planned.turnover, 12)
    const cost = Number(beside.nothing.equity) - Number(beside.plan.equity)
    expect(cost).toBeCloseTo(Number(beside.plan.cost), 2)
    expect(cost).toBeGreaterThan(0)
    expect((await run('plan', 'fixed')).stdout).toMatch(/^BESIDE +DO NOTHING +THIS PLAN$/m)
  })

  it('takes other targets and limits from the settings of its file', async () => {
    const lighter = await plan('fixed', 'targets.weights.AAA=0.04', 'targets.cash=0.24')
    expect(lighter.targets.weights.AAA).toBe(0.04)
    expect(lighter.legs.find(({ instrument }) => instrument === 'AAA')?.side).toBe('sell')
    const [asIs, capped] = [await plan('optimised'), await plan('optimised', 'optimiser.bounds.max=0.3')]
    expect(Math.max(...Object.values(asIs.targets.weights))).toBeGreaterThan(0.31)
    expect(Math.max(...Object.values(capped.targets.weights))).toBeLessThanOrEqual(0.3 + 1e-9)
  })

  it('shows how far a run trades, and what less of it costs', async () => {
    const dearer = 'price.AAA=+40%'
    const [whole, edge] = [await plan('fixed', dearer), await plan('fixed', dearer, 'trade_to=band-edge')]
    expect(edge.targets).toEqual(whole.targets)
    expect(edge.plan.turnover).toBeLessThan(whole.plan.turnover)
    expect(Number(edge.beside.plan.cost)).toBeLessThan(Number(whole.beside.plan.cost))
    const shown = async (...whatIf: string[]) => {
      const { code, stdout } = await run('plan', ...whatIf)
      return { code, stdout: stdout.replace(/\s+/g, ' ') }
    }
    const toEdge = ['fixed', '--what-if', 'trade_to=band-edge']
    expect((await shown(...toEdge, '--what-if', dearer)).stdout).toMatch(
      /Traded to the edge of the bands, not to the targets: AAA to 28\.\d\d % \(target 24\.00 %\)/,
    )
    expect((await shown(...toEdge)).stdout).toContain('Every weight is inside its band. 4 holdings stay as they are.')
    const paying = await shown('optimised', '--what-if', 'trade_to=optimal', '--what-if', 'price.CCC=+30%')
    expect(paying.code).toBe(0)
    expect(paying.stdout).toMatch(
      /Trading there is to gain \d+\.\d{4} % of equity over 21 bars and to cost \d+\.\d{4} %: the gain is more than the cost\./,
    )
    const whatIf = ['--what-if', 'trade_to=optimal', '--what-if', 'min_benefit_ratio=1000']
    const idle = await run('plan', 'optimised', ...whatIf, '-o', 'json')
    expect([idle.code, errorOf(idle).code]).toEqual([1, 'RUN_CANCELLED'])
    expect(errorOf(idle).message).toMatch(
      /: trading does not pay: it is to gain .* not more than 1000 times its cost of /,
    )
  })

  it('goes all the way by hand where somebody says so, and the journal has it', async () => {
    const copy = tempDir()
    cpSync(folder, copy, { recursive: true })
    const there = (...args: string[]) => ballast(args, { cwd: copy })
    const file = join(copy, 'config', 'portfolios', 'fixed.yaml')
    writeFileSync(file, `${readFileSync(file, 'utf8')}trade_to: band-edge\n`)
    const ran = async (...args: string[]) =>
      dataOf<Planned & { readonly outcome: string; readonly aim: unknown; readonly trigger: object }>(
        await there('run', 'fixed', '--reason', 'x', '--actor', 'pm', '-o', 'json', ...args),
      )
    expect((await there('run', 'fixed', '--to', 'edge', '--reason', 'x')).code).toBe(64)
    const edge = await ran()
    expect([edge.outcome, edge.legs]).toEqual(['inside every band', []])
    const shown = await ran('--to', 'target', '--dry-run')
    const whole = await ran('--to', 'target')
    expect(whole.legs.length).toBeGreaterThan(0)
    expect(shown.plan.hash).toBe(whole.plan.hash)
    expect([edge.aim === null, whole.aim]).toEqual([false, null])
    expect(whole.trigger).toMatchObject({ kind: 'manual', evidence: { type: 'full', to: 'target' } })
  })

  it('ends a run that does not pay with the figures, in the journal and in words', async () => {
    const copy = tempDir()
    cpSync(folder, copy, { recursive: true })
    const there = (...args: string[]) => ballast(args, { cwd: copy })
    const file = join(copy, 'config', 'portfolios', 'optimised.yaml')
    writeFileSync(file, `${readFileSync(file, 'utf8')}trade_to: optimal\nmin_benefit_ratio: 1000\n`)
    const idle = await there('run', 'optimised', '--reason', 'x', '--actor', 'pm', '-o', 'json')
    expect([idle.code, errorOf(idle).code]).toEqual([1, 'RUN_CANCELLED'])
    const last = JSON.parse((await there('run', 'ls', 'optimised', '-o', 'json')).stdout).data.at(-1)
    expect(last).toMatchObject({
      status: 'CANCELLED',
      orders: 0,
      outcome: expect.stringMatching(/^trading does not pay: /),
    })
    const { stdout } = await there('explain', last.run, '-p', 'optimised')
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /Trading there is to gain .* and to cost .*: the gain is not more than 1000 times the cost\. .*CANCELLED: trading does not pay/,
    )
    const told = (await there('journal', 'show', 'optimised', '-o', 'json')).stdout
    expect(told).toMatch(/"benefit":\s*\{/)
    expect((await there('journal', 'verify', '--replay')).code).toBe(0)
  })

  it('says which limits conflict and that nothing is traded for it, in the run and in words', async () => {
    const whatIf = ['--what-if', 'optimiser.bounds.max=0.3', '--what-if', 'optimiser.turnover=0.02']
    const { code, stdout } = await run('plan', 'optimised', ...whatIf)
    expect(code).toBe(0)
    expect(stdout).toMatch(/No portfolio meets these limits together: .*the turnover limit/)
    expect(stdout).toMatch(
      /asked to hold what there is: .*; the earlier targets have \d+\.\d\d % \w+, outside its bounds\.$/m,
    )
    const planned = dataOf<{ targets: { ladder: unknown } }>(await run('plan', 'optimised', ...whatIf, '-o', 'json'))
    expect(planned.targets.ladder).toMatchObject({ rung: 'hold', relaxed: [] })
  })

  it('takes prices, as amounts and as moves, and another day', async () => {
    const before = await plan('fixed')
    const priceOf = ({ legs }: Planned, name: string) =>
      legs.find(({ instrument }) => instrument === name)?.planned.price
    const after = await plan('fixed', 'price.AAA=-50%', 'price.BBB=123.45')
    expect(Number(priceOf(after, 'AAA'))).toBeCloseTo(Number(priceOf(before, 'AAA')) / 2, 6)
    expect(priceOf(after, 'BBB')).toBe('123.45')
    expect(after.legs.find(({ instrument }) => instrument === 'AAA')?.side).toBe('buy')
    const closes = pricesOn('2023-06-01')
    const then = await plan('fixed', 'date=2023-06-01')
    expect(then.session).toBe('2023-06-01')
    for (const { instrument, planned } of then.legs) expect(planned.price).toBe(closes[instrument])
    const later = await plan('fixed', 'date=2024-03-28')
    expect([later.session, later.plan.hash]).toEqual(['2024-03-28', before.plan.hash])
  })

  it('plans what the same change then plans when it is real, to the byte', async () => {
    const copy = tempDir()
    cpSync(folder, copy, { recursive: true })
    const there = (...args: string[]) => ballast([...args, '-o', 'json'], { cwd: copy })
    const assumed = await plan('fixed', 'cash=25000', 'targets.weights.AAA=0.14', 'targets.cash=0.14')
    const file = join(copy, 'config', 'portfolios', 'fixed.yaml')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('AAA: 0.24', 'AAA: 0.14').replace('cash: 0.04', 'cash: 0.14'),
    )
    expect((await there('deposit', 'fixed', '25000', '--reason', 'x', '--actor', 'pm')).code).toBe(0)
    const real = dataOf<Planned>(await there('run', 'fixed', '--reason', 'x', '--actor', 'pm'))
    expect(assumed.plan.hash).toBe(real.plan.hash)
    expect(assumed.plan.hash).not.toBe((await plan('fixed')).plan.hash)
  })

  it('leaves every byte of the journal as it was', async () => {
    const bytes = () => digest(readFileSync(join(folder, 'state', 'journal', 'data.mdb'), 'latin1'))
    const before = bytes()
    await plan('optimised', 'cash=-1000', 'price.CCC=+3.5%', 'date=2024-01-31', 'optimiser.risk_aversion=4')
    expect(bytes()).toBe(before)
  })

  it.each([
    ['cash=lots', 64, 'WHAT_IF_INVALID', /^cash: not a number: "lots"$/],
    ['date=2023-13-01', 64, 'WHAT_IF_INVALID', /^date: not a date/],
    ['date=2023-11-07', 64, 'WHAT_IF_INVALID', /^date: there is no session 2023-11-07/],
    ['price.AAA=0', 64, 'WHAT_IF_INVALID', /^price\.AAA: must leave a price above 0, got 0$/],
    ['price.AAA=-100%', 64, 'WHAT_IF_INVALID', /^price\.AAA: must leave a price above 0/],
    ['price.XYZ=10', 64, 'WHAT_IF_INVALID', /^price\.XYZ: is neither in the universe nor held$/],
    ['optimiser.bounds.most=0.3', 64, 'WHAT_IF_INVALID', /^optimiser\.bounds\.most: unknown key$/],
    ['optimiser.bounds.max=1.5', 64, 'WHAT_IF_INVALID', /^optimiser\.bounds\.max: must be ≤ 1, got 1.5$/],
    ['trade_to=optimal', 64, 'WHAT_IF_INVALID', /^trade_to: optimal needs targets\.source: optimised/],
    ['targets.weights.AAA=0.9', 64, 'WHAT_IF_INVALID', /^targets.*: .*sum to/],
    ['optimiser.timeout=24h', 64, 'WHAT_IF_INVALID', /^optimiser\.timeout: cannot be assumed to be otherwise$/],
    ['name.length.toString=1', 64, 'WHAT_IF_INVALID', /^name\.length\.toString: is not a key$/],
    ['__proto__=x', 64, 'WHAT_IF_INVALID', /^__proto__: is not a key$/],
    ['id=other', 64, 'WHAT_IF_INVALID', /^id: cannot be assumed to be otherwise$/],
    ['cash=-99999999', 3, 'CASH_SHORT', /to take out, not 99999999\.00$/],
  ])('refuses %s', async (whatIf, code, name, message) => {
    const ended = await run('plan', 'fixed', '--what-if', whatIf, '-o', 'json')
    expect([ended.code, errorOf(ended).code]).toEqual([code, name])
    expect(errorOf(ended).message).toMatch(message)
  })

  it('refuses what is no assumption at all', async () => {
    for (const args of [
      ['--what-if', 'cash'],
      ['--what-if', 'cash=1', '--what-if', 'cash=2'],
    ])
      expect((await run('plan', 'fixed', ...args)).code).toBe(64)
  })

  /** Closes of a session as the feed's file has them. */
  function pricesOn(session: string): Readonly<Record<string, string>> {
    const rows = readFileSync(join(folder, 'config', 'prices.csv'), 'utf8')
      .trim()
      .split('\n')
    expect(rows.at(-1)).toMatch(new RegExp(`^${LAST}`))
    const [, ...closes] = rows.find((row) => row.startsWith(session))!.split(',')
    return Object.fromEntries(SYMBOLS.map((symbol, k) => [symbol, closes[k]!]))
  }
})
