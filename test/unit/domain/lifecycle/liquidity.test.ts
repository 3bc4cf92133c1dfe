import { describe, expect, it } from 'vitest'
import { lendingOf } from '#domain/governance/lending.js'
import { constraintScope } from '#domain/lifecycle/scope.js'
import type { LiquidityPolicy } from '#domain/liquidity/liquidity.js'
import type { Run } from '#domain/run.js'
import { instrumentId } from '#units/ids.js'
import { money, noMoney } from '#units/money.js'
import { policy, START, viewAt } from '../../../machine/fixtures.js'
import { byId } from '../../../support/books.js'

const [AAA, BBB] = [instrumentId('AAA'), instrumentId('BBB')]
const RULES = [{ name: 'liquidity-adjusted', params: {} }]

/** What is lent to a run of a million that holds 10 % of AAA, where bars show that a million of each name trades a day. */
function lentBy(liquidity: LiquidityPolicy | undefined) {
  const seen = { adv: money('1000000'), spread: null, at: START }
  const run = {
    before: { equity: money('1000000'), cash: noMoney, weights: byId({ AAA: 0.1 }) },
    view: { ...viewAt(START), liquidity: byId({ AAA: seen, BBB: seen }) },
  } as unknown as Run
  const given = policy({ governance: RULES, ...(liquidity !== undefined && { liquidity }) })
  const { weights } = lendingOf(RULES, constraintScope({ policy: given, run }))
  return (name: typeof AAA) => weights.find(({ instrument }) => instrument === name)
}

describe('what liquidity lends the optimiser of a run', () => {
  it('is measured by the equity and the bars that the run began with', () => {
    const lent = lentBy({ declared: {}, declaredAt: null })
    expect(lent(AAA)).toMatchObject({ lower: expect.closeTo(0.05, 12), upper: expect.closeTo(0.15, 12) })
    expect(lent(BBB)).toMatchObject({ lower: -0.05, upper: 0.05 })
  })

  it('goes by what is declared where something is, and is nothing where the policy does not ask', () => {
    const lent = lentBy({ declared: { [AAA]: { adv: '400000', spread: null } }, declaredAt: START })
    expect(lent(AAA)).toMatchObject({ lower: expect.closeTo(0.08, 12), upper: expect.closeTo(0.1, 12) })
    expect(lentBy(undefined)(AAA)).toBeUndefined()
  })
})
