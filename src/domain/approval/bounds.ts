import { greatest, minus, noQuantity, plus, type Quantity, toLot } from '#units/money.js'
import { fractionKept } from '../governance/multiplier.js'
import type { Judgement } from '../governance/rule.js'
import type { InstrumentSpec } from '../instrument/spec.js'
import { heldOf, type Standings } from '../permission/restraint.js'
import type { Leg } from '../plan/plan.js'
import type { Run } from '../run.js'

/** The rule that these judgements are made in the name of. */
const RULE = 'approval'

/**
 * What an approval leaves of legs planned after it: nothing of a leg that was not in the approved plan, and of each other
 * what was approved less all that was ordered of it before, filled or not. A leg above that would need a new approval;
 * cutting it is the stricter way. Where plans may have to wait (`weighed`) the same bounds a plan that needed nobody: it was
 * weighed as it was, and more of it might have needed somebody. Empty for any other run.
 * Source: design engine.md section 3.8; ADR 0033.
 */
export function approvalBounds(run: Run, legs: readonly Leg[], weighed: boolean): readonly Judgement[] {
  if (run.approval === undefined && !weighed) return []
  const [asked, was] = run.approval === undefined ? ['needed no approval', 'at'] : ['was approved', 'for']
  return legs.flatMap((leg): readonly Judgement[] => {
    const approved = run.approved.find(({ id }) => id === leg.id)
    if (approved === undefined)
      return [{ ...judged(leg), verdict: 'reject', reason: `${leg.id} is not in the plan that ${asked}` }]
    const ordered = orderedOf(run, leg.id)
    const left = greatest(noQuantity, minus(approved.quantity, ordered))
    if (leg.quantity.lte(left)) return []
    const before = ordered.isZero() ? '' : `, ${ordered.toFixed()} of it ordered already`
    const reason = `${leg.id} ${asked} ${was} ${approved.quantity.toFixed()}${before}`
    return [cut(leg, left, reason, { approved: approved.quantity.toFixed(), ordered: ordered.toFixed() })]
  })
}

/**
 * What is still there to sell of legs that were approved a while ago: what has gone meanwhile, by a late report or a
 * taking-back, must not become a short. Names that may be sold short are left as approved.
 */
export function heldBounds(
  { book }: Pick<Standings, 'book'>,
  universe: readonly InstrumentSpec[],
  legs: readonly Leg[],
): readonly Judgement[] {
  return legs.flatMap((leg): readonly Judgement[] => {
    const spec = universe.find(({ id }) => id === leg.instrument)
    if (leg.side !== 'sell' || spec === undefined || leg.targetWeight < 0) return []
    const left = toLot(greatest(noQuantity, heldOf(book, leg.instrument)), spec.lot)
    if (leg.quantity.lte(left)) return []
    return [cut(leg, left, `${left.toFixed()} ${leg.instrument} are held by now`, { held: left.toFixed() })]
  })
}

/** Σ quantity of a run's orders of a leg, whatever became of them. */
const orderedOf = ({ orders }: Run, leg: string): Quantity =>
  Object.values(orders)
    .filter(({ body }) => body.leg === leg)
    .reduce((sum, { body }) => plus(sum, body.quantity), noQuantity)

const judged = ({ id }: Leg) => ({ rule: RULE, leg: id, multiplier: 1, evidence: {} })

function cut(leg: Leg, left: Quantity, reason: string, evidence: Judgement['evidence']): Judgement {
  const multiplier = fractionKept(left, leg.quantity)
  const figures = { ...evidence, planned: leg.quantity.toFixed() }
  return { ...judged(leg), verdict: 'resize', multiplier, reason, evidence: figures }
}
