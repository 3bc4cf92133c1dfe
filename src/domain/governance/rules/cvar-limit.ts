import { z } from 'zod'
import { empiricalTail } from '#numerics/tail.js'
import { worstTail } from '#numerics/worst-tail.js'
import { ratio } from '#units/money.js'
import { judgementBy, percentOf } from '../judgement.js'
import { unknownTerms, WEIGHT_TOLERANCE } from '../limited.js'
import { type Move, movesOf } from '../moves.js'
import {
  adds,
  readingDoubt,
  rejectOpening,
  rejectUncovered,
  type ScenarioReading,
  withoutRejected,
} from '../readings.js'
import type { Judgement, Rule, RuleContext } from '../rule.js'
import { returnsIn } from '../scenario-reading.js'
import { WITHOUT_EQUITY } from '../toward.js'

const NAME = 'cvar-limit'
const verdict = judgementBy(NAME)

/** The worst day of twenty. */
const CONFIDENCE = 0.95

const schema = z.strictObject({
  max: z
    .number()
    .gt(0)
    .max(1)
    .default(0.04)
    .describe('largest CVaR at 95 %, the mean loss on the worst day of twenty, as a fraction of equity'),
  maxReturns: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(50_000)
    .describe('returns that are kept in the journal at most: names of the universe times optimiser.scenarios.maximum'),
  maxAge: z.int().min(1).max(10_000).default(5).describe('sessions that scenarios may be old'),
})

/** Parameters of {@link cvarLimit}. */
export type CvarLimitParams = z.output<typeof schema>

/**
 * Asks people about what opens or adds where that could take the CVaR of a day past a limit, in any state the plan may fill to,
 * by the scenarios that targets rest on. See {@link worstTail} for how the worst state is found.
 *
 * Edges   exactly at the limit passes. A portfolio past it already whose plan never makes it worse is a warning.
 * Errors  none. Scenarios that are missing or too old, or lack a holding, a price nobody relies on, no equity: what opens or adds is
 *         rejected. So is what opens or adds to a name they lack.
 * Source  design domain.md sections 9 and 12; ADR 0041.
 */
export const cvarLimit: Rule<CvarLimitParams> = {
  name: NAME,
  summary: 'Asks people where the CVaR of a day could pass a limit.',
  schema,
  suits: () => false,
  reads: ({ maxReturns, maxAge }) => ({ scenarios: { maxReturns, maxAge } }),
  constraints: ({ max }) => ({ cvar: { most: max, confidence: CONFIDENCE } }),
  judge(params, context) {
    const { scenarios } = context
    const unknown = unknownTerms(NAME, context)
    const doubt = readingDoubt('scenarios', scenarios, params.maxAge, context) ?? unmeasurable(context)
    if (scenarios === undefined || doubt !== null)
      return [...unknown, ...rejectOpening(NAME, doubt ?? 'no scenarios have been read', context)]
    const covered = new Set(scenarios.names)
    const rejected = [
      ...rejectUncovered(NAME, 'scenarios', (id) => covered.has(id), context),
      ...movesOf(context)
        .moves.filter(({ doubt: why, leg }) => why !== '' && covered.has(leg.instrument))
        .flatMap((move) => rejectOpening(NAME, move.doubt, context, (other) => other === move)),
    ]
    return [...unknown, ...rejected, ...judgeTail(params, scenarios, withoutRejected(rejected, context))]
  },
}

/** Why the risk of what is held cannot be told; null when it can. */
function unmeasurable(context: RuleContext): string | null {
  if (!context.equity.gt(0)) return WITHOUT_EQUITY
  const { holdings } = movesOf(context)
  const doubtful = holdings.find(({ doubt }) => doubt !== '')
  if (doubtful !== undefined) return doubtful.doubt
  const absent = holdings.find(({ instrument }) => context.scenarios?.names.includes(instrument) === false)
  return absent === undefined ? null : `no scenarios are known of ${absent.instrument}, which is held`
}

function judgeTail({ max }: CvarLimitParams, reading: ScenarioReading, context: RuleContext): readonly Judgement[] {
  const { moves, holdings } = movesOf(context)
  const loss = lossesIn(reading)
  const held = new Float64Array(reading.rows)
  for (const { instrument, exposure } of holdings) addTo(held, loss(instrument, ratio(exposure, context.equity)))
  const before = empiricalTail(held, CONFIDENCE).cvar
  const worst = worstOf(held, moves, context, loss)
  const limit = max + WEIGHT_TOLERANCE
  if (worst.cvar > limit && worst.cvar > before + WEIGHT_TOLERANCE) {
    const reason = `CVaR of a day could be ${percentOf(worst.cvar)} of equity, more than ${percentOf(max)}`
    const evidence = { before, worst: worst.cvar, max, found: worst.exact ? 'at every corner' : 'as a bound' }
    const asked = moves.filter(adds).map(({ leg }) => verdict(leg.id, 'approve', 1, reason, evidence))
    return asked.length > 0 ? asked : [verdict(null, 'warn', 1, reason, evidence)]
  }
  if (before <= limit) return []
  const reason = `CVaR of a day is ${percentOf(before)} of equity already, more than ${percentOf(max)}`
  return [verdict(null, 'warn', 1, reason, { before, max })]
}

/** The worst while sells fill and, where buys come after them, while buys do. */
function worstOf(held: Float64Array, moves: readonly Move[], { equity, occasion }: RuleContext, loss: Losses) {
  const changeOf = ({ leg, reduces, opens }: Move): Float64Array => {
    const weight = ratio(reduces, equity) + ratio(opens, equity)
    return loss(leg.instrument, leg.side === 'buy' ? weight : -weight)
  }
  if (!occasion.sellsFirst) return worstTail(held, moves.map(changeOf), CONFIDENCE)
  const sells = moves.filter(({ leg }) => leg.side === 'sell').map(changeOf)
  const buys = moves.filter(({ leg }) => leg.side === 'buy').map(changeOf)
  const sold = held.slice()
  for (const change of sells) addTo(sold, change)
  const [first, then] = [worstTail(held, sells, CONFIDENCE), worstTail(sold, buys, CONFIDENCE)]
  return then.cvar >= first.cvar ? then : first
}

/** What a weight of a name loses in each scenario. */
type Losses = (instrument: string, weight: number) => Float64Array

function lossesIn(reading: ScenarioReading): Losses {
  const { names, rows } = reading
  const returns = returnsIn(reading)
  const column = new Map<string, number>(names.map((name, at) => [name, at]))
  return (instrument, weight) => {
    const at = column.get(instrument)
    if (at === undefined) return new Float64Array(rows)
    return Float64Array.from({ length: rows }, (_, row) => -weight * returns[row * names.length + at]!)
  }
}

function addTo(sum: Float64Array, change: Float64Array): void {
  for (const [at, value] of change.entries()) sum[at]! += value
}
