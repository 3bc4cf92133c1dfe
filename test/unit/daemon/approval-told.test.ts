import { describe, expect, it } from 'vitest'
import { announcements } from '#daemon/announcements.js'
import { measuring } from '#daemon/measure.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { Labels } from '#ports/metrics.js'
import { noMetrics } from '#ports/metrics.js'
import { Actor } from '#runtime/actor.js'
import { incarnation } from '#units/ids.js'
import { money } from '#units/money.js'
import { type Instant, later } from '#units/time.js'
import { policy, SESSION, START, targets, viewAt } from '../../machine/fixtures.js'

const PENDING = 'ballast_approval_pending_since_timestamp_seconds'
const DECISIONS = 'ballast_approval_decisions_total'

/** A portfolio whose plan waits for two people, what is announced of each step and what is measured of all. */
function waiting() {
  const limits = { turnover: 0.1, notional: null, symbols: [], firstLiveRun: false }
  const own = policy({ approval: { ...limits, approvers: 2, expiresAfterMs: 60_000 } })
  const actor = new Actor(own.id)
  const counted: string[] = []
  const pending: number[] = []
  const measure = measuring({
    ...noMetrics,
    count: (name: string, labels: Labels = {}) => void (name === DECISIONS && counted.push(labels.decision ?? '')),
    gauge: (name: string, value: number) => void (name === PENDING && pending.push(value)),
  })
  const tell = (fact: PortfolioFact, at: Instant = START) => {
    const staged = actor.stage(fact, at, 'test', { answers: [], inbox: null })
    measure(staged)
    return announcements(staged).filter(({ topic }) => topic === 'approval')
  }
  tell({ type: 'created', policy: own, incarnation: incarnation('announced') })
  tell({ type: 'opened', epoch: 1 })
  tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
  tell({ type: 'deposited', amount: money('100000'), view: viewAt(START) })
  const trigger = { kind: 'manual', at: START, session: SESSION, why: 'test', evidence: {} } as const
  tell({ type: 'triggered', trigger, view: viewAt(START) })
  const told = tell({ type: 'solved', request: 'R-1', answer: targets({ AAA: 0.5 }), view: viewAt(START) })
  const { id, plan } = actor.snapshot.context.run!
  const say = (name: string, verdict: 'approve' | 'reject' = 'approve', hash = plan!.hash) =>
    tell({ type: 'decided', run: id, plan: hash, verdict, actor: name, reason: 'as agreed' })
  return { told, tell, say, counted, pending, plan: plan!.hash }
}

describe('a plan that waits for people', () => {
  const base = { approvers: 2, until: '2024-01-02T21:01:00.000Z' }

  it('is announced with its reasons, and so is each word on it', () => {
    const { told, say, plan, counted, pending } = waiting()
    const reasons = ['turnover 50.00 % is more than 10.00 %']
    expect(told).toEqual([{ topic: 'approval', body: { ...base, plan, status: 'waits', reasons } }])
    const body = { ...base, plan, verdict: 'approve', reason: 'as agreed' }
    expect(say('ann')).toEqual([{ topic: 'approval', body: { ...body, status: 'waits', actor: 'ann' } }])
    expect(say('ann')).toEqual([])
    expect(say('bob')).toEqual([{ topic: 'approval', body: { ...body, status: 'approved', actor: 'bob' } }])
    expect(counted).toEqual(['approve', 'approve'])
    expect(pending).toEqual([0, START / 1000, 0])
  })

  it('is announced as rejected or expired, and counted as what it was', () => {
    const rejected = waiting()
    expect(rejected.say('ann', 'reject')[0]?.body).toMatchObject({ status: 'rejected', actor: 'ann' })
    expect([rejected.counted, rejected.pending.at(-1)]).toEqual([['reject'], 0])
    const expired = waiting()
    expect(expired.tell({ type: 'timedOut', timer: 'approval:R-1' }, later(START, 60_000))).toEqual([
      { topic: 'approval', body: { ...base, plan: expired.plan, status: 'expired' } },
    ])
    expect([expired.counted, expired.pending.at(-1)]).toEqual([['expire'], 0])
  })

  it('is not announced as decided by a word on another plan, nor as expired by a halt', () => {
    const { say, tell, counted, pending } = waiting()
    expect(say('ann', 'approve', '0'.repeat(64))).toEqual([])
    expect(tell({ type: 'permitted', to: 'halted', reason: 'stop', actor: 'op' })).toEqual([])
    expect([counted, pending.at(-1)]).toEqual([[], 0])
  })
})
