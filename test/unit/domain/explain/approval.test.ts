import { describe, expect, it } from 'vitest'
import type { Approval, Decision } from '#domain/approval/approval.js'
import { approvalSentences, explainApproval } from '#domain/explain/approval.js'
import type { Run } from '#domain/run.js'
import { instant, later } from '#units/time.js'

const SINCE = instant(Date.UTC(2026, 0, 5, 15))
const said = (actor: string, verdict: Decision['verdict'] = 'approve'): Decision => ({
  ...{ verdict, actor, reason: 'as agreed', at: later(SINCE, 60_000) },
})
const told = (approvers: 1 | 2, decisions: readonly Decision[], ended: boolean) => {
  const reasons = [
    { code: 'turnover', reason: 'turnover 12.00 % is more than 10.00 %', figures: {} },
    { code: 'symbol', reason: 'TLT trades only when a person agrees', figures: {} },
  ] as const
  const until = later(SINCE, 1_800_000)
  const approval: Approval = { reasons, approvers, since: SINCE, until, decisions, session: null }
  return approvalSentences(explainApproval({ approval } as Run), ended)
}

describe('the explanation of an approval', () => {
  it('is empty where nobody has to agree', () => {
    expect(explainApproval({} as Run)).toBeNull()
    expect(approvalSentences(null, true)).toEqual([])
  })

  it('says why, and how long it waits while nobody has decided', () => {
    expect(told(1, [], false)).toEqual([
      'It takes a person: turnover 12.00 % is more than 10.00 %.',
      'It takes a person: TLT trades only when a person agrees.',
      'It waits from 2026-01-05T15:00:00.000Z on, until 2026-01-05T15:30:00.000Z at the latest.',
    ])
    expect(told(1, [], true).at(-1)).toBe('It waited from 2026-01-05T15:00:00.000Z and was not approved.')
  })

  it('says who decided what, when and why, and that it still waits for another', () => {
    expect(told(1, [said('ann')], true).slice(2)).toEqual(['ann approved it at 2026-01-05T15:01:00.000Z: as agreed.'])
    expect(told(2, [said('ann')], false).slice(2)).toEqual([
      'ann approved it at 2026-01-05T15:01:00.000Z: as agreed.',
      'It waits from 2026-01-05T15:00:00.000Z on, until 2026-01-05T15:30:00.000Z at the latest.',
    ])
    expect(told(2, [said('ann'), said('bob', 'reject')], true).slice(2)).toEqual([
      'ann approved it at 2026-01-05T15:01:00.000Z: as agreed.',
      'bob rejected it at 2026-01-05T15:01:00.000Z: as agreed.',
    ])
  })
})
