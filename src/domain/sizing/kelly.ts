import { z } from 'zod'
import { sampleCovariance } from '#numerics/covariance.js'
import { columnMeans } from '#numerics/moments.js'
import { signedMinimum } from '#numerics/signed-minimum.js'
import { listed } from '../explain/words.js'
import type { TargetRefusal } from '../targets/source.js'
import { frequencyFault } from './frequency.js'
import { allowed, type Wanted } from './limits.js'
import type { Sizing, SizingMethod, SizingRequest, SizingScope } from './method.js'
import { columnsOf, deviationsOf, type Mover, movement } from './movement.js'

const annual = z.number().min(-1).max(10)

const schema = z.strictObject({
  fraction: z.number().gt(0).max(1).default(0.5).describe('Part of the Kelly sizes that is taken: 0.5 is half Kelly.'),
  riskFree: annual.default(0).describe('Return a year of cash, which the others must exceed.'),
  expectedReturns: z
    .record(z.string(), annual)
    .nullable()
    .default(null)
    .describe('Expected return a year by instrument, 0 where left out; null for the mean of the scenarios.'),
  periodsPerYear: z
    .number()
    .min(1)
    .max(1_000_000)
    .default(252)
    .describe('Bars a year, which annual returns are divided by: 252 daily, 12 monthly.'),
})

/** Parameters of Kelly. */
export type KellyParams = z.infer<typeof schema>

/** Names that an explanation lists before it only counts. */
const NAMED = 6

/**
 * Fraction of wealth on one bet that wins b per unit staked with probability p and loses the stake otherwise:
 * (b·p − q)/b, which is the most the logarithm of wealth can be expected to grow by. Negative when the odds are against it:
 * stake nothing. @throws RangeError unless 0 ≤ p ≤ 1 and b > 0.
 * Source: Kelly, A New Interpretation of Information Rate (1956).
 */
export function kellyBet(probability: number, odds: number): number {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`${probability} is no probability`)
  if (!(odds > 0 && Number.isFinite(odds))) throw new RangeError(`odds ${odds} are not positive`)
  return (odds * probability - (1 - probability)) / odds
}

/**
 * Kelly sizes f = Σ⁻¹(μ − r), times `fraction`: the weights that would grow the logarithm of wealth most if μ and Σ were
 * known. μ is the scenario mean or the expected returns given, Σ the sample covariance of the scenarios, both per bar. A
 * name that may not be held short has f ≥ 0, and the others are the best there are under that: max μ'f − ½f'Σf as a quadratic
 * programme, where clipping the negative ones would leave their hedges in place. Sizes are then capped, and scaled down
 * together where their gross exposure exceeds the budget, never up; the rest is cash.
 *
 * Edges   nothing exceeds r: everything in cash, and the note says so. An instrument whose price never moved gets nothing.
 * Errors  holds when Σ is singular, as it is with no more returns than names: Kelly's sizes of a mix without risk are
 *         without limit. Nothing is shrunk here: errors of μ go straight into the weights, and a fraction below 1, caps or
 *         expected returns of one's own are what there is against them.
 * Source  design domain.md section 6; Thorp, The Kelly Criterion in Blackjack, Sports Betting and the Stock Market (2006),
 *         section 7; the programme in `signedMinimum`.
 */
export const kelly: SizingMethod<KellyParams> = {
  name: 'kelly',
  summary: 'Sizes of largest expected growth, a fraction of them, short where the policy allows it.',
  schema,
  refusal: refusalOf,
  window: () => null,
  size,
}

function refusalOf({ expectedReturns }: KellyParams, { names }: SizingScope): TargetRefusal | null {
  const unknown = Object.keys(expectedReturns ?? {})
    .sort()
    .find((id) => !names.has(id))
  if (unknown === undefined) return null
  const message = `${unknown} has an expected return but is not in the universe`
  return { code: 'target_unknown', message, path: ['expectedReturns', unknown] }
}

function size(params: KellyParams, request: SizingRequest): Sizing {
  const found = movement(request)
  if (found.kind === 'hold') return found
  const { scenarios, bounds } = request
  const shorts = ({ instrument }: Mover): boolean => bounds(instrument)[0] < 0
  const movers = found.movers.filter((mover) => bounds(mover.instrument)[1] > 0 || shorts(mover))
  const annualised = params.expectedReturns !== null || params.riskFree !== 0
  const fault = annualised ? frequencyFault(scenarios, params.periodsPerYear) : null
  if (fault !== null) return { kind: 'hold', reason: fault }
  const columns = columnsOf(scenarios, movers)
  const excess = excessReturns(params, movers, columnMeans(columns))
  const fractions = signedMinimum(
    sampleCovariance(columns),
    excess,
    movers.map((mover) => !shorts(mover)),
  )
  if (fractions === null) return { kind: 'hold', reason: singular(movers, scenarios.rows) }
  const sizes = movers.map(({ instrument }, at): Wanted => [instrument, params.fraction * fractions[at]!])
  const nothing = sizes.every(([, value]) => value === 0) ? 'nothing is expected to return more than cash' : ''
  return {
    kind: 'sized',
    ...allowed(sizes, request),
    volatilities: { per: 'bar', of: deviationsOf(movers) },
    note: [found.note, nothing].filter((text) => text !== '').join('; '),
  }
}

/** μ − r per bar. */
function excessReturns(
  { expectedReturns, riskFree, periodsPerYear }: KellyParams,
  movers: readonly Mover[],
  means: Float64Array,
): Float64Array {
  const own = expectedReturns === null ? null : new Map(Object.entries(expectedReturns))
  return Float64Array.from(movers, ({ instrument }, at) => {
    const mean = own === null ? means[at]! : (own.get(instrument) ?? 0) / periodsPerYear
    return mean - riskFree / periodsPerYear
  })
}

function singular(movers: readonly Mover[], rows: number): string {
  const names = listed(
    movers.map(({ instrument }) => instrument),
    NAMED,
  )
  const why =
    rows <= movers.length ? `${rows} returns of ${movers.length} names` : `names that mirror each other: ${names}`
  return `the covariance has no inverse (${why}), and Kelly's sizes no limit`
}
