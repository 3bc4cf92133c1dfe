import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { assertMayBegin } from '#daemon/control/run.js'
import { quiescent } from '#daemon/replay.js'
import { type Approval, isGranted, type Verdict } from '#domain/approval/approval.js'
import type { Decided } from '#domain/approval/refusal.js'
import { Fault } from '#units/fault.js'
import type { RunId } from '#units/ids.js'
import { daemonOf } from './context.js'
import { type Daemon, tokenOf, withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { entryAfter, type Resting, refuseUnsigned, resting, withEngine } from './offline.js'
import type { Output } from './output.js'
import type { Questions } from './questions.js'
import type { Settings } from './settings.js'
import { refuseRequestId, requestIdOf, type Signature, type SignatureOptions, signatureOf } from './signature.js'
import { facts } from './table.js'

/** Digits a plan is shown with. */
const SHOWN = 12

/** What a decision came to; `seq` is its place in the journal, null when nothing was journaled. */
interface Done {
  readonly run: string
  readonly plan: string
  readonly status: 'approved' | 'rejected' | 'waits'
  readonly approvedBy: readonly string[]
  readonly approvers: number
  readonly seq: number | null
  /** Only from a daemon. */
  readonly requestId?: string
  readonly duplicate?: boolean
}

/** Which decision on which portfolio's plan, named by its first digits. */
export interface DecisionWish {
  readonly verdict: Verdict
  readonly portfolio: string
  readonly digits: string
  readonly options: SignatureOptions
}

/**
 * Decides on the plan that waits, at its daemon or in its state directory.
 * @throws CliError 64 for digits that are no hash or without a reason, 4 when another plan waits or none; as either refuses.
 */
export async function decideByHand(output: Output, wish: DecisionWish): Promise<void> {
  const { verdict, portfolio, digits, options } = wish
  if (!/^[0-9a-f]{8,64}$/.test(digits))
    throw new CliError(EXIT.usage, 'USAGE', `--plan ${digits} must be a plan's hash, its first 8 digits at least`)
  const signature = signatureOf(options, verdict === 'approve' ? 'an approval' : 'a rejection')
  const connection = daemonOf(output.settings)
  const done =
    connection === null
      ? await decideAlone(output.settings, wish, signature)
      : await withDaemon(output.settings, connection, (daemon) => decideAt(daemon, wish, signature))
  if (options.dryRun === true) output.say('Dry run: nothing was journaled.')
  output.print({ portfolio, verdict, ...done, ...signature }, () => textOf(output, wish, done, signature))
}

async function decideAt(
  daemon: Daemon,
  { verdict, portfolio, digits, options }: DecisionWish,
  { actor, reason }: Signature,
): Promise<Done> {
  const requestId = requestIdOf(options)
  const { run, plan } = await planOf(daemon, portfolio, digits)
  const asked = { run, plan, request_id: requestId, actor, reason, dry_run: options.dryRun === true }
  const subject = subjects.portfolio(tokenOf(portfolio), verdict)
  const { run_id, status, approved_by, approvers, seq, duplicate } = await daemon.change(control.decide, subject, asked)
  return { run: run_id, plan, status, approvedBy: approved_by, approvers, seq, requestId, duplicate }
}

/** The plan meant by its first digits: the one that waits, or an earlier run's, on which a repeated request may have decided. */
async function planOf(daemon: Questions, portfolio: string, digits: string) {
  const { approval } = await daemon.ask('status', portfolio, {})
  if (approval?.plan.startsWith(digits)) return approval
  const earlier = (await daemon.ask('runs', portfolio, {})).findLast(({ plan }) => plan?.startsWith(digits))
  if (earlier?.plan == null) throw stale(portfolio, digits, approval)
  return { run: earlier.run, plan: earlier.plan }
}

function stale(portfolio: string, digits: string, waits: { readonly run: string; readonly plan: string } | null) {
  const now =
    waits === null ? `no plan of ${portfolio} waits` : `${waits.run} waits with plan ${waits.plan.slice(0, SHOWN)}`
  return new CliError(EXIT.conflict, 'STALE_PLAN', `plan ${digits.slice(0, SHOWN)} does not wait for approval: ${now}`)
}

async function decideAlone(settings: Settings, wish: DecisionWish, { actor, reason }: Signature): Promise<Done> {
  const { verdict, portfolio: name, digits, options } = wish
  refuseRequestId(options)
  const portfolio = await resting(settings, name)
  const { run, plan, approval } = waitingIn(portfolio, digits)
  if (verdict === 'approve') refuseUnsigned(portfolio.config)
  if (approval.approvers > 1 && verdict === 'approve')
    throw new CliError(EXIT.vetoed, 'SECOND_OPERATOR', 'this takes two people: start the daemon and ask it')
  return withEngine(settings, portfolio, async (assembly) => {
    const { engine, journal } = assembly
    const { id } = portfolio
    await quiescent(assembly)
    const decided: Decided = { run, plan, verdict, actor, reason }
    engine.mayDecide(id, decided)
    const task = engine.host.snapshot(id)?.context.run?.trigger.task
    const given = (now: Resting['snapshot']): void => {
      if (verdict === 'approve') assertMayBegin(id, now, task)
      const held = verdict === 'approve' ? engine.heldBack() : null
      if (held !== null) throw new Fault('HELD_BACK', `no new run begins now: ${held}`, 'safe')
    }
    given(engine.host.snapshot(id)!)
    const status = verdict === 'reject' ? 'rejected' : 'approved'
    const done = { run, plan, status, approvedBy: verdict === 'reject' ? [] : [actor] } as const
    const { approvers } = approval
    if (options.dryRun === true) return { ...done, approvers, seq: null }
    const { seq } = journal.head(id)
    await engine.decide(id, decided, null, given)
    await quiescent(assembly)
    return { ...done, approvers, seq: entryAfter(assembly, portfolio, seq, 'decided').seq }
  })
}

/** @throws CliError 4 when another plan waits in the state directory, or none. */
function waitingIn(
  { id, snapshot: { context } }: Resting,
  digits: string,
): { readonly run: RunId; readonly plan: string; readonly approval: Approval } {
  const { run } = context
  const hash = run?.plan?.hash ?? ''
  const waits = run?.approval !== undefined && run.status === 'AWAITING_APPROVAL' && !isGranted(run.approval)
  if (!waits || !hash.startsWith(digits)) throw stale(id, digits, waits ? { run: run.id, plan: hash } : null)
  return { run: run.id, plan: hash, approval: run.approval }
}

const SAID = {
  approved: 'approved: it trades now',
  rejected: 'rejected: its run ends, nothing was traded',
} as const

function textOf(output: Output, { portfolio }: DecisionWish, done: Done, { actor, reason }: Signature): string {
  const { run, plan, status, approvedBy, approvers, seq, duplicate, requestId } = done
  const people = `${approvedBy.length} of ${approvers} approved it: ${approvedBy.join(', ')}`
  return facts(output, [
    ['portfolio', portfolio],
    ['plan', `${plan.slice(0, SHOWN)} of ${run}`],
    ['decision', status === 'waits' ? `it still waits: ${people}` : SAID[status]],
    ['by', actor],
    ['reason', reason],
    ...(seq === null ? [] : [['journal', `#${seq}`] as const]),
    ...(duplicate === true ? [['request', `${requestId} was carried out before; this came of it`] as const] : []),
  ])
}
