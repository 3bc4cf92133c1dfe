import { describe, expect, it } from 'vitest'
import type { Decision, Verdict } from '#domain/approval/approval.js'
import { isGranted } from '#domain/approval/approval.js'
import { type Decided, refusalOf } from '#domain/approval/refusal.js'
import type { Run } from '#domain/run.js'
import { runId } from '#units/ids.js'
import { instant } from '#units/time.js'

const UNTIL = instant(Date.UTC(2026, 0, 5, 15))
const PLAN = 'ab'.repeat(32)
const said = (actor: string, verdict: Verdict = 'approve'): Decision => ({ verdict, actor, reason: 'r', at: UNTIL })
const run = (approvers: 1 | 2, decisions: readonly Decision[] = [], changes: object = {}): Run =>
  ({
    ...{ id: runId(7), status: 'AWAITING_APPROVAL', plan: { hash: PLAN } },
    trigger: { kind: 'manual', evidence: { actor: 'ann' } },
    approval: { reasons: [], approvers, since: UNTIL, until: UNTIL, decisions, session: null },
    ...changes,
  }) as unknown as Run
const decided = (changes: Partial<Decided> = {}): Decided => ({
  ...{ run: runId(7), plan: PLAN, verdict: 'approve', actor: 'bob', reason: 'looked' },
  ...changes,
})
const code = (of: Run | null, changes: Partial<Decided> = {}, at = instant(UNTIL - 1)) =>
  refusalOf(of, decided(changes), at)?.code

describe('a word on a plan', () => {
  it('is taken when it is on the plan that waits, until its time is over', () => {
    expect([code(run(1)), code(run(1), {}, UNTIL)]).toEqual([undefined, 'EXPIRED'])
    expect(refusalOf(run(1), decided(), UNTIL)?.message).toBe(
      'plan abababababab of R-7 waited until 2026-01-05T15:00:00.000Z',
    )
  })

  it('is refused as stale when nothing waits, or another plan or run does, and names what does', () => {
    const { approval: _, ...free } = run(1)
    expect(code(null)).toBe('STALE_PLAN')
    expect(code(free as Run)).toBe('STALE_PLAN')
    expect(code(run(1, [], { status: 'SELLING' }))).toBe('STALE_PLAN')
    expect(code(run(1), { run: runId(8) })).toBe('STALE_PLAN')
    expect(refusalOf(run(1), decided({ plan: 'cd'.repeat(32) }), instant(0))).toEqual({
      code: 'STALE_PLAN',
      message: 'plan cdcdcdcdcdcd of R-7 is not what waits: that is plan abababababab of R-7',
    })
    expect(code(run(1), { plan: 'abababab' })).toBe('STALE_PLAN')
  })

  it('takes two persons where two must approve: not one twice, nor who asked for the run', () => {
    expect(code(run(2, [said('bob')]), { actor: 'bob' })).toBe('SAME_ACTOR')
    expect(code(run(2, [said('bob')]), { actor: 'cat' })).toBeUndefined()
    expect(code(run(2), { actor: 'ann' })).toBe('SAME_ACTOR')
    expect(code(run(1), { actor: 'ann' })).toBeUndefined()
    expect(
      code(run(2, [], { trigger: { kind: 'drift', evidence: { actor: 'ann' } } }), { actor: 'ann' }),
    ).toBeUndefined()
  })

  it('may reject, whoever says it, and whoever approved before', () => {
    for (const actor of ['ann', 'bob'])
      expect(code(run(2, [said('bob')]), { actor, verdict: 'reject' })).toBeUndefined()
    expect(code(run(2), { verdict: 'reject' }, UNTIL)).toBe('EXPIRED')
  })
})

describe('an approval', () => {
  it('is granted by as many people as must, each once', () => {
    const granted = (approvers: 1 | 2, ...decisions: Decision[]) => isGranted(run(approvers, decisions).approval!)
    expect([granted(1), granted(1, said('ann')), granted(1, said('ann', 'reject'))]).toEqual([false, true, false])
    expect(granted(2, said('ann'), said('ann'))).toBe(false)
    expect(granted(2, said('ann'), said('bob'))).toBe(true)
  })
})
