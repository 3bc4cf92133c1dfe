import { randomUUID } from 'node:crypto'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type ControlStore, openControlStore } from '#adapters/control-store.js'
import { newOperatorKey, readOperatorKey, signCommand } from '#adapters/wire/signing.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { AuthorityRules } from '#daemon/control/authority.js'
import { control } from '#daemon/control/messages.js'
import { portfolioId } from '#units/ids.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { openControl } from './control-daemon.js'

const FIXED = portfolioId('fixed')
const HALT = subjects.portfolio(FIXED, 'halt')
const RESUME = subjects.portfolio(FIXED, 'resume')
const RELOAD = subjects.control('reload')
const APPROVE = subjects.control('approve')
const keys = { ann: newOperatorKey(), bob: newOperatorKey() }
const RULES: AuthorityRules = {
  operators: { ann: keys.ann.publicKey, bob: keys.bob.publicKey },
  unsigned: 'refuse',
  twoPerson: true,
}

describe('operators who sign', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  })

  const world = { now: 1_750_000_000_000 }
  const stage = async (
    rules: AuthorityRules = RULES,
    state = join(tempDir(), 'state'),
    fresh = true,
    config = workspace.config,
  ) => {
    if (fresh) cpSync(workspace.state, state, { recursive: true })
    const store: ControlStore = openControlStore(join(state, 'control'), (error) => {
      throw error
    })
    const opened = await openControl(config, state, {
      twoPerson: true,
      parts: (parts) => ({ ...parts, authority: { rules, store, now: () => world.now } }),
    })
    let closed = false
    const close = async (): Promise<void> => {
      if (closed) return
      closed = true
      await opened.close()
      await store.close()
    }
    onTestFinished(close)
    const trading = () => opened.assembly.engine.host.snapshot(FIXED)!.value.permission
    return { ...opened, state, store, close, trading }
  }
  const plain = (changes: Readonly<Record<string, unknown>> = {}) => ({
    request_id: randomUUID() as string,
    actor: 'ann',
    reason: 'prices look wrong',
    ...changes,
  })
  const by = (
    who: keyof typeof keys,
    subject: string,
    changes: Readonly<Record<string, unknown>> = {},
    issued = world.now,
  ) =>
    signCommand(
      subject,
      plain({ actor: who, ...changes }),
      { operator: who, key: readOperatorKey(keys[who].privateKey).key },
      issued,
    )

  it('halt with one signature; nobody else is heard', async () => {
    const { tell, head, trading } = await stage()
    const seq = head(FIXED)
    const refused = (asked: object, code: string, subject = HALT) =>
      expect(tell(control.permit, subject, asked), code).rejects.toMatchObject({ code })
    await refused(plain(), 'UNSIGNED')
    const good = by('ann', HALT)
    await refused({ ...good, reason: 'something else' }, 'SIGNATURE_INVALID')
    await refused({ ...good, dry_run: true }, 'SIGNATURE_INVALID')
    await refused(good, 'SIGNATURE_INVALID', subjects.portfolio(portfolioId('optimised'), 'halt'))
    await refused(good, 'SIGNATURE_INVALID', subjects.portfolio(FIXED, 'pause'))
    await refused({ ...good, signature: { ...good.signature, nonce: randomUUID() } }, 'SIGNATURE_INVALID')
    await refused({ ...good, signature: { ...good.signature, operator: 'bob' } }, 'SIGNATURE_INVALID')
    await refused({ ...good, signature: { ...good.signature, operator: 'eve' } }, 'OPERATOR_UNKNOWN')
    await refused({ ...good, signature: { ...good.signature, sig: 'A'.repeat(86) } }, 'SIGNATURE_INVALID')
    await refused({ ...good, signature: { ...good.signature, more: 1 } }, 'INVALID')
    await refused(by('ann', HALT, { actor: 'bob' }), 'ACTOR_MISMATCH')
    await refused(by('ann', HALT, {}, world.now - 60_001), 'SIGNATURE_EXPIRED')
    await refused(by('ann', HALT, {}, world.now + 5_001), 'SIGNATURE_EXPIRED')
    expect([head(FIXED), trading()]).toEqual([seq, 'active'])
    expect(await tell(control.permit, HALT, good)).toMatchObject({
      trading: 'halted',
      trading_reason: 'ann: prices look wrong',
    })
  })

  it('are not heard twice with the same words, after a restart neither', async () => {
    const first = await stage()
    const asked = by('ann', HALT)
    await first.tell(control.permit, HALT, asked)
    await expect(first.tell(control.permit, HALT, asked)).rejects.toMatchObject({ code: 'NONCE_USED' })
    // A repeat signed anew is the same request, and is carried out once.
    const { signature: _, ...words } = asked
    expect(await first.tell(control.permit, HALT, by('ann', HALT, words))).toMatchObject({ duplicate: true })
    await first.close()
    const second = await stage(RULES, first.state, false)
    await expect(second.tell(control.permit, HALT, asked)).rejects.toMatchObject({ code: 'NONCE_USED' })
    expect(second.trading()).toBe('halted')
  })

  it('undo a halt only in twos, and the journal names both', async () => {
    const { tell, trading, parts, head, close, state } = await stage()
    await tell(control.permit, HALT, by('ann', HALT))
    const waits = async (who: 'ann' | 'bob', request = randomUUID() as string): Promise<string> => {
      const error = (await tell(control.permit, RESUME, by(who, RESUME, { request_id: request })).catch(
        (thrown: unknown) => thrown,
      )) as { code: string; data: { approval: string } }
      expect(error.code).toBe('SECOND_OPERATOR')
      return error.data.approval
    }
    const request = randomUUID()
    const id = await waits('ann', request)
    expect(await waits('ann', request)).toBe(id)
    expect(trading()).toBe('halted')
    const approve = (who: 'ann' | 'bob', approval = id) =>
      tell(control.approve, APPROVE, by(who, APPROVE, { id: approval }))
    await expect(approve('ann')).rejects.toMatchObject({ code: 'SAME_OPERATOR' })
    await expect(tell(control.approve, APPROVE, plain({ id }))).rejects.toMatchObject({ code: 'UNSIGNED' })
    await expect(approve('bob', 'f'.repeat(32))).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' })
    const { text } = await tell(control.approvals, subjects.control('approvals'), {})
    expect(JSON.parse(text)).toMatchObject([{ id, verb: 'resume', portfolio: 'fixed', by: 'ann' }])
    await close()

    const again = await stage(RULES, state, false)
    const done = await again.tell(control.approve, APPROVE, by('bob', APPROVE, { id }))
    expect(done).toMatchObject({ verb: 'resume', by: 'ann', approved_by: 'bob' })
    expect(again.trading()).toBe('active')
    const [entry] = again.parts.journal.entries(FIXED, again.head(FIXED), 1)
    expect(entry?.event).toMatchObject({
      type: 'permitted',
      to: 'active',
      actor: 'ann',
      approved: { by: 'bob', request: id },
    })
    await expect(again.tell(control.approve, APPROVE, by('bob', APPROVE, { id }))).rejects.toMatchObject({
      code: 'APPROVAL_UNKNOWN',
    })
    expect(parts.journal).toBeDefined()
    expect(head).toBeDefined()
  })

  it('loosen limits only in twos, and only those the two have seen', async () => {
    const own = writeWorkspace(tempDir())
    cpSync(workspace.state, own.state, { recursive: true })
    const { tell, assembly, parts, head } = await stage(RULES, own.state, false, own.config)
    const file = join(own.folder, 'config', 'portfolios', 'fixed.yaml')
    const limit = (max: string): void =>
      writeFileSync(file, readFileSync(file, 'utf8').replace(/max: 0\.\d/, `max: ${max}`))
    const reload = () => tell(control.reload, RELOAD, by('ann', RELOAD))
    const approve = (id: string) => tell(control.approve, APPROVE, by('bob', APPROVE, { id }))
    const now = () => assembly.engine.host.snapshot(FIXED)!.context.policy.governance.map(({ params }) => params)
    limit('0.5')
    await reload()
    expect(now()).toContainEqual({ max: 0.5 })
    limit('0.7')
    const error = (await reload().catch((thrown: unknown) => thrown)) as { code: string; data: { approval: string } }
    expect(error).toMatchObject({
      code: 'SECOND_OPERATOR',
      data: { terms: ['fixed: governance.rules.position-limit.max 0.5 -> 0.7'] },
    })
    const { text } = await tell(control.approvals, subjects.control('approvals'), {})
    expect(JSON.parse(text)).toMatchObject([{ verb: 'reload', portfolio: null }])
    limit('0.9')
    await expect(approve(error.data.approval)).rejects.toMatchObject({ code: 'LOOSENING_REFUSED' })
    limit('0.7')
    expect(now()).toContainEqual({ max: 0.5 })
    expect(await approve(error.data.approval)).toMatchObject({ verb: 'reload', by: 'ann', approved_by: 'bob' })
    expect(now()).toContainEqual({ max: 0.7 })
    const [entry] = parts.journal.entries(FIXED, head(FIXED), 1)
    expect(entry?.event).toMatchObject({
      type: 'configured',
      approved: { by: 'bob', request: error.data.approval },
    })
  })

  it('confirm what was asked as things stood then: a halt that came since is not undone, in the same words neither', async () => {
    const { tell, trading, assembly, state, close } = await stage()
    const REDUCE = subjects.portfolio(FIXED, 'reduce')
    const waits = async (asked: Promise<unknown>) => {
      const error = await asked.catch((thrown: unknown) => thrown)
      return (error as { data: { approval: string; terms: readonly string[] } }).data
    }
    const moved = (approval: string, at = tell) =>
      expect(at(control.approve, APPROVE, by('bob', APPROVE, { id: approval }))).rejects.toMatchObject({
        code: 'APPROVAL_MOVED',
      })
    await tell(control.permit, REDUCE, by('ann', REDUCE))
    const reduced = await waits(tell(control.permit, RESUME, by('ann', RESUME)))
    expect(reduced.terms).toEqual([
      expect.stringMatching(/^fixed is reducing since entry \d+ \(ann: prices look wrong\)$/),
    ])
    await assembly.engine.permit(FIXED, 'halted', 'trip:failed-runs', '3 runs failed')
    await moved(reduced.approval)
    expect(trading()).toBe('halted')
    await expect(tell(control.approve, APPROVE, by('bob', APPROVE, { id: reduced.approval }))).rejects.toMatchObject({
      code: 'APPROVAL_UNKNOWN',
    })

    const UNKILL = subjects.control('unkill')
    const KILL = subjects.control('kill')
    await tell(control.kill, KILL, by('ann', KILL))
    const lift = await waits(tell(control.unkill, UNKILL, by('ann', UNKILL)))
    expect(lift.terms).toHaveLength(3)
    assembly.clock.advanceTo((assembly.clock.now() + 1) as never)
    await tell(control.kill, KILL, by('ann', KILL))
    await moved(lift.approval)

    await tell(control.permit, HALT, by('ann', HALT))
    const halted = await waits(tell(control.permit, RESUME, by('ann', RESUME)))
    await tell(control.permit, HALT, by('ann', HALT))
    await close()
    const again = await stage(RULES, state, false)
    await moved(halted.approval, again.tell)
    expect(again.trading()).toBe('halted')
  })

  it('wait for a second one ten minutes and no longer', async () => {
    const { tell, trading } = await stage()
    await tell(control.permit, HALT, by('ann', HALT))
    const error = (await tell(control.permit, RESUME, by('ann', RESUME)).catch((thrown: unknown) => thrown)) as {
      data: { approval: string }
    }
    const before = world.now
    world.now += 10 * 60_000 + 1
    onTestFinished(() => {
      world.now = before
    })
    await expect(tell(control.approve, APPROVE, by('bob', APPROVE, { id: error.data.approval }))).rejects.toMatchObject(
      { code: 'APPROVAL_UNKNOWN' },
    )
    expect(trading()).toBe('halted')
  })

  it('may be left out for what lets less trade, where the configuration says so', async () => {
    const { tell, trading } = await stage({ ...RULES, unsigned: 'tighten' })
    await tell(control.permit, HALT, plain({ actor: 'whoever' }))
    expect(trading()).toBe('halted')
    await expect(tell(control.permit, RESUME, plain())).rejects.toMatchObject({ code: 'UNSIGNED' })
    await expect(tell(control.unkill, subjects.control('unkill'), plain())).rejects.toMatchObject({ code: 'UNSIGNED' })
    expect(trading()).toBe('halted')
  })

  it('sign for what does not loosen and does not tighten either: a run, cash, a reload, a resume after a pause', async () => {
    const { tell, trading, head } = await stage({ ...RULES, unsigned: 'tighten', twoPerson: false })
    const of = (verb: Parameters<typeof subjects.portfolio>[1]): string => subjects.portfolio(FIXED, verb)
    await tell(control.permit, of('pause'), plain())
    expect(trading()).toBe('paused')
    const seq = head(FIXED)
    const unsigned = [
      tell(control.permit, RESUME, plain()),
      tell(control.run, of('run'), plain()),
      tell(control.cash, of('payout'), plain({ amount: '1.00' })),
      tell(control.cash, of('deposit'), plain({ amount: '1.00' })),
      tell(control.reload, RELOAD, plain()),
    ]
    for (const asked of unsigned) await expect(asked).rejects.toMatchObject({ code: 'UNSIGNED' })
    expect([head(FIXED), trading()]).toEqual([seq, 'paused'])
    await tell(control.permit, RESUME, by('ann', RESUME))
    expect(trading()).toBe('active')
  })

  interface Pending {
    readonly code: string
    readonly data: { readonly approval: string; readonly terms: readonly string[] }
  }
  const pendingOf = (asked: Promise<unknown>) => asked.catch((thrown: unknown) => thrown) as Promise<Pending>
  const PAYOUT = subjects.portfolio(FIXED, 'payout')

  it('book cash by hand only in twos, who both saw the amount, and the journal names both', async () => {
    const { tell, head, parts } = await stage()
    const seq = head(FIXED)
    const { code, data } = await pendingOf(tell(control.cash, PAYOUT, by('ann', PAYOUT, { amount: '1234.50' })))
    const terms = ['fixed: payout 1,234.50 USD, asked by ann: prices look wrong']
    expect([code, head(FIXED), data.terms]).toEqual(['SECOND_OPERATOR', seq, terms])
    const { text } = await tell(control.approvals, subjects.control('approvals'), {})
    expect(JSON.parse(text)).toMatchObject([{ id: data.approval, verb: 'payout', portfolio: 'fixed', terms }])
    expect(await tell(control.approve, APPROVE, by('bob', APPROVE, { id: data.approval }))).toMatchObject({ terms })
    const [entry] = parts.journal.entries(FIXED, head(FIXED), 1)
    expect(entry?.event).toMatchObject({
      type: 'deposited',
      cause: expect.stringMatching(/^payout ann: /),
      approved: { by: 'bob', request: data.approval },
    })
  })

  it('confirm the very command that was seen: the same request id with another amount, reason or limit is another', async () => {
    const { tell, assembly } = await stage()
    const cash = () => assembly.engine.host.snapshot(FIXED)!.context.book.accounts.cash!
    const before = cash()
    const request = { request_id: randomUUID() as string }
    const asks = (amount: string, reason = 'fee') =>
      pendingOf(tell(control.cash, PAYOUT, by('ann', PAYOUT, { ...request, amount, reason })))
    const seen = await asks('1.00')
    const ids = [seen, await asks('1000.00'), await asks('1.00', 'rent'), await asks('1.00')].map(
      (row) => row.data.approval,
    )
    expect([new Set(ids).size, ids[3]]).toEqual([3, ids[0]])
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
    await tell(control.approve, APPROVE, by('bob', APPROVE, { id: seen.data.approval }))
    expect(before.minus(cash()).toFixed()).toBe('1')
  })

  it('adjust books only in twos, who both saw what is booked: nothing that came out differently since', async () => {
    const { tell, assembly, parts, head } = await stage()
    const ADJUST = subjects.portfolio(FIXED, 'adjust')
    const holdings = assembly.venue.holdings.bind(assembly.venue)
    const gateway = { cash: '12.34' }
    assembly.venue.holdings = async (portfolio) => {
      const held = await holdings(portfolio)
      return { ...held, cash: held.cash.plus(gateway.cash) as never }
    }
    await tell(control.permit, HALT, by('ann', HALT))
    const asks = () => pendingOf(tell(control.adjust, ADJUST, by('ann', ADJUST)))
    const approve = ({ data }: Pending) => tell(control.approve, APPROVE, by('bob', APPROVE, { id: data.approval }))
    const first = await asks()
    expect(first.data.terms).toEqual([
      'fixed: cash +12.34 USD, fees +0 USD',
      'fixed: books adjusted for ann: prices look wrong',
    ])
    gateway.cash = '999999'
    const seq = head(FIXED)
    await expect(approve(first)).rejects.toMatchObject({ code: 'APPROVAL_MOVED' })
    await expect(approve(first)).rejects.toMatchObject({ code: 'APPROVAL_UNKNOWN' })
    const second = await asks()
    // What the gateway says is asked twice, for the terms and for the booking: it may move in between.
    let looks = 0
    assembly.venue.holdings = async (portfolio) => {
      const held = await holdings(portfolio)
      looks += 1
      return { ...held, cash: held.cash.plus(looks <= 2 ? gateway.cash : '1') as never }
    }
    await expect(approve(second)).rejects.toMatchObject({ code: 'APPROVAL_MOVED' })
    expect(head(FIXED)).toBe(seq)
    looks = -2
    await approve(second)
    const [entry] = parts.journal.entries(FIXED, head(FIXED), 1)
    expect(entry?.event).toMatchObject({
      type: 'adjusted',
      actor: 'ann',
      approved: { by: 'bob', request: second.data.approval },
    })
  })
})
