import { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import { greatest, negated, noQuantity, plus, type Quantity, quantity } from '#units/money.js'
import { amountText } from '../../instrument/amount.js'
import { wholeLots } from '../../instrument/registry.js'
import type { Leg } from '../../plan/plan.js'
import { rejection } from '../judgement.js'
import { unitsOf } from '../moves.js'
import { fractionKept } from '../multiplier.js'
import type { ConstraintScope, Judgement, Rule, RuleContext, WeightLimit } from '../rule.js'

const NAME = 'restricted-list'

const names = z.array(z.string().min(1).max(32)).max(1000).default([])

const schema = z.strictObject({
  noTrade: names.describe('names that may be neither bought nor sold'),
  noBuy: names.describe('names that may not be bought, other than to buy back a short'),
  noShort: names.describe('names that may not be sold short, whatever has been located'),
  requireLocate: z
    .boolean()
    .default(true)
    .describe('whether a short may only be as large as what has been located to borrow'),
  locates: z.record(z.string().min(1).max(32), amountText).prefault({}).describe('units located to borrow, by name'),
})

/** Parameters of {@link restrictedList}: units as decimal text. */
export type RestrictedListParams = z.output<typeof schema>

/**
 * Rejects trades in names that may not be traded or bought, and keeps shorts within what has been located to borrow. A sale
 * that would open a short it may not is cut to what is held; to buy a short back takes no permission but that of `noTrade`.
 * Source: design domain.md section 9; 17 CFR 242.203(b) asks for the locate.
 */
export const restrictedList: Rule<RestrictedListParams> = {
  name: NAME,
  summary: 'Keeps names from being traded, bought or sold short, and shorts within what is located to borrow.',
  schema,
  constraints: (params, scope) => ({ perInstrument: limitsOf(params, scope) }),
  judge: (params, context) => context.plan.legs.flatMap((leg) => judgeLeg(params, leg, context)),
}

function judgeLeg(params: RestrictedListParams, leg: Leg, context: RuleContext): readonly Judgement[] {
  const { instrument, side } = leg
  if (params.noTrade.includes(instrument)) return [rejection(NAME, leg.id, `${instrument} may not be traded`)]
  const held = unitsOf(context, instrument)
  if (side === 'sell') return shorted(params, leg, held, context)
  if (!params.noBuy.includes(instrument)) return []
  const most = greatest(noQuantity, negated(held))
  return bounded(leg, most, `${instrument} may not be bought`, context)
}

function shorted(params: RestrictedListParams, leg: Leg, held: Quantity, context: RuleContext): readonly Judgement[] {
  const { instrument } = leg
  const located = locatedOf(params, instrument)
  if (located === null || plus(held, located).gte(leg.quantity)) return []
  const most = greatest(noQuantity, plus(held, located))
  const barred = params.noShort.includes(instrument)
  const why = barred ? 'may not be sold short' : `may be short by ${located.toFixed()} located units at most`
  return bounded(leg, most, `${instrument} ${why}`, context)
}

/** Units a name may be short by; null for any. */
function locatedOf(
  { noShort, requireLocate, locates }: RestrictedListParams,
  instrument: InstrumentId,
): Quantity | null {
  if (noShort.includes(instrument)) return noQuantity
  if (!requireLocate) return null
  return Object.hasOwn(locates, instrument) ? quantity(locates[instrument]!) : noQuantity
}

/** A cut of a leg to `most` units; a rejection where nothing is left. */
function bounded(leg: Leg, most: Quantity, reason: string, { specs }: RuleContext): readonly Judgement[] {
  const spec = specs[leg.instrument]
  const kept = spec === undefined ? noQuantity : wholeLots(spec, most)
  if (kept.gte(leg.quantity)) return []
  const evidence = { planned: leg.quantity.toFixed(), allowed: most.toFixed() }
  if (kept.isZero()) return [rejection(NAME, leg.id, reason, evidence)]
  const multiplier = fractionKept(kept, leg.quantity)
  return [{ rule: NAME, leg: leg.id, verdict: 'resize', multiplier, reason, evidence }]
}

/** What the optimiser is told: where a name may go from what is held. How far located units reach is a question of prices. */
function limitsOf(
  params: RestrictedListParams,
  { universe, held }: ConstraintScope,
): Readonly<Record<InstrumentId, WeightLimit>> {
  const limits: Record<InstrumentId, WeightLimit> = {}
  for (const { id } of universe) {
    const weight = held[id] ?? 0
    const located = locatedOf(params, id)
    const noShort = located?.isZero() === true ? { lower: Math.min(0, weight) } : {}
    const noBuy = params.noBuy.includes(id) ? { upper: Math.max(0, weight) } : {}
    if (params.noTrade.includes(id)) limits[id] = { lower: weight, upper: weight }
    else if ('lower' in noShort || 'upper' in noBuy) limits[id] = { ...noShort, ...noBuy }
  }
  return limits
}
