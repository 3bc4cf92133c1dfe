import type { Run } from '#domain/run.js'
import { BAND } from './policies.js'

/** Float noise of weights. */
const NOISE = 1e-9

/**
 * What a run did against how far its policy lets it trade. `state` is the portfolio's state at the run's end as text.
 * Toward the edge of its bands no trade may go past its target or stop beyond the band; what does not pay may not be traded.
 */
export function againstAim(run: Run, state: string): readonly string[] {
  return [...againstEdge(run, state), ...againstBenefit(run)]
}

function againstEdge({ id, aim, answer, plan, buys, trigger, type }: Run, state: string): readonly string[] {
  const byBands =
    type === 'full' && trigger.task === undefined && (trigger.kind === 'drift' || trigger.kind === 'manual')
  const wanted = byBands && state.includes('"tradeTo":{"to":"band-edge"}')
  if (wanted !== (aim !== undefined) && plan !== null)
    return [`${id} trades to its ${aim === undefined ? 'targets' : 'edges'}`]
  if (aim === undefined || answer?.kind !== 'targets') return []
  const { weights } = answer.targets
  return [...(plan?.legs ?? []), ...(buys?.legs ?? [])].flatMap((leg) => {
    const target = weights[leg.instrument] ?? 0
    const [low, high] = [Math.min(leg.heldWeight, target) - NOISE, Math.max(leg.heldWeight, target) + NOISE]
    const way = `${leg.id} of ${id} goes from ${leg.heldWeight} to ${leg.targetWeight}, its target is ${target}`
    const between = leg.targetWeight >= low && leg.targetWeight <= high
    // Where a lot is more than the band, the last whole lot before the target may be beyond it.
    const near = Math.max(BAND, leg.arrival.div(plan?.equity ?? leg.arrival).toNumber())
    return between && Math.abs(leg.targetWeight - target) < near ? [] : [way]
  })
}

function againstBenefit({ id, answer, plan, orders, trigger }: Run): readonly string[] {
  if (trigger.task?.type === 'full') return []
  const benefit = answer?.evidence.benefit
  if (benefit === undefined || benefit.exempt !== undefined || benefit.gain > benefit.cost * benefit.ratio) return []
  return plan === null && Object.keys(orders).length === 0
    ? []
    : [`${id} trades for a gain of ${benefit.gain} at a cost of ${benefit.cost}`]
}
