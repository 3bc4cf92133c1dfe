import { hold } from '#units/assert.js'
import { runId } from '#units/ids.js'
import { noMoney } from '#units/money.js'
import type { Instant } from '#units/time.js'
import { type Valuation, valuation } from '../book/valuation.js'
import { analyseDrift } from '../drift.js'
import { specsOf } from '../instrument/registry.js'
import type { MarketView } from '../market.js'
import type { PortfolioEvent } from '../portfolio/event.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Standing } from '../run.js'
import { onTriggered } from '../trigger-memory.js'
import { type Decide, enter, quiet, withRun } from './step.js'
import { noteTried } from './trying.js'

/** The portfolio's books at a market view. */
export const value = (state: PortfolioState, view: MarketView): Valuation =>
  valuation(state.book, view, specsOf(state.policy.universe))

/** Equity, cash and weights of a valuation, for a run's before and after. */
export const standing = ({ equity, cash, weights }: Valuation): Standing => ({ equity, cash, weights })

/** A trigger starts a run: numbered, with the market it was decided on and the books it began from. */
export const begin: Decide = (state, event) => {
  hold(event.type === 'triggered', 'begin', () => `a run cannot begin on ${event.type}`)
  const { trigger, view } = event
  const number = state.runs + 1
  const noted = trigger.task?.type === 'cure' ? noteTried(state, view.session) : state
  return quiet({
    ...noted,
    runs: number,
    memory: onTriggered(state.memory, trigger, view),
    run: {
      id: runId(number),
      portfolio: state.policy.id,
      number,
      type: trigger.task?.type ?? (trigger.kind === 'cash' ? 'invest-cash' : 'full'),
      source: state.policy.targets.name,
      status: 'ANALYSING',
      trigger,
      session: view.session,
      startedAt: event.at,
      endedAt: null,
      phases: [{ status: 'ANALYSING', at: event.at }],
      view,
      version: event.seq - 1,
      before: standing(value(state, view)),
      drift: null,
      answer: null,
      plan: null,
      buys: null,
      judgements: [],
      approved: [],
      waves: 0,
      orders: {},
      after: null,
      realisedCost: noMoney,
      failure: null,
      outcome: '',
    },
  })
}

/**
 * Measures drift from the effective targets. A book that cannot be valued ends the run before anything is sent, but for a
 * liquidation, which sells what has a price; so does cash that is to go toward targets when there are none yet.
 */
export const analyse: Decide = (state, _event: PortfolioEvent) => {
  const { run } = state
  if (run === null) return quiet(state)
  const valued = value(state, run.view)
  const drift =
    state.effective === null || state.policy.triggers.drift === null
      ? null
      : analyseDrift(valued, state.effective, state.policy.triggers.drift)
  if (valued.unpriced.length > 0 && run.type !== 'liquidate')
    return quiet(failed(withRun(state, { drift }), 'CANCELLED', `no price for ${valued.unpriced.join(', ')}`))
  if (valued.equity.lte(0)) return quiet(failed(withRun(state, { drift }), 'CANCELLED', `equity is ${valued.equity}`))
  const aimless = state.effective === null && (run.type === 'invest-cash' || run.type === 'withdraw-cash')
  if (aimless) return quiet(failed(withRun(state, { drift }), 'CANCELLED', NO_TARGETS))
  return quiet(withRun(state, { drift }))
}

const NO_TARGETS = 'there are no targets yet that cash could be moved toward: a full run sets them'

/** The state with its run marked to end early; the first reason stands. `retryAt` where time alone ends it. */
export function failed(
  state: PortfolioState,
  status: 'CANCELLED' | 'FAILED' | 'ROLLED_BACK',
  reason: string,
  retryAt?: Instant,
): PortfolioState {
  if (state.run?.failure !== null) return state
  return withRun(state, { failure: { status, reason, ...(retryAt !== undefined && { retryAt }) } })
}

/** Notes the phase a run has reached. */
export const reach =
  (status: Parameters<typeof enter>[1]): Decide =>
  (state, event) =>
    quiet(enter(state, status, event))
