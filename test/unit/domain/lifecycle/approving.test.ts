import { describe, expect, it } from 'vitest'
import type { Judgement } from '#domain/governance/rule.js'
import { weighApproval } from '#domain/lifecycle/approving.js'
import { governed } from '#domain/lifecycle/planning.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { START, viewAt } from '../../../machine/fixtures.js'
import { World } from '../../../machine/world.js'

const wants = (leg: string | null): Judgement => ({
  ...{ rule: 'cvar-limit', leg, verdict: 'approve', multiplier: 1 },
  ...{ reason: 'CVaR would be 5 %', evidence: { cvar: 0.05 } },
})

/** A portfolio whose policy says nothing of approval, its run governed and a rule having said so. */
function judged(...judgements: readonly Judgement[]): PortfolioState {
  const { state } = World.funded({ observe: () => [] }).rebalance()
  const run = { ...state.run!, judgements: [...state.run!.judgements, ...judgements] }
  return weighApproval({ ...state, run }, { type: 'timedOut', timer: '', seq: 1, at: START, cause: '' }).state
}

describe('a rule that wants a person to approve', () => {
  it('makes the plan wait half an hour for one, where the policy says nothing of it', () => {
    expect(judged().run).not.toHaveProperty('approval')
    expect(judged(wants('buy-CCC')).run).not.toHaveProperty('approval')
    expect(judged(wants(null)).run?.approval).toMatchObject({
      ...{ approvers: 1, since: START, until: START + 30 * 60_000 },
      reasons: [{ code: 'rule', reason: 'cvar-limit: CVaR would be 5 %', by: { rule: 'cvar-limit', leg: null } }],
    })
  })

  it('is satisfied with what people agreed to, and stops what it asks for only later', () => {
    const later = (state: PortfolioState, asks: Judgement) => {
      const { approved, refused } = governed(state, { plan: state.run!.plan!, view: viewAt(START), at: START }, [asks])
      return [approved.map(({ id }) => id), refused]
    }
    const agreed = judged(wants('buy-AAA'))
    expect(later(agreed, wants('buy-AAA'))).toEqual([['buy-AAA', 'buy-BBB'], null])
    expect(later(agreed, wants('buy-BBB'))).toEqual([['buy-AAA'], null])
    expect(later(agreed, wants(null))).toEqual([[], 'cvar-limit: CVaR would be 5 %'])
    expect(later(judged(), wants('buy-AAA'))).toEqual([['buy-BBB'], null])
    expect(later(judged(wants(null)), wants(null))).toEqual([['buy-AAA', 'buy-BBB'], null])
  })
})
