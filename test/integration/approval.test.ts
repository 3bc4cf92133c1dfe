import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { transientStore } from '#adapters/control-store.js'
import { newOperatorKey, readOperatorKey, signCommand } from '#adapters/wire/signing.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { quiescent } from '#daemon/replay.js'
import { portfolioId } from '#units/ids.js'
import { later } from '#units/time.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { openControl } from './control-daemon.js'

const FIXED = portfolioId('fixed')
const on = (verb: string): string => subjects.portfolio(FIXED, verb)
const keys = { ann: newOperatorKey(), bob: newOperatorKey(), cat: newOperatorKey() }
const NOW = 1_750_000_000_000
const MINUTE = 60_000
const by = (changes: Readonly<Record<string, unknown>> = {}) => ({
  ...{ request_id: randomUUID() as string, actor: 'ann', reason: 'as agreed' },
  ...changes,
})
const signed = (who: keyof typeof keys, verb: string, changes: Readonly<Record<string, unknown>> = {}) =>
  signCommand(
    on(verb),
    by({ actor: who, ...changes }),
    { operator: who, key: readOperatorKey(keys[who].privateKey).key },
    NOW,
  )

describe('a plan that waits for people, at a running engine', () => {
  let played: Workspace
  const folder = suiteTempDir()
  beforeAll(async () => {
    played = writeWorkspace(folder)
    await playWorkspace(played)
  })

  /** A workspace of its own, whose portfolio `fixed` has approval terms, over a copy of the played state. */
  const workspace = (approval: string): Workspace => {
    const own = writeWorkspace(tempDir())
    cpSync(played.state, own.state, { recursive: true })
    const file = join(own.folder, 'config', 'portfolios', 'fixed.yaml')
    writeFileSync(file, `${readFileSync(file, 'utf8')}\napproval: ${approval}\n`)
    const operators = Object.entries(keys).map(([name, { publicKey }]) => `${name}: ${publicKey}`)
    writeFileSync(own.config, `${readFileSync(own.config, 'utf8')}control: {operators: {${operators.join(', ')}}}\n`)
    return own
  }
  const open = async (own: Workspace, sign = false, held: () => string | null = () => null) => {
    const operators = Object.fromEntries(Object.entries(keys).map(([name, { publicKey }]) => [name, publicKey]))
    const rules = { operators, unsigned: 'allow', twoPerson: false } as const
    const opened = await openControl(own.config, own.state, {
      parts: (parts) => {
        parts.engine.heldBack = held
        return sign ? { ...parts, authority: { rules, store: transientStore(), now: () => NOW } } : parts
      },
    })
    let closed = false
    const close = async (): Promise<void> => {
      if (!closed) await opened.close()
      closed = true
    }
    onTestFinished(close)
    const { assembly, ask, tell, head } = opened
    const waits = async () => (await ask('status', 'fixed', {})).approval!
    const begin = async (asked: object = by({ reason: 'trim' })) => {
      await tell(control.run, on('run'), asked)
      await quiescent(assembly)
      return waits()
    }
    const decide = (verdict: 'approve' | 'reject', asked: object) => tell(control.decide, on(verdict), asked)
    const shown = async (run: string) => {
      await quiescent(assembly)
      return (await ask('run-show', 'fixed', { run })).run
    }
    const refused = async (asked: object, code: string, verdict: 'approve' | 'reject' = 'approve') => {
      const seq = head(FIXED)
      await expect(decide(verdict, asked), code).rejects.toMatchObject({ code })
      expect(head(FIXED), `${code} is not journaled`).toBe(seq)
    }
    return { ...opened, close, waits, begin, decide, shown, refused }
  }
  const EVERYTHING = '{turnover: 0}'

  it('is traded when exactly that plan is approved, once, and says who did', async () => {
    const { begin, decide, refused, shown, ask, head } = await open(workspace(EVERYTHING))
    const { run, plan, reasons, approvers, since, until } = await begin()
    expect([approvers, Date.parse(until) - Date.parse(since)]).toEqual([1, 30 * MINUTE])
    expect(reasons).toEqual([expect.stringMatching(/^turnover \d+\.\d\d % is more than 0\.00 %$/)])
    expect((await shown(run)).orders).toEqual([])
    await refused(by({ run, plan: 'f'.repeat(64) }), 'STALE_PLAN')
    await refused(by({ run: 'R-1', plan }), 'STALE_PLAN')
    await refused(by({ run, plan: plan.slice(0, 12) }), 'INVALID')
    const seq = head(FIXED)
    expect(await decide('approve', by({ run, plan, dry_run: true }))).toMatchObject({ status: 'approved', seq: null })
    expect(head(FIXED)).toBe(seq)
    const asked = by({ run, plan })
    const done = await decide('approve', asked)
    expect(done).toMatchObject({ portfolio: 'fixed', run_id: run, plan, status: 'approved', approved_by: ['ann'] })
    const traded = await shown(run)
    expect(traded.status).toMatch(/^COMPLETED/)
    expect(traded.orders.length).toBeGreaterThan(0)
    expect(traded.approval?.decisions).toMatchObject([{ verdict: 'approve', actor: 'ann', reason: 'as agreed' }])
    for (const { quantity, leg } of traded.orders)
      expect(Number(quantity)).toBeLessThanOrEqual(Number(leg.approved!.quantity))
    expect(await decide('approve', asked)).toEqual({ ...done, duplicate: true })
    await refused(by({ run, plan }), 'STALE_PLAN')
    await expect(decide('approve', { ...asked, reason: 'other' })).rejects.toMatchObject({ code: 'REQUEST_CONFLICT' })
    const found = await ask('explain', 'fixed', { what: traded.orders[0]!.order, limit: 1 })
    expect(found).toMatchObject({ by: 'order', order: { approval: { granted: true, decisions: [{ actor: 'ann' }] } } })
  })

  it('waits through a restart, keeps no other run from being refused, and ends when it is rejected', async () => {
    const own = workspace(EVERYTHING)
    const first = await open(own)
    const before = await first.begin()
    await expect(first.tell(control.run, on('run'), by())).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS' })
    await first.close()
    const second = await open(own)
    expect(await second.waits()).toEqual(before)
    const taken = second.parts.journal
      .entries(FIXED, second.head(FIXED) - 20, 21)
      .findLast(({ event }) => event.type === 'reconciled')
    expect(taken?.event).toMatchObject({
      decision: 'resume',
      reason: expect.stringContaining(`${before.run} still waits for approval, until ${before.until}`),
    })
    const { run, plan } = before
    expect(await second.decide('reject', by({ run, plan, reason: 'wrong month' }))).toMatchObject({
      status: 'rejected',
      approved_by: [],
    })
    expect(await second.shown(run)).toMatchObject({
      status: 'CANCELLED',
      outcome: 'rejected by ann: wrong month',
      orders: [],
    })
    await second.refused(by({ run, plan }), 'STALE_PLAN')
  })

  it('expires by the deadline on disk, after a restart too, and cannot be approved any more', async () => {
    const own = workspace('{turnover: 0, expires_after: 2m}')
    const first = await open(own)
    const { run, plan } = await first.begin()
    await first.close()
    const { assembly, shown, refused } = await open(own)
    assembly.clock.advanceTo(later(assembly.clock.now(), 2 * MINUTE))
    expect(await shown(run)).toMatchObject({
      status: 'CANCELLED',
      outcome: 'expired: nobody approved its plan',
      orders: [],
    })
    await refused(by({ run, plan }), 'STALE_PLAN')
  })

  it('is held back by a pause, by whatever holds runs back, and by nothing when it is rejected', async () => {
    let held: string | null = null
    const { begin, decide, refused, tell } = await open(workspace(EVERYTHING), false, () => held)
    const { run, plan } = await begin()
    held = 'no prices for 2 minutes'
    await refused(by({ run, plan }), 'HELD_BACK')
    held = null
    await tell(control.permit, on('pause'), by())
    await refused(by({ run, plan }), 'NOT_ACTIVE')
    held = 'no prices for 2 minutes'
    expect(await decide('reject', by({ run, plan }))).toMatchObject({ status: 'rejected' })
  })

  it('takes two people who sign, of whom none asked for the run', async () => {
    const own = workspace('{turnover: 0, approvers: 2}')
    const { begin, decide, refused, shown } = await open(own, true)
    const { run, plan, approvers } = await begin(signed('cat', 'run'))
    expect(approvers).toBe(2)
    const words = { run, plan }
    await refused(by(words), 'UNSIGNED')
    await refused(signed('cat', 'approve', words), 'SAME_ACTOR')
    await refused({ ...signed('ann', 'approve', words), actor: 'bob' }, 'SIGNATURE_INVALID')
    await refused(signed('ann', 'reject', words), 'SIGNATURE_INVALID')
    expect(await decide('approve', signed('ann', 'approve', words))).toMatchObject({
      status: 'waits',
      approved_by: ['ann'],
      approvers: 2,
    })
    await refused(signed('ann', 'approve', words), 'SAME_ACTOR')
    expect((await shown(run)).orders).toEqual([])
    expect(await decide('approve', signed('bob', 'approve', words))).toMatchObject({
      status: 'approved',
      approved_by: ['ann', 'bob'],
    })
    const traded = await shown(run)
    expect(traded.status).toMatch(/^COMPLETED/)
    expect(traded.approval?.decisions.map(({ actor }) => actor)).toEqual(['ann', 'bob'])
  })

  it('needs nobody under its limits, and a preview says whether it would', async () => {
    const { ask } = await open(workspace('{turnover: 1}'))
    const looked = async (at: typeof ask) => (await at('plan', 'fixed', { actor: 'ann', reason: 'look' })).run.approval
    expect(await looked(ask)).toBeNull()
    const strict = await open(workspace(EVERYTHING))
    expect((await looked(strict.ask))?.reasons).toMatchObject([{ code: 'turnover' }])
    const assumed = { actor: 'ann', reason: 'look', what_if: { 'approval.turnover': '1' } }
    expect((await strict.ask('plan', 'fixed', assumed)).run.approval).toBeNull()
  })
})
