import { bustMessage, executionMessage } from '#adapters/wire/exec.js'
import type { EventTopic } from '#adapters/wire/subjects.js'
import { breachKey, isOverdue, passiveText } from '#domain/breach.js'
import type { Deferral } from '#domain/deferral.js'
import { loosened } from '#domain/loosened.js'
import type { Order } from '#domain/order.js'
import { restraintKey } from '#domain/permission/restraint.js'
import { NO_REGIME } from '#domain/regime/standing.js'
import type { TriggerKind } from '#domain/trigger.js'
import { leaf } from '#machines/portfolio.machine.js'
import type { Staged } from '#runtime/actor.js'
import { toIso } from '#units/time.js'

/** One event as it is told to whoever listens; ids, decimals as text, nothing that a journal entry does not hold. */
export interface Announcement {
  readonly topic: EventTopic
  readonly body: Readonly<Record<string, unknown>>
}

/** What a durable step has to tell: changes of state, plans, orders and permission, fills, busts, and how a run ended. */
export function announcements(staged: Staged): readonly Announcement[] {
  const { entry, before, after, commit } = staged
  const told: Announcement[] = []
  const from = before === null ? 'none' : leaf(before.value)
  const to = leaf(after.value)
  if (from !== to) told.push({ topic: 'state', body: { from, to } })
  const plan = after.context.run?.plan
  if (plan != null && plan.hash !== before?.context.run?.plan?.hash)
    told.push({ topic: 'plan', body: { hash: plan.hash, legs: plan.legs.length, turnover: plan.turnover } })
  told.push(...approvalTold(staged))
  for (const order of moved(staged)) told.push({ topic: 'order', body: orderBody(order) })
  if (entry.event.type === 'filled') told.push({ topic: 'fill', body: executionMessage(entry.event.execution) })
  if (entry.event.type === 'busted')
    told.push({ topic: 'bust', body: { ...bustMessage(entry.event.bust), booked: entry.event.booked !== null } })
  const ended = commit.run
  if (ended?.endedAt != null && ended.status !== before?.context.run?.status)
    told.push({
      topic: ended.status.startsWith('COMPLETED') ? 'commit' : 'rollback',
      body: { status: ended.status, outcome: ended.outcome },
    })
  if (before !== null && after.value.permission !== before.value.permission)
    told.push({
      topic: 'alert',
      body: { permission: after.value.permission, reason: after.context.permissionReason },
    })
  told.push(...regimeTold(staged))
  told.push(...refusedTold(staged))
  told.push(...breachesTold(staged))
  if (entry.event.type === 'restrained') {
    const { scope, to, actor, reason } = entry.event
    told.push({ topic: 'alert', body: { restraint: restraintKey(scope), to, reason: `${actor}: ${reason}` } })
  }
  if (entry.event.type === 'markReset') {
    const { actor, reason } = entry.event
    const mark = after.context.book.nav.highWaterPerUnit.toFixed(6)
    told.push({ topic: 'alert', body: { mark, reason: `${actor}: ${reason}` } })
  }
  if (before !== null && entry.event.type === 'configured') {
    const limits = loosened(before.context.policy, entry.event.policy)
    if (limits.length > 0) told.push({ topic: 'alert', body: { loosened: limits, cause: entry.event.cause } })
  }
  if (entry.event.type === 'solved') {
    const { ladder } = entry.event.answer.evidence
    if (ladder !== undefined) told.push({ topic: 'alert', body: { ...ladder, cause: entry.event.cause } })
  }
  return told
}

/** A plan that begins to wait for people, what one of them said, and a plan that nobody approved in time. */
function approvalTold({ entry: { event }, before, after }: Staged): readonly Announcement[] {
  const { run } = after.context
  const waited = before?.context.run?.status === 'AWAITING_APPROVAL'
  if (run?.approval === undefined) return []
  const { approval, plan } = run
  const base = { plan: plan?.hash ?? '', approvers: approval.approvers, until: toIso(approval.until) }
  if (run.status === 'AWAITING_APPROVAL' && !waited) {
    const reasons = approval.reasons.map(({ reason }) => reason)
    return [{ topic: 'approval', body: { ...base, status: 'waits', reasons } }]
  }
  if (!waited) return []
  const said = approval.decisions.length > (before?.context.run?.approval?.decisions.length ?? 0)
  if (event.type === 'decided' && said) {
    const { verdict, actor, reason } = event
    const open = run.status === 'AWAITING_APPROVAL'
    const status = verdict === 'reject' ? 'rejected' : open ? 'waits' : 'approved'
    return [{ topic: 'approval', body: { ...base, status, verdict, actor, reason } }]
  }
  return event.type === 'timedOut' && run.status !== 'AWAITING_APPROVAL'
    ? [{ topic: 'approval', body: { ...base, status: 'expired' } }]
    : []
}

/** A run that a rule refused and that would be due at once again: it rests, and somebody should know. */
function refusedTold({ before, after }: Staged): readonly Announcement[] {
  const earlier = before?.context.memory.deferred ?? {}
  const now = Object.entries(after.context.memory.deferred ?? {}) as [TriggerKind, Deferral][]
  return now.flatMap(([kind, row]) =>
    'refused' in row && row !== earlier[kind]
      ? [{ topic: 'alert' as const, body: { refused: kind, by: row.refused, through: row.through, why: row.why } }]
      : [],
  )
}

/** A limit that the market has broken, and one whose time to be cured is over. */
function breachesTold({ before, after }: Staged): readonly Announcement[] {
  const earlier = new Map((before?.context.breaches ?? []).map((row) => [breachKey(row), row]))
  return (after.context.breaches ?? []).flatMap((row) => {
    const was = earlier.get(breachKey(row))
    const news = was === undefined || (isOverdue(row) && !isOverdue(was))
    const { rule, what, value, max, since, sessions } = row
    const body = { breach: rule, what, value, max, since, sessions, reason: passiveText(row) }
    return news ? [{ topic: 'alert' as const, body }] : []
  })
}

/** Another regime, or another multiplier of weights; an alert as well when there is nothing left to follow. */
function regimeTold({ before, after }: Staged): readonly Announcement[] {
  const [earlier, now] = [before?.context.regime ?? NO_REGIME, after.context.regime ?? NO_REGIME]
  const { regime, multiplier, because, reading } = now
  if (regime === earlier.regime && multiplier === earlier.multiplier && because === earlier.because) return []
  const body = { from: earlier.regime, to: regime, multiplier, because, confidence: reading?.confidence ?? null }
  const lost = because !== earlier.because && (because === 'stale' || because === 'unsure')
  const alert = { regime, multiplier, because, reason: 'the regime is not known well enough: nothing is enlarged' }
  return [{ topic: 'regime', body }, ...(lost ? [{ topic: 'alert' as const, body: alert }] : [])]
}

/** Orders whose status the step changed. */
function moved({ before, after }: Staged): readonly Order[] {
  const earlier = before?.context.run?.orders ?? {}
  const now = after.context.run?.orders ?? {}
  if (earlier === now) return []
  return Object.values(now).filter((order) => earlier[order.id]?.status !== order.status)
}

const orderBody = ({ id, status, cumulative, reason, body }: Order): Announcement['body'] => ({
  client_order_id: id,
  status,
  cum_qty: cumulative.toFixed(),
  reason,
  symbol: body.instrument,
  side: body.side,
  qty: body.quantity.toFixed(),
})
