import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import { type Decide, quiet } from './step.js'

/** A process took the portfolio over: the epoch rises, and until it has reconciled nothing new leaves. */
export const takeOver: Decide = (state, event) =>
  quiet(event.type === 'opened' ? { ...state, epoch: event.epoch } : state)

/** A new policy, effective for the next run; changed targets or universe are a reason for one. */
export const adoptPolicy: Decide = (state, event) =>
  quiet(
    event.type === 'configured'
      ? { ...state, policy: event.policy, memory: { ...state.memory, targetsChanged: true } }
      : state,
  )

/** Notes why trading changed. */
export const noteReason: Decide = (state, event) => quiet({ ...state, permissionReason: reasonOf(event, state) })

function reasonOf(event: PortfolioEvent, state: PortfolioState): string {
  switch (event.type) {
    case 'permitted':
      return event.to === 'active' ? '' : `${event.actor}: ${event.reason}`
    case 'conflicted':
      return `execution ${event.execution.id} came again with other content`
    case 'faulted':
      return event.reason
    case 'filled':
      return `execution ${event.execution.id} goes beyond what order ${event.execution.orderId} allows`
    default:
      return state.permissionReason
  }
}
