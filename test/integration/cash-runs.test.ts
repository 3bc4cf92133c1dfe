import { randomUUID } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openControlStore } from '#adapters/control-store.js'
import { newOperatorKey, readOperatorKey, signCommand } from '#adapters/wire/signing.js'
import { subjects } from '#adapters/wire/subjects.js'
import { payable } from '#daemon/control/cash.js'
import { control } from '#daemon/control/messages.js'
import { quiescent } from '#daemon/replay.js'
import { portfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { openControl } from './control-daemon.js'

const FIXED = portfolioId('fixed')
const on = (verb: string): string => subjects.portfolio(FIXED, verb)
const keys = { ann: newOperatorKey(), bob: newOperatorKey() }
const by = (changes: Readonly<Record<string, unknown>> = {}) => ({
  request_id: randomUUID() as string,
  actor: 'ann',
  reason: 'a payout is due',
  ...changes,
})

describe('runs that move cash, asked of a running engine', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  })
  const stage = async (twoPerson = false) => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    const store = openControlStore(join(state, 'control'), (error) => {
      throw error
    })
    const operators = { ann: keys.ann.publicKey, bob: keys.bob.publicKey }
    const rules = { operators, unsigned: 'refuse', twoPerson: true } as const
    const opened = await openControl(workspace.config, state, {
      parts: (parts) => (twoPerson ? { ...parts, authority: { rules, store, now: () => 1_750_000_000_000 } } : parts),
    })
    onTestFinished(async () => {
      await opened.close()
      await store.close()
    })
    const { assembly, ask, tell } = opened
    const snapshot = () => assembly.engine.host.snapshot(FIXED)!
    const settled = async (runId: string | null) => {
      await quiescent(assembly)
      return (await ask('run-show', 'fixed', { run: runId ?? '' })).run
    }
    return { ...opened, snapshot, settled, tell }
  }

  it('withdraw frees an amount by sales alone, once, and payout books it once it has settled', async () => {
    const { tell, settled, snapshot } = await stage()
    const amount = payable(snapshot().context).plus('20000').toFixed(2)
    await expect(tell(control.cash, on('payout'), by({ amount }))).rejects.toMatchObject({ code: 'CASH_SHORT' })
    const asked = by({ amount })
    const begun = await tell(control.cashRun, on('withdraw'), asked)
    const run = await settled(begun.run_id)
    expect(run).toMatchObject({ type: 'withdraw-cash', trigger: { kind: 'manual', evidence: { amount } } })
    expect(run.status).toMatch(/^COMPLETED/)
    expect(new Set(run.orders.map(({ side }) => side))).toEqual(new Set(['sell']))
    expect(await tell(control.cashRun, on('withdraw'), asked)).toMatchObject({ duplicate: true, seq: begun.seq })
    await expect(tell(control.cashRun, on('withdraw'), { ...asked, amount: '1.00' })).rejects.toMatchObject({
      code: 'REQUEST_CONFLICT',
    })
    // What was sold settles at a later session's mark: until then the payout waits.
    expect(snapshot().context.book.accounts.cash!.gte(amount)).toBe(true)
    await expect(tell(control.cash, on('payout'), by({ amount }))).rejects.toMatchObject({ code: 'CASH_SHORT' })
    expect(await tell(control.cash, on('payout'), by({ amount: '1.00' }))).toMatchObject({ amount: '1.00' })
  })

  it('withdraw is cancelled with the reason where the book cannot raise it', async () => {
    const { tell, settled } = await stage()
    const { run_id } = await tell(control.cashRun, on('withdraw'), by({ amount: '900000000.00' }))
    const run = await settled(run_id)
    expect(run).toMatchObject({ status: 'CANCELLED', orders: [] })
    expect(run.outcome).toMatch(/^900,000,000\.00 cannot be freed: /)
  })

  it('invest buys for no more than its amount, and sells nothing', async () => {
    const { tell, settled } = await stage()
    await tell(control.cash, on('deposit'), by({ amount: '30000.00' }))
    const { run_id } = await tell(control.cashRun, on('invest'), by({ amount: '10000.00' }))
    const run = await settled(run_id)
    expect(run.type).toBe('invest-cash')
    expect(new Set(run.orders.map(({ side }) => side))).toEqual(new Set(['buy']))
    const spent = run.orders.reduce((sum, { fills }) => sum + Number(fills.value), 0)
    expect(spent).toBeGreaterThan(8_000)
    expect(spent).toBeLessThanOrEqual(10_000)
  })

  it('liquidate sells everything, pauses, and leaves targets of cash; a plan shows it first', async () => {
    const { tell, ask, settled, snapshot, head } = await stage()
    const seq = head(FIXED)
    const task = { type: 'liquidate' } as const
    const planned = await ask('plan', 'fixed', { actor: 'ann', reason: 'look', task })
    expect(planned.run.legs.every(({ side }) => side === 'sell')).toBe(true)
    expect(head(FIXED)).toBe(seq)
    const { run_id } = await tell(control.run, on('liquidate'), by())
    const run = await settled(run_id)
    expect(run).toMatchObject({ type: 'liquidate', legs: { length: planned.run.legs.length } })
    expect(snapshot().context.book.positions).toEqual({})
    expect(snapshot().context.effective).toEqual({ weights: {}, cash: 1 })
    expect(snapshot().value.permission).toBe('paused')
    await expect(tell(control.run, on('run'), by())).rejects.toMatchObject({ code: 'NOT_ACTIVE' })
    // It may be asked for again, and finds nothing.
    const again = await settled((await tell(control.run, on('liquidate'), by())).run_id)
    expect(again).toMatchObject({ status: 'COMPLETED', outcome: 'holds nothing' })
    // All that settled may leave: nothing is kept of nothing.
    expect(payable(snapshot().context).gte(0)).toBe(true)
  })

  it('liquidate takes two operators, who both saw each holding that goes, and the journal names both', async () => {
    const { tell, snapshot, parts, head } = await stage(true)
    const sign = (who: keyof typeof keys, subject: string, changes: Readonly<Record<string, unknown>> = {}) =>
      signCommand(
        subject,
        by({ actor: who, ...changes }),
        { operator: who, key: readOperatorKey(keys[who].privateKey).key },
        1_750_000_000_000,
      )
    const seq = head(FIXED)
    await expect(tell(control.run, on('liquidate'), by())).rejects.toMatchObject({ code: 'UNSIGNED' })
    const refusal = await tell(control.run, on('liquidate'), sign('ann', on('liquidate'))).catch(
      (thrown: unknown) => thrown as { readonly code: string; readonly data: { approval: string; terms: string[] } },
    )
    if (!('code' in refusal)) throw new Error('it was carried out by one')
    expect([refusal.code, head(FIXED)]).toEqual(['SECOND_OPERATOR', seq])
    const { positions } = snapshot().context.book
    expect(refusal.data.terms).toEqual([
      ...Object.entries(positions)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, { quantity }]) => `fixed: sell ${quantity.toFixed()} ${id}`),
      'fixed: all targets become cash and no run begins by itself until resumed, asked by ann: a payout is due',
    ])
    const APPROVE = subjects.control('approve')
    await tell(control.approve, APPROVE, sign('bob', APPROVE, { id: refusal.data.approval }))
    const entry = parts.journal.entries(FIXED, seq + 1, 50).find(({ event }) => event.type === 'triggered')
    expect(entry?.event).toMatchObject({
      trigger: { task: { type: 'liquidate' } },
      approved: { by: 'bob', request: refusal.data.approval },
    })
  })

  it('a payout leaves the reserve of what is left', () => {
    const state = (cashReserve: number) => ({
      policy: { targets: { cashReserve }, universe: [] },
      book: {
        accounts: { cash: money('300') },
        positions: {},
        unsettled: [],
        reservations: {},
        nav: { equity: money('1000') },
      },
    })
    const most = (reserve: number) => payable(state(reserve) as never).toFixed(2)
    // W ≤ 300 − 0.1·(1000 − W) gives 222.22; with no reserve all of it, with more than there is nothing.
    expect([most(0), most(0.1), most(0.5)]).toEqual(['300.00', '222.22', '0.00'])
  })
})
