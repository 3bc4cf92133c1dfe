import { openingCash } from '#domain/book/collateral.js'
import type { Sent } from '#domain/governance/sent.js'
import { specsOf } from '#domain/instrument/registry.js'
import { manualTrigger } from '#domain/manual-trigger.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioEvent, PortfolioFact } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import type { RunTask } from '#domain/task.js'
import { type PortfolioSnapshot, type PortfolioStep, react } from '#machines/portfolio.machine.js'
import { hold } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import { type Money, negated, noMoney } from '#units/money.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import { decisionView } from './dispatch.js'
import { type TargetingPorts, targeting } from './targeting.js'

/** What to preview. */
export interface PreviewRequest {
  readonly snapshot: PortfolioSnapshot
  /** Sequence of the newest journal entry. */
  readonly seq: number
  /** The policy the run would use; absent means the one journaled last. */
  readonly policy?: PortfolioPolicy
  /** Cash added to the books before, taken out when negative; absent when none is. */
  readonly cash?: Money
  /** What the run is to do; absent where it is to rebalance. */
  readonly task?: RunTask
  /** What has been sent before, for rules that count it; absent where nobody knows. */
  readonly sent?: Sent
  readonly actor: string
  readonly reason: string
}

/**
 * The run a manual trigger would begin now, as far as governance has judged it: targets, plan, judgements, approved
 * legs. Works on a fork in memory with the same transitions and the same targeting as the engine; nothing is written
 * or sent. In the fork trading is permitted, no firm-wide restraint is on all trading and the books are taken over,
 * whatever they are in the original; names that are restrained stay so.
 * Refuses `RUN_IN_PROGRESS` while a run has not ended, `CASH_SHORT` when more cash is to be taken out than is free. Cost: one solve.
 */
export async function preview(request: PreviewRequest, ports: TargetingPorts): Promise<Outcome<Run>> {
  const { snapshot } = request
  if (snapshot.value.lifecycle !== 'watching')
    return refuse('RUN_IN_PROGRESS', `${snapshot.context.run?.id ?? 'a run'} has not ended yet`)
  const { cash = noMoney } = request
  const { book, policy: live } = snapshot.context
  const free = openingCash({ book, specs: specsOf(live.universe) }, true)
  if (negated(cash).gt(free))
    return refuse('CASH_SHORT', `there is ${free.toFixed(2)} to take out, not ${negated(cash).toFixed(2)}`)
  const fork = forked(request, ports)
  const at = ports.clock.now()
  const view = decisionView(ports.market.view(at), fork.snapshot())
  if (!cash.isZero()) fork.tell({ type: 'deposited', amount: cash, view })
  const trigger = manualTrigger(at, view.session, request.actor, request.reason, request.task)
  const counted = request.sent === undefined ? {} : { sent: request.sent }
  const begun = fork.tell({ type: 'triggered', trigger, view, ...counted })
  const solve = begun.effects.find((effect) => effect.type === 'solve')
  if (solve === undefined) return accept(runOf(begun, snapshot))
  const answer = await targeting(ports)(fork.snapshot(), solve.held)
  return accept(runOf(fork.tell({ type: 'solved', request: solve.request, answer, view, ...counted }), snapshot))
}

/** A copy of the portfolio that is ready to run, and how to go on with it. */
function forked({ snapshot, seq, policy }: PreviewRequest, { clock }: TargetingPorts) {
  let state: PortfolioSnapshot = snapshot
  let next = seq
  const tell = (fact: PortfolioFact): PortfolioStep => {
    next += 1
    const event: PortfolioEvent = { ...fact, seq: next, at: clock.now(), cause: 'preview' }
    const step = react(state, event)
    state = { value: step.value, context: step.context }
    return step
  }
  tell({ type: 'opened', epoch: snapshot.context.epoch + 1 })
  tell({ type: 'reconciled', decision: 'resume', reason: 'preview' })
  tell({ type: 'permitted', to: 'active', reason: 'preview', actor: 'preview' })
  tell({ type: 'restrained', scope: { kind: 'firm' }, to: 'active', reason: 'preview', actor: 'preview' })
  if (policy !== undefined && encode(policy) !== encode(snapshot.context.policy)) tell({ type: 'configured', policy })
  return { tell, snapshot: () => state }
}

function runOf(step: PortfolioStep, before: PortfolioSnapshot): Run {
  const { run } = step.context
  hold(
    run !== null && run.id !== before.context.run?.id,
    'preview',
    () => 'a trigger on a ready portfolio began no run',
  )
  return run
}
