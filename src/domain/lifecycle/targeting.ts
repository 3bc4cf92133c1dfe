import { later } from '#units/time.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { TargetsAnswer } from '../run.js'
import { unpaid } from './aiming.js'
import { failed } from './begin.js'
import { sizedAnswer } from './sizing.js'
import { type Decide, quiet, withRun } from './step.js'

/** Slack over the solver's own time limit before the run gives up waiting for it. */
const ANSWER_SLACK_MS = 5_000

/** The request key and timer of a run's solve. */
export const solveRequest = (state: PortfolioState): string => `${state.run?.id ?? ''}`

const solveTimer = (state: PortfolioState): string => `solve:${solveRequest(state)}`

/** Asks for targets from what is held now, with a deadline. */
export const requestTargets: Decide = (state, event) => {
  const { run } = state
  if (run === null) return quiet(state)
  const at = later(event.at, state.policy.optimiser.timeoutMs + ANSWER_SLACK_MS)
  return {
    state,
    effects: [
      { type: 'solve', request: solveRequest(state), run: run.id, held: run.before.weights },
      { type: 'schedule', timer: solveTimer(state), at },
    ],
  }
}

/**
 * Takes the answer: targets go on to planning, a hold ends the run without trades, a failure unwinds it, and so do targets
 * that are not worth the costs of trading to them, where the policy asks. Targets are sized by the regime first.
 */
export const acceptTargets: Decide = (state, event) => {
  if (event.type !== 'solved') return quiet(state)
  const { answer, ...sizing } = sizedAnswer(state, event.answer)
  const answered = withRun(state, { answer, view: event.view, ...sizing })
  return {
    state: judged(answered, answer),
    effects: [{ type: 'unschedule', timer: solveTimer(state) }],
  }
}

function judged(state: PortfolioState, answer: TargetsAnswer): PortfolioState {
  if (answer.kind === 'failed') return failed(state, 'FAILED', answer.reason)
  const reason = state.run === null ? null : unpaid(state.run)
  return reason === null ? state : failed(state, 'CANCELLED', reason)
}

/** No answer in time: the run fails and the previous targets stay in force. */
export const targetsOverdue: Decide = (state) =>
  quiet(failed(state, 'FAILED', 'the optimiser did not answer within its deadline'))

/** Waits no longer for targets of a run that ends without them: its deadline goes with it. */
export const giveUpTargets: Decide = (state, event) => {
  const asked = state.run?.phases.some(({ status }) => status === 'OPTIMISING') ?? false
  const waits = asked && state.run?.answer === null && event.type !== 'timedOut'
  return waits ? { state, effects: [{ type: 'unschedule', timer: solveTimer(state) }] } : quiet(state)
}

/** True when an answer or a timer belongs to this run's solve. */
export const isSolveTimer = (state: PortfolioState, timer: string): boolean => timer === solveTimer(state)
