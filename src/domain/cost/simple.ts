import { z } from 'zod'
import { Decimal } from '#units/decimal.js'
import { noMoney, scaled, worth } from '#units/money.js'
import { remembered } from '#units/remembered.js'
import { costOf } from './estimate.js'
import type { CostModel } from './model.js'

const BPS = new Decimal('10000')

const bps = (fallback: number) => z.number().min(0).max(1_000).default(fallback)

const schema = z.strictObject({
  spreadBps: bps(5).describe('cost of crossing the spread, basis points of the trade value'),
  slippageBps: bps(5).describe('temporary price impact, basis points of the trade value'),
  commissionBps: bps(0).describe('commission and fees, basis points of the trade value'),
})

/** Parameters of {@link simpleCost}: basis points of traded value. */
export type SimpleCostParams = z.output<typeof schema>

/** Its rates, fractions of traded value. A plan prices each of its trades several times by the same ones. */
interface Rates {
  readonly spread: Decimal
  readonly slippage: Decimal
  readonly commission: Decimal
}

const known = remembered<Rates>()

function ratesOf(params: SimpleCostParams): Rates {
  const seen = known.of(params)
  if (seen !== undefined) return seen
  const fraction = (rate: number): Decimal => new Decimal(String(rate)).div(BPS)
  const { spreadBps, slippageBps, commissionBps } = params
  const rates = { spread: fraction(spreadBps), slippage: fraction(slippageBps), commission: fraction(commissionBps) }
  known.keep(params, rates)
  return rates
}

/**
 * Constant rates: spread + slippage + commission, each a fixed fraction of the traded value, whatever the size.
 * Source: design domain.md section 7, `simple`.
 */
export const simpleCost: CostModel<SimpleCostParams> = {
  name: 'simple',
  summary: 'Constant basis points: spread, slippage (as temporary impact) and commission.',
  schema,
  estimate(params, request) {
    const value = worth(request.quantity, request.price, request.multiplier)
    const { spread, slippage, commission } = ratesOf(params)
    return costOf(
      {
        spread: scaled(value, spread),
        temporary: scaled(value, slippage),
        permanent: noMoney,
        commission: scaled(value, commission),
      },
      value,
    )
  },
  slope: (params) => (params.spreadBps + params.slippageBps + params.commissionBps) / 10_000,
}
