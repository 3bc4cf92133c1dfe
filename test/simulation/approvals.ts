import type { ApprovalPolicy, PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import type { Commit } from '#ports/journal.js'
import { Decimal } from '#units/decimal.js'
import type { OrderId, RunId } from '#units/ids.js'

/** What the witness knows of a run of a portfolio whose plans may take people. */
interface Waiting {
  readonly hash: string
  /** None where the plan takes nobody. */
  readonly approvers: number
  readonly until: number
  /** Who asked for the run by hand; null when nobody did. */
  readonly asker: string | null
  /** Units by leg that were weighed, and people asked to approve. */
  readonly legs: ReadonlyMap<string, Decimal>
  /** Who has approved. */
  readonly people: Set<string>
  /** Orders intended so far, and the units of each leg among them. */
  readonly orders: Set<OrderId>
  readonly ordered: Map<string, Decimal>
  /** How the wait ended without an approval; null while it did not. */
  over: string | null
}

/** What the witness knows of a portfolio's approvals. */
export interface Approvals {
  policy: PortfolioPolicy | null
  readonly runs: Map<RunId, Waiting>
}

/** Of a portfolio nothing has been seen of. */
export const noApprovals = (): Approvals => ({ policy: null, runs: new Map() })

const ZERO = new Decimal('0')

/**
 * Follows a step on disk and says what must not be: an order of a run that takes people before as many have approved its
 * very plan as must, after it was rejected or expired, or beyond what they approved. Whether it takes them is worked out
 * here, from the trades and the limits.
 */
export function followApprovals(known: Approvals, commit: Commit): readonly string[] {
  const { entry, run } = commit
  const { event } = entry
  if (event.type === 'created' || event.type === 'configured' || event.type === 'restored') known.policy = event.policy
  const wrong: string[] = []
  if (run !== null && !known.runs.has(run.id) && isWeighed(run, known.policy)) {
    const people = takesPeople(run, known.policy!.approval!) ? known.policy!.approval!.approvers : 0
    known.runs.set(run.id, waitingOf(run, known.policy!, entry.at, people))
    const waits = run.status === 'AWAITING_APPROVAL'
    if (!waits && people > 0) wrong.push(`${run.id} waits for nobody, and its plan takes people`)
    if (waits && people === 0) wrong.push(`${run.id} waits for people, and its plan takes nobody`)
  }
  if (event.type === 'decided') wrong.push(...decided(known, event))
  if (event.type === 'timedOut' && event.timer.startsWith('approval:')) {
    const waiting = known.runs.get(event.timer.slice('approval:'.length) as RunId)
    // A deadline that was under way when the last approval came changes nothing any more.
    if (waiting !== undefined && waiting.people.size < waiting.approvers) waiting.over ??= 'had expired'
  }
  for (const effect of entry.effects)
    if (effect.type === 'submit') {
      const { id, body } = effect.order
      const waiting = known.runs.get(body.run)
      if (waiting !== undefined) wrong.push(...left(waiting, id, body))
    }
  return wrong
}

/** True when governance has let trades of a run through, in a portfolio whose policy says when people must approve. */
const isWeighed = ({ phases, failure, plan, approved }: Run, policy: PortfolioPolicy | null): boolean =>
  policy?.approval !== undefined &&
  plan !== null &&
  failure === null &&
  approved.length > 0 &&
  phases.some(({ status }) => status === 'GOVERNING')

function takesPeople(run: Run, limits: ApprovalPolicy): boolean {
  const sum = (side: string): Decimal =>
    run.approved.reduce((all, leg) => (leg.side === side ? all.plus(leg.quantity.times(leg.arrival)) : all), ZERO)
  const [buys, sells] = [sum('buy'), sum('sell')]
  const share = Decimal.max(buys, sells).div(run.plan!.equity)
  const over = (limit: { toString(): string } | null, value: Decimal): boolean =>
    limit !== null && value.gt(new Decimal(limit.toString()))
  const watched = run.approved.some(({ instrument }) => limits.symbols.includes(instrument))
  return watched || over(limits.turnover, share) || over(limits.notional, buys.plus(sells))
}

function waitingOf(
  { plan, approved, trigger }: Run,
  { approval }: PortfolioPolicy,
  at: number,
  approvers: number,
): Waiting {
  const { actor } = trigger.evidence
  return {
    hash: plan!.hash,
    approvers,
    until: at + approval!.expiresAfterMs,
    asker: trigger.kind === 'manual' && typeof actor === 'string' ? actor : null,
    legs: new Map(approved.map((leg) => [leg.id, leg.quantity])),
    ...{ people: new Set(), orders: new Set(), ordered: new Map(), over: null },
  }
}

function decided({ runs }: Approvals, event: Extract<PortfolioEvent, { type: 'decided' }>): readonly string[] {
  const { run, plan, verdict, actor, at } = event
  const waiting = runs.get(run)
  if (waiting === undefined || waiting.approvers === 0 || waiting.hash !== plan)
    return [`a word on plan ${plan} of ${run} was taken, which never waited`]
  if (waiting.over !== null) return [`a word on ${run} was taken, which ${waiting.over}`]
  if (at >= waiting.until) return [`a word on ${run} was taken ${at - waiting.until} ms too late`]
  if (verdict === 'reject') {
    waiting.over = 'was rejected'
    return []
  }
  if (waiting.people.has(actor)) return [`${actor} approved ${run} twice`]
  if (waiting.approvers > 1 && actor === waiting.asker) return [`${actor} approved ${run}, which he had asked for`]
  waiting.people.add(actor)
  return []
}

function left(
  waiting: Waiting,
  id: OrderId,
  { run, leg, quantity }: { readonly run: RunId; readonly leg: string; readonly quantity: Decimal },
): readonly string[] {
  const { people, approvers, over, orders, ordered, legs } = waiting
  const wrong: string[] = []
  if (people.size < approvers) wrong.push(`${leg} of ${run} is sent, ${people.size} of ${approvers} have approved it`)
  if (over !== null) wrong.push(`${leg} of ${run} is sent, which ${over}`)
  if (!orders.has(id)) ordered.set(leg, (ordered.get(leg) ?? ZERO).plus(quantity))
  orders.add(id)
  const most = legs.get(leg) ?? ZERO
  if (ordered.get(leg)!.gt(most)) wrong.push(`${ordered.get(leg)} of ${leg} of ${run} are sent, ${most} were weighed`)
  return wrong
}
