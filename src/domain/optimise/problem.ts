import { columnMeans } from '#numerics/moments.js'
import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import type { Lending } from '../governance/lending.js'
import { sizedBounds } from '../targets/sized-bounds.js'
import type { TargetRequest } from '../targets/source.js'
import { weightBounds } from './bounds.js'
import { lentRows } from './lent-rows.js'
import type { MeanCvarProblem } from './mean-cvar.js'

/**
 * The Mean-CVaR problem of a request: the only way from policy and book into the optimiser.
 *
 * Units   columns are `scenarios.instruments`; weights fractions of equity; returns, mean and cost slopes fractions,
 *         per bar. The mean is the scenario mean times `returnWeight`, cash taken to earn nothing.
 * Edges   limits are the policy's, those that governance lends and highest weights by a sizing method where the policy asks for
 *         them, the tightest of all; bounds that leave nothing go to the solver, which names them. Instruments held but not
 *         eligible are no columns: the plan sells them, so they count neither
 *         in the budget nor in turnover here. Targets that are sized afterwards are solved from what would be held without sizing. Initial funding (nothing held) has no turnover row (design domain.md
 *         section 9). All cost slopes zero: no cost term, so the budget row is exact.
 * Errors  a request without scenarios is a bug of the caller: InvariantBroken `optimiser-input`.
 * Source  design optimiser.md section 1.
 */
export function meanCvarProblem(
  request: TargetRequest,
  lending: Lending,
  costSlope: (instrument: InstrumentId) => number,
): MeanCvarProblem {
  const { instruments, rows, returns } = request.scenarios
  const policy = request.policy.optimiser
  hold(rows > 0 && instruments.length > 0, 'optimiser-input', () => 'no scenarios')
  const each = (value: (instrument: InstrumentId) => number): Float64Array => Float64Array.from(instruments, value)
  const sized = sizedBounds(request)
  hold(sized?.kind !== 'hold', 'optimiser-input', () => 'no highest weights')
  const bounds = instruments.map((instrument) => {
    const [lower, upper] = weightBounds(policy, instrument, lending)
    return [lower, Math.min(upper, sized?.upper(instrument) ?? upper)] as const
  })
  const room = {
    instruments,
    lower: Float64Array.from(bounds, ([lower]) => lower),
    upper: Float64Array.from(bounds, ([, upper]) => upper),
    cash: { lower: policy.bounds.cash[0], upper: policy.bounds.cash[1] },
  }
  const turnover = Math.min(policy.turnover ?? Infinity, lending.turnover?.most ?? Infinity)
  const slopes = each(costSlope)
  const funded = Object.values(request.held).some((weight) => weight !== 0)
  return {
    scenarios: { rows, columns: instruments.length, returns },
    confidence: policy.confidence,
    riskAversion: policy.riskAversion,
    ...(policy.returnWeight > 0 && { mean: weightedMeans(request, policy.returnWeight) }),
    lower: room.lower,
    upper: room.upper,
    held: each((instrument) => (request.heldPlain ?? request.held)[instrument] ?? 0),
    cash: room.cash,
    ...(slopes.some((slope) => slope > 0) && {
      cost: { buy: slopes, sell: slopes.slice(), holdingPeriods: policy.holdingPeriods },
    }),
    ...(turnover < Infinity && funded && { turnover }),
    ...lentRows(room, lending),
    // At another confidence it would be another figure: the rule then only checks.
    ...(lending.cvar?.confidence === policy.confidence && { maximumCvar: lending.cvar.most }),
  }
}

function weightedMeans({ scenarios }: TargetRequest, weight: number): Float64Array {
  const { instruments, rows, returns } = scenarios
  return columnMeans({ rows, columns: instruments.length, values: returns }).map((mean) => mean * weight)
}
