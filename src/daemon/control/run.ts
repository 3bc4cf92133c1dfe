import { standingOf } from '#domain/permission/restraint.js'
import type { RunTask } from '#domain/task.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { RunWish } from '#runtime/engine.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { runsOf } from '../queries/runs.js'
import { stateOf } from '../queries/sight.js'
import type { RunAnswer } from './messages.js'
import { type ControlParts, managed, type Signed } from './parties.js'
import type { Requests } from './requests.js'

type Begun = Omit<RunAnswer, 'duplicate'>

/**
 * Begins a run by hand, at most once for a request; answers as soon as it is journaled, not when the run has ended.
 * A run by hand, one that moves cash among them. @throws Fault as {@link assertMayRun}; `NOT_READY` while the portfolio is being taken over, `HELD_BACK` while the
 * daemon begins no new runs, `NOT_STARTED` before the first prices, `RUN_NOT_BEGUN` when trading was stopped meanwhile.
 */
export async function beginRun(
  parts: Pick<ControlParts, 'engine' | 'sight'>,
  requests: Requests,
  name: string,
  asked: Signed,
  wish: RunWish = {},
): Promise<RunAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, dry_run: dryRun } = asked
  const check = (): void => {
    const { value, context } = stateOf(parts.sight, portfolio)
    const { task } = wish
    assertMayBegin(portfolio, { value, context }, task)
    if (parts.sight.ready(portfolio) !== true)
      throw new Fault('NOT_READY', `${portfolio} is still being taken over: its gateway has not answered`, 'safe')
    assertMayRun(portfolio, { value, context }, task)
    const held = parts.engine.heldBack()
    if (held !== null) throw new Fault('HELD_BACK', `no new run begins now: ${held}`, 'safe')
    parts.sight.market(portfolio)
  }
  const answer = (seq: number): Begun => {
    const run = runsOf(parts.sight, portfolio).find(({ version }) => version === seq - 1)
    if (run === undefined)
      throw new Fault('RUN_NOT_BEGUN', `${portfolio} began no run: trading was stopped in the same moment`, 'safe')
    return { portfolio, run_id: run.id, seq, dry_run: false }
  }
  if (dryRun) {
    check()
    return { portfolio, run_id: null, seq: null, duplicate: false, dry_run: true }
  }
  return requests.once<Begun>(
    { portfolio, id, content: contentOf(wish.task, actor, reason) },
    (key) =>
      requests.inTurn(portfolio, async () => {
        check()
        return answer((await parts.engine.rebalance(portfolio, actor, reason, key, wish)).entry.seq)
      }),
    ({ seq }) => answer(seq),
  )
}

/**
 * @throws Fault `RUN_IN_PROGRESS` while a run has not ended, `NOT_ACTIVE` when trading is stopped or restrained, `NO_TARGETS`
 * when cash is to go where nothing is wanted yet.
 */
export function assertMayRun(portfolio: PortfolioId, { value, context }: PortfolioSnapshot, task?: RunTask): void {
  if (value.lifecycle !== 'watching')
    throw new Fault('RUN_IN_PROGRESS', `${context.run?.id ?? 'a run'} of ${portfolio} has not ended yet`, 'safe')
  assertMayBegin(portfolio, { value, context }, task)
  const aimless = context.effective === null && (task?.type === 'invest-cash' || task?.type === 'withdraw-cash')
  if (aimless)
    throw new Fault(
      'NO_TARGETS',
      `${portfolio} has no targets yet that cash could be moved toward: run it first`,
      'never',
    )
}

/**
 * A liquidation may be asked for while trading is paused as well: the one before it did that.
 * @throws Fault `NOT_ACTIVE` when trading is stopped or restrained.
 */
export function assertMayBegin(portfolio: PortfolioId, snapshot: PortfolioSnapshot, task: RunTask | undefined): void {
  const { trading } = standingOf(snapshot.value.permission, snapshot.context)
  if (task?.type !== 'liquidate' || trading !== 'paused') assertActive(portfolio, snapshot)
}

/** All that was asked, so that one request id stands for one wish. */
const contentOf = (task: RunTask | undefined, actor: string, reason: string) => ({
  ...{ verb: task === undefined || task.type === 'full' ? 'run' : task.type, actor, reason },
  ...(task !== undefined && 'amount' in task ? { amount: task.amount.toFixed(2) } : {}),
  ...(task?.type === 'full' ? { to: task.to } : {}),
})

/** @throws Fault `NOT_ACTIVE` when trading is stopped or restrained. */
function assertActive(portfolio: PortfolioId, { value, context }: PortfolioSnapshot): void {
  const { trading, reason: why } = standingOf(value.permission, context)
  if (trading !== 'active')
    throw new Fault('NOT_ACTIVE', `trading of ${portfolio} is ${trading}${why === '' ? '' : ` (${why})`}`, 'never')
}
