import { describe, expect, it } from 'vitest'
import { announcements } from '#daemon/announcements.js'
import type { Ladder, TargetsAnswer } from '#domain/run.js'
import { Actor } from '#runtime/actor.js'
import { incarnation } from '#units/ids.js'
import { evidence, policy, START, targets, viewAt } from '../../machine/fixtures.js'

/** Alerts that an answer with this evidence is announced with. */
function alertsOf(ladder?: Ladder) {
  const { id } = policy()
  const actor = new Actor(id)
  const origin = { answers: [], inbox: null }
  actor.stage({ type: 'created', policy: policy(), incarnation: incarnation('announced') }, START, 'test', origin)
  const answer: TargetsAnswer = { ...targets({ AAA: 0.5 }), evidence: { ...evidence, ...(ladder && { ladder }) } }
  const staged = actor.stage({ type: 'solved', request: 'R-1', answer, view: viewAt(START) }, START, 'R-1', origin)
  return announcements(staged).filter(({ topic }) => topic === 'alert')
}

describe('announcements', () => {
  it('tell of limits that conflict and what was done about it, and of nothing when there was none', () => {
    const ladder: Ladder = {
      conflict: ['the cash range'],
      relaxed: ['the most cash from 10.00 % to 20.00 %'],
      rung: 'relaxed',
    }
    expect(alertsOf(ladder)).toEqual([{ topic: 'alert', body: { ...ladder, cause: 'R-1' } }])
    expect(alertsOf()).toEqual([])
  })
})
