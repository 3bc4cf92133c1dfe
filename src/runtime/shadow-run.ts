import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import { type PortfolioSnapshot, type PortfolioStep, react } from '#machines/portfolio.machine.js'
import { hold } from '#units/assert.js'
import { type TargetingPorts, targeting } from './targeting.js'

/** What a candidate is tried on. */
export interface ShadowRequest {
  /** The portfolio right before the trigger. */
  readonly before: PortfolioSnapshot
  /** The live portfolio's own event: trigger, prices, time. */
  readonly triggered: Extract<PortfolioEvent, { type: 'triggered' }>
  /** The event that brought the live run its targets: at its time and prices plans are made. Null when it never came. */
  readonly answered: Extract<PortfolioEvent, { type: 'solved' }> | null
  /** The candidate. */
  readonly policy: PortfolioPolicy
}

/**
 * The run that a live portfolio's trigger would have begun under another policy, as far as governance has judged it: the
 * same books, permissions, prices and transitions, with targets of its own. Works on a fork in memory that knows of no
 * gateway and no journal; whatever effects its steps have are let go. The policy is put in place rather than adopted: a
 * change of policy is itself a reason to trade, and this run has the live one's reason.
 * Under the live policy itself it makes the live plan. @throws InvariantBroken when a check fails. Cost: one solve.
 */
export async function shadowRun(
  { before, triggered, answered, policy }: ShadowRequest,
  ports: TargetingPorts,
): Promise<Run> {
  const begun = react({ value: before.value, context: { ...before.context, policy } }, triggered)
  const solve = begun.effects.find((effect) => effect.type === 'solve')
  if (solve === undefined) return runOf(begun)
  const answer = await targeting(ports)(begun, solve.held)
  const { view, at, cause, sent } = answered ?? triggered
  const seq = answered?.seq ?? triggered.seq + 1
  // Rules that count judge by what the live run was judged by: without it they reject every plan.
  const counted = sent === undefined ? {} : { sent }
  return runOf(react(begun, { type: 'solved', request: solve.request, answer, view, seq, at, cause, ...counted }))
}

function runOf({ context: { run } }: PortfolioStep): Run {
  hold(run !== null, 'shadow', () => 'a trigger that began the live run began none beside it')
  return run
}
