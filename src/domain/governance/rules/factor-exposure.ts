import { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import { exceeding, unknownTerms } from '../limited.js'
import { movesOf } from '../moves.js'
import { type BetaReading, readingDoubt, rejectOpening, rejectUncovered, withoutRejected } from '../readings.js'
import type { Rule, RuleConstraints, RuleContext } from '../rule.js'
import { tiltLoads } from '../tilts.js'

const NAME = 'factor-exposure'

const limit = z.number().gt(0).max(10)

const schema = z.strictObject({
  max: limit.default(1.5).describe('largest |beta| of the portfolio to one factor'),
  perFactor: z.record(z.string().min(1), limit).default({}).describe('limits of single factors, instead of max'),
  file: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe('CSV file of daily factor returns, a column of dates and one a factor, relative to the system file'),
  unit: z.enum(['percent', 'fraction']).default('percent').describe('what returns in the file are given in'),
  riskFree: z
    .string()
    .min(1)
    .default('RF')
    .describe('column of returns without risk, taken off those of names; none where the file has none'),
  window: z.int().min(3).max(10_000).default(252).describe('sessions of returns that betas are measured over'),
  maxAge: z.int().min(1).max(10_000).default(63).describe('sessions that betas may be old: factors are published late'),
})

/** Parameters of {@link factorExposure}. */
export type FactorExposureParams = z.output<typeof schema>

/**
 * Keeps the portfolio's beta to each factor, Σ weight·beta, within a limit either way in every state a plan may fill to. What would
 * open or add past the limit is scaled down pro rata; what takes a holding toward zero passes, also where it hedged.
 *
 * Betas are measured at every session and journaled.
 * Edges   exactly at the limit passes. What is past it already is a warning, and nothing may add to it.
 * Errors  none. Betas that are missing or too old, or that do not cover a holding, whose sum then nobody knows: what opens or adds
 *         is rejected. So is what opens or adds to a name they do not cover.
 * Source  design domain.md section 9; ADR 0041.
 */
export const factorExposure: Rule<FactorExposureParams> = {
  name: NAME,
  summary: 'Caps the beta of the portfolio to each factor.',
  schema,
  suits: () => false,
  reads: ({ file, unit, riskFree, window, maxAge }) => ({ betas: { file, unit, riskFree, window, maxAge } }),
  constraints: (params, { betas }) => (betas === undefined ? {} : rowsOf(betas, params)),
  judge(params, context) {
    const { betas } = context
    const unknown = unknownTerms(NAME, context)
    const doubt = readingDoubt('betas', betas, params.maxAge, context) ?? uncovered(context)
    if (betas === undefined || doubt !== null)
      return [...unknown, ...rejectOpening(NAME, doubt ?? 'no betas have been read', context)]
    return [...unknown, ...judgeFactors(params, betas, context)]
  },
}

/** A holding whose betas nobody knows; null when there is none. */
function uncovered(context: RuleContext): string | null {
  const found = movesOf(context).holdings.find(({ instrument }) => context.betas?.betas[instrument] === undefined)
  return found === undefined ? null : `no betas are known of ${found.instrument}, which is held`
}

function judgeFactors(params: FactorExposureParams, { betas, factors }: BetaReading, context: RuleContext) {
  const rejected = rejectUncovered(NAME, 'betas', (instrument) => betas[instrument] !== undefined, context)
  const rest = withoutRejected(rejected, context)
  const limits = factors.flatMap((factor, at) =>
    [1, -1].flatMap((sign) =>
      exceeding(
        rest,
        {
          rule: NAME,
          what: sign > 0 ? `beta to ${factor}` : `negative beta to ${factor}`,
          max: maxOf(params, factor),
          unit: 'beta',
        },
        tiltLoads(rest, (instrument) => sign * (betas[instrument]?.[at] ?? 0)),
      ),
    ),
  )
  return [...rejected, ...limits]
}

const maxOf = ({ max, perFactor }: FactorExposureParams, factor: string): number =>
  Object.hasOwn(perFactor, factor) ? perFactor[factor]! : max

/** A row for each factor. */
function rowsOf({ betas, factors }: BetaReading, params: FactorExposureParams): RuleConstraints {
  const members = Object.keys(betas) as InstrumentId[]
  return {
    groups: factors.map((factor, at) => {
      const max = maxOf(params, factor)
      const coefficients = Object.fromEntries(members.map((id) => [id, betas[id]![at]!]))
      return { label: factor, members, coefficients, lower: -max, upper: max }
    }),
  }
}
