import { z } from 'zod'
import { DAY_MS } from '#units/time.js'
import { lossOf } from '../../trips/daily-loss.js'
import { judgementBy } from '../judgement.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import { onlyTowardZero } from '../toward.js'

const NAME = 'daily-loss'
const verdict = judgementBy(NAME)

const loss = z.number().gt(0).max(1)

const schema = z.strictObject({
  max: loss.default(0.05).describe('loss of a session from which nothing trades, as a fraction of equity, flows aside'),
  warn: loss.default(0.03).describe('loss of a session from which it is said'),
  maxAgeDays: z
    .number()
    .min(0)
    .max(366)
    .default(4)
    .describe('oldest prices a loss may have been measured with, days; with older ones nothing trades'),
})

/** Parameters of {@link dailyLossLimit}. */
export type DailyLossParams = z.output<typeof schema>

/**
 * Refuses every plan of a session that has lost too much: value of a unit now against the last close, the very figure the trip of that
 * name halts on. The trip stops trading between plans, and by the tighter of both limits; this stands in the decision itself, also where no trip is.
 *
 * Edges   exactly at a limit is at it. Before the first close, and when that is sessions ago, no loss is known and none is held against
 *         a plan. On bars of a month a session is none. A figure that is missing, no number or measured with prices that are too old: what
 *         opens or adds is rejected, and what takes a holding toward zero passes.
 * Exempt  liquidations, which a person asked for, with a warning.
 * Source  design domain.md section 9; ADR 0040.
 */
export const dailyLossLimit: Rule<DailyLossParams> = {
  name: NAME,
  summary: 'Refuses to trade in a session that has lost too much.',
  schema,
  judge({ max, warn, maxAgeDays }, context) {
    const { session, at, occasion } = context
    if (session === undefined || Number.isNaN(session.made))
      return onlyReducing('what the session has lost is unknown', context)
    const { made, asOf } = session
    const days = (at - asOf) / DAY_MS
    if (!(days <= maxAgeDays))
      return onlyReducing(
        `what the session has lost was measured ${days.toFixed(1)} days ago, longer than ${maxAgeDays}`,
        context,
      )
    const found = lossOf(made, { warn, halt: max })
    if (found === null) return []
    const evidence = { sessionReturn: made ?? 0, max, warn }
    return occasion.type === 'liquidate'
      ? [verdict(null, 'warn', 1, `${found.reason}; a liquidation is not held to it`, evidence)]
      : [verdict(null, found.verdict, 1, found.reason, evidence)]
  },
}

/** What is left of a plan while nobody knows what the session has lost: what reduces, and all of a liquidation, with a warning. */
function onlyReducing(reason: string, context: RuleContext): readonly Judgement[] {
  if (context.occasion.type === 'liquidate')
    return [verdict(null, 'warn', 1, `${reason}; a liquidation is not held to it`, {})]
  const cuts = onlyTowardZero({ rule: NAME, reason }, context)
  return cuts.length > 0 ? cuts : [verdict(null, 'warn', 1, `${reason}: only what reduces passes`, {})]
}
