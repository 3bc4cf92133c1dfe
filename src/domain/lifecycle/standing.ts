import { encode } from '#units/canonical.js'
import { restraintKey } from '../permission/restraint.js'
import type { PortfolioPolicy } from '../policy.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import { isForeign } from './booking.js'
import { underPolicy } from './readings.js'
import { type Decide, quiet } from './step.js'

/** A process took the portfolio over: the epoch rises, and until it has reconciled nothing new leaves. */
export const takeOver: Decide = (state, event) => {
  if (event.type !== 'opened') return quiet(state)
  const { support: _before, ...rest } = state
  return quiet({ ...rest, epoch: event.epoch, ...(event.support === undefined ? {} : { support: event.support }) })
}

/**
 * A new policy, effective for the next run. Only what shapes targets is a reason for one: the target source, the
 * universe, the optimiser's limits and the rules; a changed name or timeout trades nothing.
 */
export const adoptPolicy: Decide = (state, event) => {
  if (event.type !== 'configured') return quiet(state)
  const { policy } = event
  const targetsChanged = state.memory.targetsChanged || encode(model(policy)) !== encode(model(state.policy))
  return quiet({ ...underPolicy(state, policy), memory: { ...state.memory, targetsChanged } })
}

/**
 * The decisions of an earlier version again: policy and effective targets. Books, runs, what triggers remember and the
 * incarnation stay as they are: they say what happened, and an order id must never come twice.
 */
export const restoreDecisions: Decide = (state, event) => {
  if (event.type !== 'restored') return quiet(state)
  const { policy, effective } = event
  return quiet({ ...underPolicy(state, policy), effective, memory: { ...state.memory, targetsChanged: true } })
}

/** The journal came from elsewhere: order ids from now on are of another incarnation. */
export const renew: Decide = (state, event) =>
  quiet(event.type === 'renewed' ? { ...state, incarnation: event.incarnation } : state)

const model = ({ targets, universe, optimiser, governance }: PortfolioPolicy): unknown => [
  targets,
  universe,
  optimiser,
  governance,
]

/** Sets, changes or lifts a restraint. */
export const restrain: Decide = (state, event) => {
  if (event.type !== 'restrained') return quiet(state)
  const { scope, to, actor, reason, at } = event
  const key = restraintKey(scope)
  if (event.lifts !== undefined && state.restraints?.[key]?.at !== event.lifts) return quiet(state)
  const { [key]: _, ...others } = state.restraints ?? {}
  const restraints = to === 'active' ? others : { ...others, [key]: { scope, to, actor, reason, at } }
  return quiet({ ...state, restraints })
}

/** Notes why trading changed. */
export const noteReason: Decide = (state, event) => quiet({ ...state, permissionReason: reasonOf(event, state) })

function reasonOf(event: PortfolioEvent, state: PortfolioState): string {
  switch (event.type) {
    case 'permitted':
      return event.to === 'active' ? '' : `${event.actor}: ${event.reason}`
    case 'triggered':
      return `${event.trigger.why}: liquidated, and nothing is begun by itself until somebody resumes`
    case 'conflicted':
      return `execution ${event.execution.id} came again with other content`
    case 'faulted':
      return event.reason
    case 'filled':
      return isForeign(state, event.execution)
        ? `execution ${event.execution.id} is in ${event.execution.instrument}, which is not in the universe`
        : `execution ${event.execution.id} goes beyond what order ${event.execution.orderId} allows`
    case 'busted':
      return `execution ${event.bust.executionId} was taken back: cash or holdings no longer cover what was built on it`
    default:
      return state.permissionReason
  }
}
