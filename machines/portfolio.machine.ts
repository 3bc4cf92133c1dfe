import { and, initialTransition, or, setup, stateIn } from 'xstate'
import { openBook } from '#domain/book/evolve.js'
import { approvalOverdue, awaitPeople, takeDecision, weighApproval } from '#domain/lifecycle/approving.js'
import { analyse, begin, reach } from '#domain/lifecycle/begin.js'
import { bookDeposit, markSession } from '#domain/lifecycle/booking.js'
import { countBreaches } from '#domain/lifecycle/breaching.js'
import { bookAdjustment } from '#domain/lifecycle/correcting.js'
import { commit, rollBack } from '#domain/lifecycle/ending.js'
import { heedDrawdown, keepClose, resetMark } from '#domain/lifecycle/losses.js'
import { govern, plan } from '#domain/lifecycle/planning.js'
import { heedReadings } from '#domain/lifecycle/readings.js'
import { giveUp } from '#domain/lifecycle/recovering.js'
import { heedRegime } from '#domain/lifecycle/regime.js'
import { intendBuys, intendSells, observe, refuseBuys } from '#domain/lifecycle/release.js'
import { adoptPolicy, noteReason, renew, restoreDecisions, restrain, takeOver } from '#domain/lifecycle/standing.js'
import { type Decide, sequence, whole } from '#domain/lifecycle/step.js'
import { acceptTargets, requestTargets, targetsOverdue } from '#domain/lifecycle/targeting.js'
import { heedVolatility } from '#domain/lifecycle/volatility.js'
import { waking } from '#domain/lifecycle/waking.js'
import type { Effect } from '#domain/portfolio/effect.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import { freshMemory, type PortfolioState } from '#domain/portfolio/state.js'
import { hold } from '#units/assert.js'
import { remembered } from '#units/remembered.js'
import { decider } from './decider.js'
import { guards } from './guards.js'
import { cancelHalted, cancelOpen, heedBust, heedDeadline, heedFill, heedNews, launch, unwind } from './orders.js'

const define = setup({
  types: { context: {} as PortfolioState, events: {} as PortfolioEvent },
  actions: { effect: (_, _effect: Effect) => undefined },
  guards: {
    ...guards,
    permitsRuns: or([stateIn({ permission: 'active' }), and(['liquidates', stateIn({ permission: 'paused' })])]),
    mayRun: and(['permitsRuns', stateIn({ ownership: 'ready' }), 'unrestrained']),
    beginsLiquidation: and(['liquidates', 'mayRun', stateIn({ lifecycle: 'watching' })]),
    mayBuy: and(['looked', 'unrestrained', or([stateIn({ permission: 'active' }), stateIn({ permission: 'paused' })])]),
    exceeds: or(['beyond', and(['stray', stateIn({ ownership: 'ready' })])]),
    restrained: or([stateIn({ permission: 'reducing' }), stateIn({ permission: 'halted' })]),
  },
})

const act = (decide: Decide) =>
  define.enqueueActions(({ context, event, enqueue }) => {
    const { state, effects } = decide(context, event)
    if (state !== context) enqueue.assign(whole(state, context))
    for (const effect of effects) enqueue({ type: 'effect', params: effect })
  })

const CHANGES = [
  { guard: 'toActive' as const, target: 'active', actions: act(noteReason) },
  { guard: 'toReducing' as const, target: 'reducing', actions: act(noteReason) },
  { guard: 'toPaused' as const, target: 'paused', actions: act(noteReason) },
  { guard: 'toHalted' as const, target: 'halted', actions: act(noteReason) },
]
const TO_HALTED = { target: 'halted', actions: act(noteReason) }
const FOREIGN = { guard: 'foreign' as const, target: 'halted', actions: act(noteReason) }
const EXCEEDS = { guard: 'exceeds' as const, target: 'reducing', actions: act(noteReason) }
const PERMISSION = { permitted: CHANGES, conflicted: TO_HALTED, faulted: TO_HALTED }
const OVERDRAWS = { guard: 'overdraws' as const, target: 'reducing', actions: act(noteReason) }
const LIQUIDATES = { guard: 'beginsLiquidation' as const, target: 'paused', actions: act(noteReason) }
const TRADING = { on: { ...PERMISSION, triggered: LIQUIDATES, filled: [FOREIGN, EXCEEDS], busted: OVERDRAWS } }
const DOOMED = { guard: 'doomed' as const, target: '#unwinding' }
const OVERDUE = { guard: 'fillsOverdue' as const, actions: act(cancelOpen) }

/**
 * A portfolio. Four regions side by side: what trading is permitted, whether this process has taken the books over,
 * the bookkeeping that is open at all times, and the rebalance itself. Every action is one domain decision; effects
 * come out as data. Source: design engine.md section 1; ADR 0003 on the regions.
 */
export const portfolioMachine = define.createMachine({
  id: 'portfolio',
  type: 'parallel',
  context: ({ input }) => input as PortfolioState,
  states: {
    permission: {
      initial: 'active',
      states: {
        active: TRADING,
        paused: TRADING,
        reducing: { on: { ...PERMISSION, filled: FOREIGN } },
        halted: { on: PERMISSION },
      },
    },
    ownership: {
      initial: 'recovering',
      states: {
        recovering: {
          on: { opened: { actions: act(takeOver) }, reconciled: 'ready', renewed: { actions: act(renew) } },
        },
        ready: {
          on: {
            opened: { target: 'recovering', actions: act(takeOver) },
            renewed: { target: 'recovering', actions: act(renew) },
          },
        },
      },
    },
    books: {
      initial: 'open',
      states: {
        open: {
          on: {
            filled: { actions: act(waking(heedFill)) },
            busted: { actions: act(waking(heedBust)) },
            adjusted: { guard: stateIn({ permission: 'halted' }), actions: act(waking(bookAdjustment)) },
            orderNews: [{ guard: 'restrained', actions: act(heedNews(false)) }, { actions: act(heedNews(true)) }],
            timedOut: [
              { guard: 'regimeAges', actions: act(waking(heedRegime)) },
              { guard: 'restrained', actions: act(heedDeadline(false)) },
              { actions: act(heedDeadline(true)) },
            ],
            deposited: { actions: act(waking(bookDeposit)) },
            marked: { actions: act(waking(sequence(markSession, keepClose, heedDrawdown, countBreaches))) },
            markReset: { actions: act(waking(resetMark)) },
            restrained: { actions: act(waking(sequence(restrain, cancelHalted))) },
            inputsRead: { actions: act(waking(heedReadings)) },
            regimeRead: { actions: act(waking(heedRegime)) },
            regimeSet: { actions: act(waking(heedRegime)) },
            volatilityRead: { actions: act(waking(heedVolatility)) },
          },
        },
      },
    },
    lifecycle: {
      initial: 'watching',
      states: {
        watching: {
          on: {
            triggered: { guard: 'mayRun', target: 'rebalancing', actions: act(sequence(begin, heedDrawdown)) },
            configured: { actions: act(waking(adoptPolicy)) },
            restored: { actions: act(waking(restoreDecisions)) },
          },
        },
        rebalancing: {
          initial: 'analysing',
          on: {
            permitted: { guard: 'toHalted', target: '#unwinding' },
            restrained: { guard: 'firmHalts', target: '#unwinding' },
            conflicted: '#unwinding',
            faulted: '#unwinding',
            filled: { guard: 'foreign', target: '#unwinding' },
            reconciled: { guard: 'unwinds', target: '#unwinding', actions: act(giveUp) },
          },
          states: {
            analysing: {
              entry: act(analyse),
              always: [DOOMED, { guard: 'keepsTargets', target: 'planning' }, { target: 'optimising' }],
            },
            optimising: {
              entry: act(sequence(reach('OPTIMISING'), requestTargets)),
              always: [DOOMED],
              on: {
                solved: [
                  { guard: 'answered', target: 'planning', actions: act(sequence(heedDrawdown, acceptTargets)) },
                ],
                timedOut: { guard: 'solveOverdue', target: '#unwinding', actions: act(targetsOverdue) },
              },
            },
            planning: {
              entry: act(sequence(reach('PLANNING'), plan)),
              always: [DOOMED, { guard: 'holds', target: '#settling' }, { target: 'governing' }],
            },
            governing: {
              entry: act(sequence(reach('GOVERNING'), govern, weighApproval)),
              always: [
                DOOMED,
                { guard: 'nothingApproved', target: '#settling' },
                { guard: 'needsApproval', target: 'awaitingApproval' },
                { target: 'selling' },
              ],
            },
            awaitingApproval: {
              entry: act(sequence(reach('AWAITING_APPROVAL'), awaitPeople)),
              always: [DOOMED, { guard: 'approvedByPeople', target: 'selling' }],
              on: {
                decided: { guard: 'mayDecide', actions: act(takeDecision) },
                timedOut: { guard: 'approvalOverdue', target: '#unwinding', actions: act(approvalOverdue) },
              },
            },
            selling: {
              entry: act(sequence(reach('SELLING'), intendSells, launch('sell'))),
              always: [DOOMED, { guard: 'soldAll', target: '#settling' }, { guard: 'allComplete', target: 'buying' }],
              on: { timedOut: OVERDUE },
            },
            buying: {
              initial: 'pricing',
              entry: act(reach('BUYING')),
              on: { timedOut: OVERDUE },
              always: DOOMED,
              states: {
                pricing: {
                  entry: act(observe),
                  on: {
                    observed: [
                      {
                        guard: 'mayBuy',
                        target: 'working',
                        actions: act(sequence(heedDrawdown, intendBuys, launch('buy'))),
                      },
                      { guard: 'looked', target: '#unwinding', actions: act(refuseBuys) },
                    ],
                    timedOut: { guard: 'fillsOverdue', target: '#settling' },
                  },
                },
                working: {
                  always: [
                    { guard: 'moreBuys', target: 'pricing' },
                    { guard: 'allComplete', target: '#settling' },
                  ],
                },
              },
            },
            settling: {
              id: 'settling',
              entry: act(reach('SETTLING')),
              always: [DOOMED, { guard: 'allComplete', target: 'committed' }],
              on: { timedOut: OVERDUE },
            },
            committed: { entry: act(commit), always: '#portfolio.lifecycle.watching' },
            unwinding: {
              id: 'unwinding',
              entry: act(sequence(reach('UNWINDING'), unwind)),
              always: { guard: 'allComplete', target: 'rolledBack' },
            },
            rolledBack: { entry: act(rollBack), always: '#portfolio.lifecycle.watching' },
          },
        },
      },
    },
  },
})

/** Where a portfolio stands in its statechart; plain data. */
export interface Position {
  readonly permission: 'active' | 'reducing' | 'paused' | 'halted'
  readonly ownership: 'recovering' | 'ready'
  readonly books: 'open'
  readonly lifecycle: string | { readonly rebalancing: string | { readonly buying: string } }
}

/** A portfolio's whole state: position in the statechart and context. */
export interface PortfolioSnapshot {
  readonly value: Position
  readonly context: PortfolioState
}

/** The portfolio after an event, with the effects to be carried out once the event is on disk. */
export interface PortfolioStep extends PortfolioSnapshot {
  readonly effects: readonly Effect[]
}

/** A portfolio that has just been created: watching, not yet owned, books empty. */
export function create(event: PortfolioEvent): PortfolioStep {
  hold(event.type === 'created', 'create', () => `a portfolio cannot begin with ${event.type}`)
  const input: PortfolioState = {
    policy: event.policy,
    incarnation: event.incarnation,
    epoch: 0,
    book: openBook(event.policy.currency),
    effective: null,
    memory: freshMemory,
    runs: 0,
    run: null,
    permissionReason: '',
  }
  const [next] = initialTransition(portfolioMachine, input as never)
  return { value: next.value as Position, context: next.context, effects: [] }
}

const decide = decider(portfolioMachine)

/** The portfolio after an event. Pure: the same snapshot and event give the same step, on every machine. */
export function react(snapshot: PortfolioSnapshot, event: PortfolioEvent): PortfolioStep {
  const { next, effects } = decide(resolved(snapshot), event)
  const value = next.value as Position
  reached.keep(value, next)
  return { value, context: next.context, effects }
}

/** The library's own states by the position they are in, of which each belongs to one. */
const reached = remembered<Resolved>()

type Resolved = ReturnType<typeof portfolioMachine.resolveState>

/** The library's state of a snapshot: the one it came from, or, of a snapshot from elsewhere, one that is worked out. */
function resolved({ value, context }: PortfolioSnapshot): Resolved {
  const known = reached.of(value)
  if (known !== undefined && known.context === context) return known
  return portfolioMachine.resolveState({ value: value as never, context })
}

/** The lifecycle's leaf, such as `watching` or `selling`: what metrics and people call the portfolio's state. */
export function leaf(position: Position): string {
  const { lifecycle } = position
  if (typeof lifecycle === 'string') return lifecycle
  return typeof lifecycle.rebalancing === 'string' ? lifecycle.rebalancing : 'buying'
}
