import { z } from 'zod'
import { money } from '#units/money.js'
import { amountText } from '../../instrument/amount.js'
import type { Rule } from '../rule.js'

const schema = z.strictObject({
  minValue: amountText.prefault('1').describe('smallest value of an order, in the portfolio currency'),
})

/** Parameters of {@link minimumTrade}: money as decimal text. */
export type MinimumTradeParams = z.output<typeof schema>

/** Drops legs worth less than a minimum, as planned or after other rules cut them. Source: domain.md section 9. */
export const minimumTrade: Rule<MinimumTradeParams> = {
  name: 'minimum-trade',
  summary: 'Drops orders worth less than a minimum value.',
  schema,
  smallestLeg: (params) => money(params.minValue),
  judge: (params, { plan }) =>
    plan.legs
      .filter((leg) => leg.value.lt(params.minValue))
      .map((leg) => ({
        rule: 'minimum-trade',
        leg: leg.id,
        verdict: 'resize',
        multiplier: 0,
        reason: `${leg.id} is worth ${leg.value.toFixed(2)}, less than ${params.minValue}`,
        evidence: { value: leg.value.toFixed(), minValue: params.minValue },
      })),
}
