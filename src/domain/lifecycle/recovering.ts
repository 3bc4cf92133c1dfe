import { decimalFromFloat } from '#units/decimal.js'
import { toIso } from '#units/time.js'
import { counted, listed, percent, shortPrice } from '../explain/words.js'
import { freshPrice, type MarketView } from '../market.js'
import { TERMINAL } from '../order.js'
import type { PortfolioState } from '../portfolio/state.js'
import { failed } from './begin.js'
import { type Decide, quiet } from './step.js'

/** What becomes of the run a process left unfinished, and why, in words; the reason is empty when there is none. */
export interface Recovery {
  readonly decision: 'resume' | 'unwind' | 'hold'
  readonly reason: string
}

/**
 * What to do with the run a portfolio was in when its last process ended.
 *
 * - `unwind`: the market has moved by more than the collar, up or down, from the price an open order was decided at:
 *   nobody would plan that now. What is open is cancelled, what was filled stays, the triggers look at what is left.
 * - `hold`: the instrument of an open order has no fresh price to judge by. What the venue has stays there; nothing more
 *   leaves until there is a price or the order's time is over (the dispatcher's last look sees to it).
 * - `resume`: all else. A run without open orders has promised nothing: its targets are asked for again, and buys are
 *   planned and governed again, their cost included, on the prices of then (ADR 0006).
 *
 * Edges   a run that is being unwound goes on with that, one that waits for people goes on waiting: nothing of it has
 *         left, and they see the prices of now. A move of exactly the collar resumes.
 * Source  design engine.md section 3.9; ADR 0023.
 */
export function decideRecovery({ run, policy }: PortfolioState, view: MarketView): Recovery {
  if (run === null) return { decision: 'resume', reason: '' }
  if (run.failure !== null || run.status === 'UNWINDING')
    return { decision: 'resume', reason: `${run.id} was being unwound and goes on with that` }
  if (run.status === 'AWAITING_APPROVAL' && run.approval !== undefined)
    return { decision: 'resume', reason: `${run.id} still waits for approval, until ${toIso(run.approval.until)}` }
  const open = Object.values(run.orders).filter(({ status }) => !TERMINAL.has(status))
  if (open.length === 0) return { decision: 'resume', reason: `${run.id} goes on, none of its orders was open` }
  const collar = decimalFromFloat(policy.orders.collar)
  const unpriced: string[] = []
  for (const { body } of open) {
    const now = freshPrice(view, body.instrument)
    if (!now.ok) unpriced.push(now.refusal.message)
    else if (now.value.minus(body.arrival).abs().gt(body.arrival.times(collar))) {
      const moved = `${body.leg} was decided at ${shortPrice(body.arrival)} and the price is ${shortPrice(now.value)}`
      return { decision: 'unwind', reason: `${run.id} is unwound: ${moved}, beyond ${percent(policy.orders.collar)}` }
    }
  }
  if (unpriced.length > 0) return { decision: 'hold', reason: `${run.id} waits: ${listed(unpriced)}` }
  const near = `no price is further than ${percent(policy.orders.collar)} from its own`
  return { decision: 'resume', reason: `${run.id} goes on with ${counted(open.length, 'open order')}: ${near}` }
}

/** An interrupted run ends for the reason that was found at the take-over. */
export const giveUp: Decide = (state, event) =>
  quiet(event.type === 'reconciled' ? failed(state, 'ROLLED_BACK', event.reason) : state)
