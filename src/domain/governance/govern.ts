import { hold } from '#units/assert.js'
import { type Approved, markApproved } from '#units/proof.js'
import { type Instant, instant } from '#units/time.js'
import type { Order } from '../order.js'
import { resizedLeg } from '../plan/leg.js'
import type { Leg, SkippedLeg } from '../plan/plan.js'
import type { Chosen } from '../policy.js'
import { inOrder, judgementsOf, severity, smallestLegs } from './judge.js'
import { keptOf } from './multiplier.js'
import type { Judgement, RuleContext, Verdict } from './rule.js'

/** What governance leaves of a plan. */
export interface Governed {
  /** Legs that may trade, in plan order; empty when refused. */
  readonly legs: readonly Approved<Leg>[]
  /** Legs that may not, with the rules that stopped them. */
  readonly dropped: readonly SkippedLeg[]
  readonly judgements: readonly Judgement[]
  /** The most severe of all judgements, on the plan or on a leg. */
  readonly verdict: Verdict
  /** Why nothing may trade; null when the legs above may. */
  readonly refused: string | null
  /** When to try again what was refused; absent where anything that refused it is not over by then. */
  readonly retryAt?: Instant
}

/**
 * Puts a plan before every chosen rule. Each judges the original plan; a leg keeps the smallest multiplier any rule
 * gives it, rounded down to lots, with its value and cost estimated anew, so the order of the rules does not matter.
 *
 * Dropped: legs cut to nothing, legs a rule rejects or wants approved, and cut legs left under the smallest value a
 * rule accepts (`Rule.smallestLeg`), recorded in that rule's name.
 * Refused: `approve`, `reject` or `halt` on the whole plan, and `halt` on any leg.
 * `consents` says of an `approve` whether people have agreed to it, or will be asked before anything trades: it then
 * neither drops nor refuses. Without it nobody has.
 * `standing` holds judgements made before any rule, such as the kill switch's; they count as a rule's do.
 * Errors  none: whatever is wrong with a rule rejects the plan. `costs` is the policy's cost model.
 * Source: design domain.md section 9.
 */
export function govern(
  context: RuleContext,
  rules: readonly Chosen[],
  costs: Chosen,
  standing: readonly Judgement[] = [],
  consents: (judgement: Judgement) => boolean = nobody,
): Governed {
  const judged = [...standing, ...rules.flatMap((chosen) => judgementsOf(chosen, context))]
  const objections = judged.filter((row) => row.verdict !== 'approve' || !consents(row))
  const stops = inOrder(objections).filter(stopsPlan)
  const [stop] = stops
  const cuts = context.plan.legs.map((leg) => cut(leg, objections, context, rules, costs))
  const judgements = inOrder([...judged, ...cuts.flatMap((row) => row.judgements)])
  const verdict = judgements.reduce<Verdict>((worst, row) => worse(worst, row.verdict), 'allow')
  if (stop !== undefined) {
    const refused = `${stop.rule}: ${stop.reason}`
    const all = context.plan.legs.map((leg) => dropped(leg, refused))
    return { legs: [], dropped: all, judgements, verdict, refused, ...deferralOf(stops) }
  }
  return {
    legs: cuts.flatMap(({ leg }) => (leg === null ? [] : [markApproved(leg)])),
    dropped: cuts.flatMap((row) => (row.leg === null ? [dropped(row.of, row.why)] : [])),
    judgements,
    verdict,
    refused: null,
  }
}

/**
 * Carries a leg's approval over to the order made of it.
 * @throws InvariantBroken unless the order is for that leg, within its quantity and at its limit price.
 */
export function approvedOrder(leg: Approved<Leg>, order: Order): Approved<Order> {
  const { body } = order
  const same = body.leg === leg.id && body.instrument === leg.instrument && body.side === leg.side
  hold(same && body.limit.eq(leg.limit), 'approval', () => `order ${order.id} is not the approved ${leg.id}`)
  hold(body.quantity.lte(leg.quantity), 'approval', () => `order ${order.id} is larger than the approved ${leg.id}`)
  return markApproved(order)
}

/** A leg after the rules: smaller, or gone (null) for a reason. */
interface Cut {
  readonly of: Leg
  readonly leg: Leg | null
  readonly why: string
  readonly judgements: readonly Judgement[]
}

function cut(
  of: Leg,
  judged: readonly Judgement[],
  { specs }: RuleContext,
  rules: readonly Chosen[],
  costs: Chosen,
): Cut {
  const mine = judged.filter((row) => row.leg === of.id || row.leg === null)
  const objecting = inOrder(mine.filter((row) => severity(row.verdict) >= severity('resize')))
  const why = [...new Set(objecting.map((row) => `${row.rule}: ${row.reason}`))].join('; ')
  const gone = { of, leg: null, why, judgements: [] }
  if (objecting.some((row) => row.verdict !== 'resize')) return gone
  const multiplier = Math.min(1, ...objecting.map((row) => row.multiplier))
  if (multiplier === 1) return { of, leg: of, why: '', judgements: [] }
  const spec = specs[of.instrument]
  if (spec === undefined) return { ...gone, why: `${why}; ${of.instrument} has no known lot to round to` }
  const kept = keptOf(of.quantity, multiplier, spec.lot)
  if (kept.isZero()) return gone
  const leg = resizedLeg(of, kept, spec, costs)
  const tooSmall = smallestLegs(rules)
    .filter(({ value }) => leg.value.lt(value))
    .map(({ rule, value }) => tooSmallNow(rule, leg, value))
  if (tooSmall.length === 0) return { of, leg, why: '', judgements: [] }
  const reasons = tooSmall.map((row) => `${row.rule}: ${row.reason}`)
  return { of, leg: null, why: [why, ...reasons].join('; '), judgements: tooSmall }
}

function tooSmallNow(rule: string, leg: Leg, smallest: string): Judgement {
  return {
    rule,
    leg: leg.id,
    verdict: 'resize',
    multiplier: 0,
    reason: `${leg.id} is worth ${leg.value.toFixed(2)} after other rules, less than ${smallest}`,
    evidence: { value: leg.value.toFixed(), minValue: smallest },
  }
}

const dropped = ({ instrument, side, targetWeight, heldWeight }: Leg, detail: string): SkippedLeg => ({
  instrument,
  side,
  reason: 'governed',
  detail,
  residualWeight: targetWeight - heldWeight,
})

/** Refused for a while only if everything that refuses it says for how long. */
function deferralOf(stops: readonly Judgement[]): Pick<Governed, 'retryAt'> {
  const times = stops.map(({ retryAt }) => retryAt)
  return times.every((at) => at !== undefined) ? { retryAt: instant(Math.max(...times)) } : {}
}

const nobody = (): boolean => false

const stopsPlan = ({ leg, verdict }: Judgement): boolean =>
  verdict === 'halt' || (leg === null && severity(verdict) >= severity('approve'))

const worse = (a: Verdict, b: Verdict): Verdict => (severity(b) > severity(a) ? b : a)
