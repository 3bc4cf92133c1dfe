import { z } from 'zod'
import { type ExposureLimit, unknownTerms, within } from '../limited.js'
import type { Rule } from '../rule.js'

const NAME = 'gross-net-leverage'

const limit = z.number().gt(0).max(10).default(1)

const schema = z.strictObject({
  maxGross: limit.describe('largest sum of all |exposures|, longs and shorts, as a fraction of equity'),
  maxNet: limit.describe('largest balance of longs and shorts, either way, as a fraction of equity'),
  maxLeverage: limit.describe(
    'largest value of all longs, as a fraction of equity: above 1 they are bought with borrowed money or the proceeds of shorts',
  ),
})

/** Parameters of {@link grossNetLeverage}. */
export type GrossNetLeverageParams = z.output<typeof schema>

/**
 * Keeps gross exposure Σ|x|, net exposure |Σx| and the value of longs within fractions of equity in every state a plan may
 * fill to. What would add to a sum past its limit is scaled down; what takes a holding toward zero passes, also a cover
 * that raises the net. Edges as {@link within}. Source: design domain.md section 9.
 */
export const grossNetLeverage: Rule<GrossNetLeverageParams> = {
  name: NAME,
  summary: 'Caps gross exposure, net exposure and leverage as fractions of equity.',
  schema,
  constraints: ({ maxGross, maxNet, maxLeverage }, { universe }) => ({
    gross: maxGross,
    groups: [
      // The balance is never more than the longs are: without shorts it is the longs.
      {
        label: 'net exposure',
        members: universe.map(({ id }) => id),
        lower: -maxNet,
        upper: Math.min(maxNet, maxLeverage),
      },
    ],
  }),
  limits,
  judge: (params, context) => [
    ...unknownTerms(NAME, context),
    ...limits(params).flatMap((limit) => within(context, limit)),
  ],
}

function limits({ maxGross, maxNet, maxLeverage }: GrossNetLeverageParams): readonly ExposureLimit[] {
  return [
    { rule: NAME, what: 'gross exposure', measure: 'gross', max: maxGross },
    { rule: NAME, what: 'net exposure', measure: 'net', max: maxNet },
    { rule: NAME, what: 'net short exposure', measure: 'negative-net', max: maxNet },
    { rule: NAME, what: 'leverage', measure: 'long', max: maxLeverage },
  ]
}
