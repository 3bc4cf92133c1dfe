import { z } from 'zod'
import { type Money, noMoney, plus } from '#units/money.js'
import { advText, liquidityAges, liquidityDoubt } from '../../liquidity/age.js'
import type { Known } from '../../liquidity/liquidity.js'
import { judgementBy, rejection } from '../judgement.js'
import { unknownTerms } from '../limited.js'
import { type Move, movesOf } from '../moves.js'
import { orderedWithin } from '../ordered.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import { towardZero } from '../toward.js'

const NAME = 'firm-adv'
const verdict = judgementBy(NAME)

const schema = z.strictObject({
  max: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe(
      "most that all portfolios of the journal order of a name in a day by UTC, as a fraction of the name's average daily volume (ADV)",
    ),
  ...liquidityAges,
})

/** Parameters of {@link firmAdv}. */
export type FirmAdvParams = z.output<typeof schema>

/**
 * Keeps what all portfolios together order of a name in a day within a fraction of its ADV. Orders count whole when they are
 * sent, so however they fill there is no more; each decision knows of all that were made before it, in any portfolio.
 *
 * Edges   exactly at the limit passes. Sells before buys where a plan has both of a name. Of a name whose ADV is missing or too old
 *         nothing is opened or added to, and what is held may be sold. A liquidation is not held to it, and counts.
 * Errors  none. Where the policy has no liquidity or nobody says what has been sent, the plan is rejected; unknown terms: the leg.
 * Source  design domain.md section 9; ADR 0042.
 */
export const firmAdv: Rule<FirmAdvParams> = {
  name: NAME,
  summary: 'Caps what all portfolios together order of a name in a day by its average daily volume.',
  schema,
  needs: 'liquidity',
  counts: true,
  judge(params, context) {
    const { liquidity, sent } = context
    if (liquidity === undefined) return [verdict(null, 'reject', 1, 'the policy has no section liquidity', {})]
    if (sent === undefined) return [verdict(null, 'reject', 1, 'what has been sent before is not known', {})]
    const ordered = new Map(Object.entries(sent.names))
    return [
      ...unknownTerms(NAME, context),
      ...inTurn(movesOf(context).moves).flatMap((move) => {
        const { instrument, value } = move.leg
        const before = ordered.get(instrument) ?? noMoney
        ordered.set(instrument, plus(before, value))
        return judgeMove(params, move, { before, known: liquidity[instrument] }, context)
      }),
    ]
  },
}

/** What is known of a name: what was ordered of it this day, and how much it trades. */
interface Figures {
  readonly before: Money
  readonly known: Known | undefined
}

function judgeMove(
  params: FirmAdvParams,
  move: Move,
  { before, known }: Figures,
  context: RuleContext,
): readonly Judgement[] {
  const { leg } = move
  const { instrument } = leg
  const doubt = liquidityDoubt(known, context.at, params)
  const unknowable = doubt === '' ? [] : whereUnknown(leg, `${instrument} ${doubt}`, context)
  if (known === undefined || !known.adv.isFinite() || known.adv.isNegative()) return unknowable
  if (!leg.arrival.gt(0)) return [...unknowable, rejection(NAME, leg.id, `${leg.id} has no decision price`)]
  const text = (share: string) =>
    `all portfolios would order ${share} the ${advText(known)} that ${instrument} trades a day`
  return [...unknowable, ...orderedWithin(move, { rule: NAME, known, max: params.max, before, text }, context)]
}

/** Of what nobody can say how much it trades, what is held may be sold or covered, with a warning, and nothing is opened. */
function whereUnknown(leg: Move['leg'], reason: string, context: RuleContext): readonly Judgement[] {
  const cut = towardZero(leg, { rule: NAME, reason }, context)
  return cut.length > 0 ? cut : [verdict(leg.id, 'warn', 1, reason, {})]
}

const inTurn = (moves: readonly Move[]): readonly Move[] =>
  [...moves].sort((a, b) => Number(a.leg.side === 'buy') - Number(b.leg.side === 'buy'))
