import { approvalTimer, isApproved, mayDecide, needsApproval } from '#domain/lifecycle/approving.js'
import { exceedsOrder, isForeign, isStray } from '#domain/lifecycle/booking.js'
import { booksFill, overdraws } from '#domain/lifecycle/correcting.js'
import { REGIME_TIMER } from '#domain/lifecycle/regime.js'
import { allComplete, fillTimer, moreBuys, observeRequest } from '#domain/lifecycle/release.js'
import { isSolveTimer, solveRequest } from '#domain/lifecycle/targeting.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'

/** What a guard looks at. */
interface Seen {
  readonly context: PortfolioState
  readonly event: PortfolioEvent
}

/**
 * What the statechart of a portfolio asks of its state and an event, before it goes a way. What also asks where it
 * stands in its other regions is in the chart itself.
 */
export const guards = {
  doomed: ({ context }: Seen) => context.run?.failure !== null,
  answered: ({ context, event }: Seen) => event.type === 'solved' && event.request === solveRequest(context),
  keepsTargets: ({ context }: Seen) => context.run?.type !== 'full',
  holds: ({ context }: Seen) => context.run?.answer?.kind === 'hold',
  nothingApproved: ({ context }: Seen) => (context.run?.approved.length ?? 0) === 0,
  needsApproval: ({ context }: Seen) => needsApproval(context.run),
  mayDecide: ({ context, event }: Seen) => mayDecide(context, event),
  approvedByPeople: ({ context }: Seen) => isApproved(context.run),
  approvalOverdue: ({ context, event }: Seen) =>
    event.type === 'timedOut' && event.timer === approvalTimer(context.run),
  allComplete: ({ context }: Seen) => allComplete(context.run),
  soldAll: ({ context }: Seen) => context.run?.type === 'withdraw-cash' && allComplete(context.run),
  moreBuys: ({ context }: Seen) => moreBuys(context.run),
  solveOverdue: ({ context, event }: Seen) => event.type === 'timedOut' && isSolveTimer(context, event.timer),
  fillsOverdue: ({ context, event }: Seen) => event.type === 'timedOut' && event.timer === fillTimer(context.run),
  regimeAges: ({ event }: Seen) => event.type === 'timedOut' && event.timer === REGIME_TIMER,
  toActive: ({ context, event }: Seen) => isPermitted(context, event) && event.to === 'active',
  toReducing: ({ context, event }: Seen) => isPermitted(context, event) && event.to === 'reducing',
  toPaused: ({ context, event }: Seen) => isPermitted(context, event) && event.to === 'paused',
  toHalted: ({ event }: Seen) => event.type === 'permitted' && event.to === 'halted',
  firmHalts: ({ event }: Seen) => event.type === 'restrained' && event.scope.kind === 'firm' && event.to === 'halted',
  unrestrained: ({ context }: Seen) => context.restraints?.firm === undefined,
  liquidates: ({ event }: Seen) => event.type === 'triggered' && event.trigger.task?.type === 'liquidate',
  foreign: ({ context, event }: Seen) => booksFill(context, event) && isForeign(context, event.execution),
  beyond: ({ context, event }: Seen) => booksFill(context, event) && exceedsOrder(context, event.execution),
  stray: ({ context, event }: Seen) => booksFill(context, event) && isStray(context, event.execution),
  overdraws: ({ context, event }: Seen) => overdraws(context, event),
  looked: ({ context, event }: Seen) =>
    event.type === 'observed' && context.run !== null && event.request === observeRequest(context.run),
  unwinds: ({ event }: Seen) => event.type === 'reconciled' && event.decision === 'unwind',
}

/** A change of permission that undoes what it is meant to: a halt that came since must not fall to a wish from before it. */
function isPermitted(
  { permissionReason }: PortfolioState,
  event: PortfolioEvent,
): event is Extract<PortfolioEvent, { type: 'permitted' }> {
  return event.type === 'permitted' && (event.undoes === undefined || event.undoes === permissionReason)
}
