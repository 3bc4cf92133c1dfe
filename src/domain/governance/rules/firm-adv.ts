import { z } from 'zod'
import { decimalFromFloat } from '#units/decimal.js'
import {
  greatest,
  type Money,
  minus,
  negated,
  noMoney,
  noQuantity,
  plus,
  quantity,
  ratio,
  scaled,
} from '#units/money.js'
import { unitExposure, wholeLots } from '../../instrument/registry.js'
import { advText, liquidityAges, liquidityDoubt } from '../../liquidity/age.js'
import type { Known } from '../../liquidity/liquidity.js'
import { judgementBy, percentOf, rejection } from '../judgement.js'
import { unknownTerms } from '../limited.js'
import { type Move, movesOf, unitsOf } from '../moves.js'
import { fractionKept } from '../multiplier.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'

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

function judgeMove(params: FirmAdvParams, move: Move, figures: Figures, context: RuleContext): readonly Judgement[] {
  const { leg } = move
  const { known } = figures
  const doubt = liquidityDoubt(known, context.at, params)
  const unknowable = doubt === '' ? [] : opensNothing(leg, `${leg.instrument} ${doubt}`, context)
  if (known === undefined || !known.adv.isFinite() || known.adv.isNegative()) return unknowable
  return [...unknowable, ...orderedWithin(params.max, move, { ...figures, known }, context)]
}

/** The part of a leg that leaves what all portfolios order of its name within the limit. */
function orderedWithin(
  max: number,
  { leg, spec }: Move,
  { before, known }: Figures & { readonly known: Known },
  { occasion }: RuleContext,
): readonly Judgement[] {
  if (!leg.arrival.gt(0)) return [rejection(NAME, leg.id, `${leg.id} has no decision price`)]
  const most = scaled(known.adv, decimalFromFloat(max))
  const unit = unitExposure(spec, leg.arrival)
  const all = plus(before, scaled(unit, leg.quantity))
  if (all.lte(most)) return []
  const share = known.adv.isZero() ? 'more than' : `${percentOf(ratio(all, known.adv))} of`
  const reason = `all portfolios would order ${share} the ${advText(known)} that ${leg.instrument} trades a day, more than ${percentOf(max)}`
  const evidence = { ordered: before.toFixed(2), after: all.toFixed(2), adv: known.adv.toFixed(), max }
  if (occasion.type === 'liquidate')
    return [verdict(leg.id, 'warn', 1, `${reason}; a liquidation is not held to it`, evidence)]
  const kept = wholeLots(spec, quantity(greatest(noMoney, minus(most, before)).div(unit)))
  const cut = verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, evidence)
  // Less than a lot a day would begin a run a day for ever.
  return [wholeLots(spec, quantity(most.div(unit))).isZero() ? cut : { ...cut, waits: true }]
}

/** Of what nobody can say how much it trades, what is held may be sold or covered, and nothing is opened. */
function opensNothing(leg: Move['leg'], reason: string, context: RuleContext): readonly Judgement[] {
  const held = unitsOf(context, leg.instrument)
  const against = greatest(noQuantity, leg.side === 'sell' ? held : negated(held))
  if (against.gte(leg.quantity)) return [verdict(leg.id, 'warn', 1, reason, {})]
  const kept = wholeLots(context.specs[leg.instrument]!, against)
  if (kept.isZero()) return [rejection(NAME, leg.id, reason)]
  return [verdict(leg.id, 'resize', fractionKept(kept, leg.quantity), reason, {})]
}

/** Sells first, as they are sent. */
const inTurn = (moves: readonly Move[]): readonly Move[] =>
  [...moves].sort((a, b) => Number(a.leg.side === 'buy') - Number(b.leg.side === 'buy'))
