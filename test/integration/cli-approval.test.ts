import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { newOperatorKey } from '#adapters/wire/signing.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'

const BY = ['--reason', 'as agreed', '--actor', 'j.doe'] as const

interface Status {
  readonly state: string
  readonly approval: { readonly run: string; readonly plan: string } | null
}

describe('a plan that waits for a person, over a state directory that nobody owns', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
    const file = join(folder, 'config', 'portfolios', 'fixed.yaml')
    writeFileSync(file, `${readFileSync(file, 'utf8')}\napproval: {turnover: 0, symbols: [AAA]}\n`)
  })
  const stage = () => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    const run = (...args: string[]): Promise<Ended> => ballast([...args, '--state', state], { cwd: folder })
    const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))
    const ends = async (args: readonly string[], exit: number, code: string): Promise<void> => {
      const ended = await run(...args, '-o', 'json')
      expect([ended.code, errorOf(ended).code], `${args.join(' ')}: ${ended.stderr}`).toEqual([exit, code])
    }
    return { run, json, ends }
  }

  it('is planned, explained, listed, approved by its hash, and traded', async () => {
    const { run, json, ends } = stage()
    expect((await run('plan', 'fixed')).stdout).toMatch(/^Approval +It takes a person: turnover /m)
    expect((await run('approve')).stdout).toBe('Nothing waits for a second operator.\n')
    const begun = await run('run', 'fixed', ...BY)
    expect([begun.code, begun.stdout]).toEqual([0, expect.stringMatching(/^fixed R-\d+ +AWAITING_APPROVAL /)])
    expect(begun.stderr).toMatch(/^It waits for approval: ballast approve fixed --plan [0-9a-f]{12} --reason "..."$/m)
    const { state, approval } = await json<Status>('status', 'fixed')
    const { run: id, plan } = approval!
    expect(state).toBe('awaitingApproval')
    const digits = plan.slice(0, 12)
    expect((await run('status', 'fixed')).stdout).toContain(`${digits} of ${id} waits for a person since `)
    const listed = (await run('approve')).stdout
    expect(listed).toMatch(new RegExp(`^${digits} +fixed +${id} +- +1 +\\S+Z +\\S+Z$`, 'm'))
    expect(listed).toMatch(new RegExp(`^${digits} +AAA trades only when a person agrees$`, 'm'))

    await ends(['approve', 'fixed', '--plan', digits], 64, 'REASON_REQUIRED')
    await ends(['approve', 'fixed', '--plan', plan.slice(0, 7), ...BY], 64, 'USAGE')
    await ends(['approve', 'fixed', '--plan', 'f'.repeat(12), ...BY], 4, 'STALE_PLAN')
    await ends(['approve', 'fixed', ...BY], 64, 'USAGE')
    await ends(['approve', '--plan', digits, ...BY], 64, 'USAGE')
    await ends(['approve', 'optimised', '--plan', digits, ...BY], 4, 'STALE_PLAN')
    await ends(['run', 'fixed', ...BY], 4, 'RUN_IN_PROGRESS')
    const dry = await run('approve', 'fixed', '--plan', digits, ...BY, '--dry-run')
    expect([dry.code, dry.stderr]).toEqual([0, 'Dry run: nothing was journaled.\n'])

    const done = await run('approve', 'fixed', '--plan', plan.slice(0, 8), ...BY)
    expect(done.stdout).toMatch(/^decision +approved: it trades now$/m)
    const shown = await json<{ status: string; orders: readonly { order: string }[] }>('run', 'show', 'fixed', id)
    expect(shown.status).toMatch(/^COMPLETED/)
    expect(shown.orders.length).toBeGreaterThan(0)
    for (const what of [id, digits, shown.orders[0]!.order])
      expect((await run('explain', what, '-p', 'fixed')).stdout, what).toMatch(
        /j\.doe approved it at \S+Z: as agreed\.$/m,
      )
    expect((await run('journal', 'verify', 'fixed', '--replay')).code).toBe(0)
    await ends(['reject', 'fixed', '--plan', digits, ...BY], 4, 'STALE_PLAN')
  })

  it('is rejected, and nothing is traded', async () => {
    const { run, json } = stage()
    await run('run', 'fixed', ...BY)
    const { approval } = await json<Status>('status', 'fixed')
    const done = await json<{ status: string; seq: number; actor: string }>(
      ...['reject', 'fixed', '--plan', approval!.plan, ...BY],
    )
    expect(done).toMatchObject({ status: 'rejected', actor: 'j.doe', seq: expect.any(Number) })
    const shown = await json<{ status: string; outcome: string; orders: readonly unknown[] }>(
      ...['run', 'show', 'fixed', approval!.run],
    )
    expect(shown).toMatchObject({ status: 'CANCELLED', outcome: 'rejected by j.doe: as agreed', orders: [] })
    expect((await run('ls')).stdout).toMatch(/^fixed +paper +active +watching /m)
  })

  it('is approved by nobody in particular where operators are listed, and may be rejected', async () => {
    const { run, json, ends } = stage()
    await run('run', 'fixed', ...BY)
    const { approval } = await json<Status>('status', 'fixed')
    const before = readFileSync(workspace.config, 'utf8')
    try {
      writeFileSync(workspace.config, `${before}\ncontrol: {operators: {ann: ${newOperatorKey().publicKey}}}\n`)
      await ends(['approve', 'fixed', '--plan', approval!.plan, ...BY], 3, 'UNSIGNED')
      expect((await json<Status>('status', 'fixed')).state).toBe('awaitingApproval')
      const rejected = await json<{ status: string }>('reject', 'fixed', '--plan', approval!.plan, ...BY)
      expect(rejected.status).toBe('rejected')
    } finally {
      writeFileSync(workspace.config, before)
    }
  })
})
