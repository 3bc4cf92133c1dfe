import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'

const BY = ['--reason', 'a payout is due', '--actor', 'j.doe'] as const

interface Ran {
  readonly type: string
  readonly status: string
  readonly outcome: string
  readonly legs: readonly { readonly side: string }[]
}

describe('runs that move cash, over a state directory that nobody owns', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  const stage = () => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    const run = (...args: string[]): Promise<Ended> => ballast([...args, '--state', state], { cwd: folder })
    const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))
    return { run, json }
  }
  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  })

  it('withdraw frees an amount, and says what it was for', async () => {
    const { run, json } = stage()
    const { cash } = await json<{ cash: string }>('status', 'fixed')
    const amount = (Number(cash) + 20_000).toFixed(2)
    const planned = await run('withdraw', 'fixed', amount, ...BY, '--dry-run')
    expect(planned.stdout).toMatch(/ was to be freed for a payout, the most overweight sold first, nothing bought/)
    const done = await json<Ran>('withdraw', 'fixed', amount, ...BY)
    expect(done.type).toBe('withdraw-cash')
    expect(done.legs.every(({ side }) => side === 'sell')).toBe(true)
    const after = await json<{ cash: string }>('status', 'fixed')
    expect(Number(after.cash)).toBeGreaterThan(Number(amount) - 100)
    expect((await run('run', 'ls', 'fixed')).stdout).toMatch(/manual +withdraw-cash +COMPLETED/)
    expect((await run('journal', 'verify', 'fixed', '--replay')).code).toBe(0)
  })

  it('withdraw of more than there is exits 1 with the reason', async () => {
    const { run } = stage()
    const ended = await run('withdraw', 'fixed', '900000000', ...BY, '-o', 'json')
    expect([ended.code, errorOf(ended).code]).toEqual([1, 'RUN_CANCELLED'])
    expect(errorOf(ended).message).toContain('cannot be freed')
  })

  it('invest puts at most an amount to work', async () => {
    const { run, json } = stage()
    await run('deposit', 'fixed', '30000', ...BY)
    const done = await json<Ran>('invest', 'fixed', '10000', ...BY)
    expect(done.type).toBe('invest-cash')
    expect(done.legs.length).toBeGreaterThan(0)
    expect(done.legs.every(({ side }) => side === 'buy')).toBe(true)
  })

  it('liquidate wants the name once more, sells everything and pauses; a dry run only shows it', async () => {
    const { run, json } = stage()
    for (const wrong of [[], ['--confirm', 'optimised']]) {
      const ended = await run('liquidate', 'fixed', ...BY, ...wrong, '-o', 'json')
      expect([ended.code, errorOf(ended).code]).toEqual([64, 'CONFIRMATION_REQUIRED'])
    }
    const unexplained = await run('liquidate', 'fixed', '--confirm', 'fixed', '-o', 'json')
    expect([unexplained.code, errorOf(unexplained).code]).toEqual([64, 'REASON_REQUIRED'])
    expect((await run('liquidate', 'fixed', ...BY, '--dry-run')).stdout).toContain('Everything was to become cash')
    expect(await json('status', 'fixed')).toMatchObject({ trading: 'active' })
    const done = await json<Ran>('liquidate', 'fixed', ...BY, '--confirm', 'fixed')
    expect(done).toMatchObject({ type: 'liquidate', status: 'COMPLETED' })
    expect(await json('status', 'fixed')).toMatchObject({
      trading: 'paused',
      positions: 0,
      tradingReason: expect.stringContaining('j.doe: a payout is due: liquidated'),
    })
  })

  it.each([
    ['invest', '0'],
    ['withdraw', '1.005'],
    ['withdraw', 'much'],
  ])('%s %s is no amount', async (verb, amount) => {
    const { run } = stage()
    const ended = await run(verb, 'fixed', amount, ...BY, '-o', 'json')
    expect([ended.code, errorOf(ended).code]).toEqual([64, 'BAD_AMOUNT'])
  })
})
