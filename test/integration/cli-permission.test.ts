import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf, holdState } from './cli-process.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'

interface Standing {
  readonly trading: string
  readonly tradingReason: string
  readonly session: string
  readonly equity: string
  readonly cash: string
  readonly seq: number
}

interface Change {
  readonly portfolio: string
  readonly before: string
  readonly trading: string
  readonly changed: boolean
  readonly actor: string
  readonly reason: string
  readonly seq: number | null
}

interface Journaled {
  readonly seq: number
  readonly event: { readonly type: string; readonly [more: string]: unknown }
}

const BY = ['--reason', 'vendor prices look wrong', '--actor', 'j.doe'] as const
const COMMANDS = [
  ['pause', 'fixed'],
  ['resume', 'fixed'],
  ['reduce', 'fixed'],
  ['halt', 'fixed'],
  ['deposit', 'fixed', '10'],
  ['payout', 'fixed', '10'],
] as const

describe('permission and cash by hand, over a state directory that nobody owns', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  /** Commands over a copy of the played state: what one test journals, another does not see. */
  const stage = (source = workspace.state) => {
    const state = join(tempDir(), 'state')
    cpSync(source, state, { recursive: true })
    const run = (...args: string[]): Promise<Ended> => ballast([...args, '--state', state], { cwd: folder })
    const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))
    const status = (name = 'fixed'): Promise<Standing> => json<Standing>('status', name)
    const entry = async (name: string, seq: number): Promise<Journaled> =>
      (await json<Journaled[]>('journal', 'show', name, '--from', String(seq), '--limit', '1'))[0]!
    return { state, run, json, status, entry }
  }

  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  })

  it('a halt outlives the command, keeps runs from starting and is lifted by resume', async () => {
    const { run, json, status, entry } = stage()
    const before = await status()
    const halted = await json<Change>('halt', 'fixed', ...BY)
    expect(halted).toMatchObject({ portfolio: 'fixed', before: 'active', trading: 'halted', changed: true })
    expect(halted).toMatchObject({ actor: 'j.doe', reason: 'vendor prices look wrong' })
    expect(await entry('fixed', halted.seq!)).toMatchObject({
      event: { type: 'permitted', to: 'halted', actor: 'j.doe', reason: 'vendor prices look wrong' },
    })
    expect(await status()).toMatchObject({
      trading: 'halted',
      tradingReason: 'j.doe: vendor prices look wrong',
      session: before.session,
      equity: before.equity,
    })
    expect(await status('optimised')).toMatchObject({ trading: 'active' })
    const refused = await run('run', 'fixed', '--reason', 'trim', '-o', 'json')
    expect([refused.code, errorOf(refused).code]).toEqual([1, 'NOT_ACTIVE'])
    const resumed = await run('resume', 'fixed', '--reason', 'prices corrected', '--actor', 'pm')
    expect(resumed.code).toBe(0)
    expect(resumed.stdout).toMatch(
      /^portfolio +fixed\ntrading +active, was halted\nby +pm\nreason +prices corrected\njournal +#\d+\n$/,
    )
    expect(await status()).toMatchObject({ trading: 'active', tradingReason: '' })
    expect((await run('run', 'fixed', '--reason', 'trim')).code).toBe(0)
    expect((await run('journal', 'verify')).code).toBe(0)
  })

  it('every permission can be reached from every other', async () => {
    const { json, status } = stage()
    const steps = [
      ['pause', 'paused'],
      ['halt', 'halted'],
      ['reduce', 'reducing'],
      ['pause', 'paused'],
      ['resume', 'active'],
    ] as const
    let before = 'active'
    for (const [command, trading] of steps) {
      expect(await json<Change>(command, 'fixed', ...BY)).toMatchObject({ before, trading, changed: true })
      expect((await status()).trading).toBe(trading)
      before = trading
    }
  })

  it('asking for the permission there is already says so and journals nothing', async () => {
    const { run, json, status } = stage()
    await run('pause', 'fixed', ...BY)
    const paused = await status()
    const again = await json<Change>('pause', 'fixed', '--reason', 'again', '--actor', 'pm')
    expect(again).toMatchObject({ before: 'paused', trading: 'paused', changed: false, seq: null })
    const text = await run('pause', 'fixed', '--reason', 'again')
    expect(text).toEqual({
      code: 0,
      stdout: 'Trading of fixed is already paused (j.doe: vendor prices look wrong); nothing was journaled.\n',
      stderr: '',
    })
    expect(await status()).toEqual(paused)
  })

  it('does not loosen a halt that taking the books over has just brought', async () => {
    const { state, run, status } = stage()
    rmSync(join(state, 'venue'), { recursive: true })
    const ended = await run('pause', 'fixed', ...BY, '-o', 'json')
    expect([ended.code, errorOf(ended).code]).toEqual([4, 'PERMISSION_MOVED'])
    const halted = await status()
    expect(halted).toMatchObject({ trading: 'halted', tradingReason: expect.stringMatching(/^reconciliation: /) })
    const resumed = await run('resume', 'fixed', ...BY, '-o', 'json')
    expect([resumed.code, errorOf(resumed).code]).toEqual([3, 'BREAKS'])
    const { trading, tradingReason } = halted
    expect(await status()).toMatchObject({ trading, tradingReason })
  })

  it('a deposit is in the books, in equity and in the journal, and time stands still', async () => {
    const { run, json, status, entry } = stage()
    const before = await status()
    const flow = await json<{ amount: string; cash: string; equity: string; seq: number }>(
      ...(['deposit', 'fixed', '25000.00', ...BY] as const),
    )
    const cents = (text: string): number => Math.round(Number(text) * 100)
    expect(flow.amount).toBe('25000.00')
    expect(await entry('fixed', flow.seq)).toMatchObject({
      event: { type: 'deposited', amount: '25000', cause: 'deposit j.doe: vendor prices look wrong' },
    })
    const after = await status()
    expect(after).toMatchObject({ session: before.session, cash: flow.cash, equity: flow.equity })
    expect(cents(after.cash) - cents(before.cash)).toBe(2_500_000)
    expect(cents(after.equity) - cents(before.equity)).toBe(2_500_000)
    expect(await json('positions', 'fixed')).toMatchObject({ cash: after.cash, equity: after.equity })
    const text = await run('payout', 'fixed', '0.01', ...BY)
    expect(text.stdout).toMatch(/^payout +0\.01 USD$/m)
    expect(cents((await status()).cash)).toBe(cents(after.cash) - 1)
    expect((await run('journal', 'verify', 'fixed')).code).toBe(0)
  })

  it('pays out the free cash to the cent and not a cent more', async () => {
    const { run, json, status } = stage()
    const much = await run('payout', 'fixed', '900000.00', ...BY, '-o', 'json')
    expect([much.code, errorOf(much).code]).toEqual([3, 'CASH_SHORT'])
    expect(errorOf(much).message).toMatch(/^fixed cannot pay out 900,000\.00 USD: [\d,]+\.\d\d of its cash is settled/)
    const available = String(errorOf(much).available)
    expect(Number(available)).toBeGreaterThan(1)
    expect(Number(available)).toBeLessThanOrEqual(Number((await status()).cash))
    const over = (Number(available) + 0.01).toFixed(2)
    expect((await run('payout', 'fixed', over, ...BY)).code).toBe(3)
    const { seq } = await status()
    const paid = await json<{ amount: string; seq: number }>('payout', 'fixed', available, ...BY)
    expect(paid.amount).toBe(available)
    expect(paid.seq).toBeGreaterThan(seq)
    expect(Number((await status()).cash)).toBeGreaterThanOrEqual(0)
    expect((await run('payout', 'fixed', '0.01', ...BY)).code).toBe(3)
  })

  it('cash moves in a halted portfolio too', async () => {
    const { run, status } = stage()
    await run('halt', 'fixed', ...BY)
    expect((await run('deposit', 'fixed', '10', ...BY)).code).toBe(0)
    expect(await status()).toMatchObject({ trading: 'halted' })
  })

  it('asks why, refuses wrong amounts and unknown portfolios, and journals nothing of it', async () => {
    const { run, status } = stage()
    const before = await status()
    const ends = async (args: readonly string[], exit: number, code: string): Promise<void> => {
      const ended = await run(...args, '-o', 'json')
      expect([ended.code, errorOf(ended).code], args.join(' ')).toEqual([exit, code])
    }
    const unsigned = COMMANDS.map((args) => ends(args, 64, 'REASON_REQUIRED'))
    const unknown = COMMANDS.map(([command, , ...rest]) =>
      ends([command, 'nobody', ...rest, ...BY], 5, 'PORTFOLIO_UNKNOWN'),
    )
    const wrong = ['0.00', '-5', '1e3', '1,000', '0.001', 'ten'].map((amount) =>
      ends(['deposit', 'fixed', amount, ...BY], 64, 'BAD_AMOUNT'),
    )
    await Promise.all([...unsigned, ...unknown, ...wrong])
    await ends(['halt', 'fixed', '--reason', '  '], 64, 'REASON_REQUIRED')
    await ends(['deposit', 'fixed', ...BY], 64, 'USAGE')
    expect(await status()).toEqual(before)
  })

  it('exits 4 and names the process while another one owns the state', async () => {
    const { state, run, status } = stage()
    const before = await status()
    const holder = await holdState(state)
    try {
      const check = async (args: readonly string[]): Promise<void> => {
        const ended = await run(...args, ...BY, '-o', 'json')
        expect(ended.code, args.join(' ')).toBe(4)
        expect(errorOf(ended)).toMatchObject({ code: 'JOURNAL_LOCKED', pid: holder.pid })
      }
      await Promise.all(COMMANDS.map(check))
    } finally {
      await holder.letGo()
    }
    expect(await status()).toEqual(before)
  })
})
