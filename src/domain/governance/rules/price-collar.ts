import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import { ratio } from '#units/money.js'
import { freshPrice } from '../../market.js'
import type { Leg } from '../../plan/plan.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'

const schema = z.strictObject({
  maxDeviation: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('largest distance of a limit price from the last price, as a fraction of the last price'),
})

/** Parameters of {@link priceCollar}. */
export type PriceCollarParams = z.output<typeof schema>

/**
 * Rejects legs whose limit price is further from the last price than allowed, or whose last price is missing,
 * invalid or stale. A distance equal to the limit passes. Source: design domain.md section 9.
 */
export const priceCollar: Rule<PriceCollarParams> = {
  name: 'price-collar',
  summary: 'Rejects orders with a limit price far from a fresh last price.',
  schema,
  judge: (params, context) => context.plan.legs.flatMap((leg) => judgeLeg(params, leg, context)),
}

function judgeLeg({ maxDeviation }: PriceCollarParams, leg: Leg, { view }: RuleContext): readonly Judgement[] {
  const rejected = (reason: string, evidence: Judgement['evidence']): readonly Judgement[] => [
    { rule: 'price-collar', leg: leg.id, verdict: 'reject', multiplier: 1, reason, evidence },
  ]
  const last = freshPrice(view, leg.instrument)
  if (!last.ok) return rejected(last.refusal.message, { code: last.refusal.code })
  const away = leg.limit.minus(last.value).abs()
  if (away.lte(last.value.times(decimalFromFloat(maxDeviation)))) return []
  const evidence = { limit: leg.limit.toFixed(), last: last.value.toFixed(), maxDeviation }
  const percent = (ratio(away, last.value) * 100).toFixed(2)
  return rejected(`${leg.id} has a limit ${percent} % from the last price`, evidence)
}
