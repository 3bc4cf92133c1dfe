import { type AnyActorScope, type AnyStateMachine, createActor, type EventFromLogic, type SnapshotFrom } from 'xstate'
import type { Effect } from '#domain/portfolio/effect.js'

/** A machine's state after an event, and the effects its actions ask for. */
interface Decided<M extends AnyStateMachine> {
  readonly next: SnapshotFrom<M>
  readonly effects: readonly Effect[]
}

/**
 * The transitions of a machine as a pure function, like the library's own `transition`, which makes an actor, with a
 * first state of its own, for every event. This one makes a single actor that is never started; it only stands in for
 * `self`, since our machines neither spawn nor send.
 */
export function decider<M extends AnyStateMachine>(
  machine: M,
): (state: SnapshotFrom<M>, event: EventFromLogic<M>) => Decided<M> {
  const self = createActor(machine)
  const nothing = (): void => undefined
  const scope: Omit<AnyActorScope, 'actionExecutor'> = {
    self,
    id: '',
    sessionId: '',
    system: self.system,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
  }
  return (state, event) => {
    const effects: Effect[] = []
    const actionExecutor: AnyActorScope['actionExecutor'] = ({ type, params }) => {
      // Assignments are in the next state already.
      if (type === 'effect') effects.push(params as unknown as Effect)
    }
    const next = machine.transition(state, event, { ...scope, actionExecutor }) as SnapshotFrom<M>
    return { next, effects }
  }
}
