import { beforeAll, describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import type { Run } from '#domain/run.js'
import { type PortfolioSnapshot, react } from '#machines/portfolio.machine.js'
import { noMetrics } from '#ports/metrics.js'
import { preview } from '#runtime/preview.js'
import { encode } from '#units/canonical.js'
import { portfolioId } from '#units/ids.js'
import { suiteTempDir } from '../../support/temp-dir.js'
import { history, played, policies } from '../domain/explain/runs.js'

describe('a preview', () => {
  const dir = suiteTempDir()
  const snapshots = new Map<string, PortfolioSnapshot>()
  const heads = new Map<string, number>()
  let real: Run | undefined

  const market = sessionMarket(history)
  for (const bars of history.sessions) market.advance(bars)
  const clock = virtualClock(history.sessions.at(-1)!.at)
  const ports = { market, clock, solver: nativeSolver(), metrics: noMetrics }
  const ask = (id: string, change: (snapshot: PortfolioSnapshot) => PortfolioSnapshot = (same) => same) =>
    preview({ snapshot: change(snapshots.get(id)!), seq: heads.get(id)!, actor: 'pm', reason: 'test' }, ports)

  beforeAll(async () => {
    const assembly = await played(dir)
    for (const { id } of policies) {
      snapshots.set(id, assembly.engine.host.snapshot(id)!)
      heads.set(id, assembly.journal.head(id).seq)
    }
    const staged = await assembly.engine.rebalance(portfolioId('fixed'), 'pm', 'test')
    while (!assembly.engine.idle()) await new Promise((turn) => setImmediate(turn))
    real = assembly.engine.host.snapshot(staged.portfolio)!.context.run!
    await assembly.close()
  })

  it('plans exactly what a run at that moment then does', async () => {
    const outcome = await ask('fixed')
    if (!outcome.ok || real === undefined) return expect.fail('there should be a run')
    const { value: run } = outcome
    expect(run.id).toBe(real.id)
    expect(run.trigger.why).toBe('pm: test')
    expect(encode([run.answer, run.plan, run.before])).toBe(encode([real.answer, real.plan, real.before]))
    expect(encode(run.judgements)).toBe(encode(real.judgements.slice(0, run.judgements.length)))
  })

  it('leaves what it was given as it was', async () => {
    const before = encode(snapshots.get('optimised')!)
    const outcome = await ask('optimised')
    expect(outcome.ok && outcome.value.answer?.kind).toBe('targets')
    expect(encode(snapshots.get('optimised')!)).toBe(before)
  })

  it('previews a halted portfolio that no process owns as if it could trade', async () => {
    const halted = await ask('fixed', ({ value, context }) => ({
      value: { ...value, permission: 'halted', ownership: 'recovering' },
      context,
    }))
    const active = await ask('fixed')
    expect(halted.ok && active.ok && encode(halted.value.plan) === encode(active.value.plan)).toBe(true)
  })

  it.each(['halted', 'reducing'] as const)(
    'previews the next run, not the last, while all trading is %s firm-wide',
    async (to) => {
      const fact = { type: 'restrained', scope: { kind: 'firm' }, to, actor: 'ann', reason: 'x' } as const
      const seq = heads.get('fixed')! + 1
      const outcome = await ask('fixed', (snapshot) => react(snapshot, { ...fact, seq, at: clock.now(), cause: 'x' }))
      if (!outcome.ok || real === undefined) return expect.fail('there should be a run')
      expect(outcome.value.id).toBe(real.id)
      expect(encode(outcome.value.plan)).toBe(encode(real.plan))
    },
  )

  it('uses a policy that is not in the journal yet', async () => {
    const policy = policies.find(({ id }) => id === 'fixed')!
    const weights = { AAA: 0.1, BBB: 0.1, CCC: 0.1, DDD: 0.1, EEE: 0.1 }
    const lighter = { ...policy, targets: { ...policy.targets, params: { weights, cash: 0.5 } } }
    const outcome = await preview(
      { snapshot: snapshots.get('fixed')!, seq: heads.get('fixed')!, policy: lighter, actor: 'pm', reason: 'x' },
      ports,
    )
    expect(outcome.ok && outcome.value.answer).toMatchObject({ kind: 'targets', targets: { weights } })
    expect(outcome.ok && outcome.value.approved.map((leg) => leg.side)).toEqual(Array(5).fill('sell'))
  })

  it('refuses while a run has not ended', async () => {
    const snapshot = snapshots.get('fixed')!
    const view = market.view(clock.now())
    const trigger = { kind: 'manual', at: clock.now(), session: view.session, why: 'x', evidence: {} } as const
    const event = {
      type: 'triggered',
      trigger,
      view,
      seq: heads.get('fixed')! + 1,
      at: clock.now(),
      cause: 'x',
    } as const
    const { value, context } = react(snapshot, event)
    const outcome = await ask('fixed', () => ({ value, context }))
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'RUN_IN_PROGRESS' } })
  })
})
