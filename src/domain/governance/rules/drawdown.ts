import { z } from 'zod'
import { DAY_MS } from '#units/time.js'
import { drawdownMultiplier } from '../../derisk/drawdown.js'
import { heldTo } from '../held-to.js'
import { percentOf } from '../judgement.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import { towardZero, WITHOUT_EQUITY } from '../toward.js'

const NAME = 'drawdown'

const schema = z.strictObject({
  max: z
    .number()
    .gt(0)
    .max(10)
    .default(0.2)
    .describe(
      'loss from the high-water mark from which nothing may add risk; from a quarter of it on less and less of every target is left, a quarter of it in the end',
    ),
  recovery: z
    .number()
    .min(0)
    .max(0.25)
    .default(0.1)
    .describe('recovery that comes before exposure goes up again, as a fraction of max'),
  maxAgeDays: z
    .number()
    .min(0)
    .max(366)
    .default(4)
    .describe('oldest prices a drawdown may have been measured with, days; with older ones nothing may add risk'),
})

/** Parameters of {@link drawdownLimit}. */
export type DrawdownParams = z.output<typeof schema>

/**
 * Takes risk back as a portfolio falls below its flow-adjusted high-water mark: no name beyond m times its plain target, m being
 * {@link drawdownMultiplier} of the drawdown that counts, and from the limit on no leg that adds risk. Targets sized by that same m pass.
 * What takes a name towards zero passes always; of a leg through zero that part does.
 *
 * Edges   exactly at the limit is at it. Unknown terms, equity ≤ 0, a drawdown that is missing, no number or measured with prices older
 *         than allowed: what would add risk is rejected.
 * Source  design domain.md section 9; ADR 0040.
 */
export const drawdownLimit: Rule<DrawdownParams> = {
  name: NAME,
  summary: 'Takes risk back as a portfolio falls below its high-water mark, and lets none be added from a limit on.',
  schema,
  judge({ max, maxAgeDays }, context) {
    const doubt = doubtOf(context, maxAgeDays)
    if (doubt !== null || context.drawdown === undefined) return withoutRisk(context, doubt ?? MISSING, {})
    const { counted, sized } = context.drawdown
    const multiplier = drawdownMultiplier(counted, max)
    const evidence = { drawdown: counted, max, multiplier, sized }
    if (counted >= max)
      return withoutRisk(context, `the drawdown is ${percentOf(counted)}, its limit ${percentOf(max)}`, evidence)
    // What a regime enlarges is its own affair while the drawdown takes nothing back.
    if (multiplier === 1 || multiplier / sized >= 1 - HAIR) return []
    const left = `a drawdown of ${percentOf(counted)}`
    return heldTo(context, { rule: NAME, share: multiplier / sized, left, evidence })
  },
}

/** What a run's own trading costs moves the drawdown by less than this part of its targets: they are not cut for it while their buys are judged again. */
const HAIR = 0.01

const MISSING = 'the drawdown is unknown'

function doubtOf({ drawdown, equity, at }: RuleContext, maxAgeDays: number): string | null {
  if (!equity.gt(0)) return WITHOUT_EQUITY
  if (drawdown === undefined || !Number.isFinite(drawdown.counted) || !(drawdown.sized > 0)) return MISSING
  const days = (at - drawdown.asOf) / DAY_MS
  return days <= maxAgeDays ? null : `the drawdown was measured ${days.toFixed(1)} days ago, longer than ${maxAgeDays}`
}

/** Every leg without what it would add. */
const withoutRisk = (context: RuleContext, reason: string, evidence: Judgement['evidence']): readonly Judgement[] =>
  context.plan.legs.flatMap((leg) => towardZero(leg, { rule: NAME, reason, evidence }, context))
