import { type Book, cashOf } from '#domain/book/book.js'
import { valuation } from '#domain/book/valuation.js'
import type { Look } from '#domain/calendar/due.js'
import { nextRun } from '#domain/calendar/next.js'
import { UNCAPPED } from '#domain/deferral.js'
import { analyseDrift } from '#domain/drift.js'
import { multiplierOf, specsOf } from '#domain/instrument/registry.js'
import { unpaid } from '#domain/lifecycle/aiming.js'
import type { MarketView } from '#domain/market.js'
import type { Order } from '#domain/order.js'
import { slippageBps } from '#domain/order-life.js'
import { listedRestraints, standingOf } from '#domain/permission/restraint.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { FINAL_RUN, type Run } from '#domain/run.js'
import { unusable } from '#domain/unusable.js'
import { leaf } from '#machines/portfolio.machine.js'
import type { Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'
import type { PortfolioId } from '#units/ids.js'
import { measuringBreaches } from './measure-breaches.js'
import { measureDrawdown } from './measure-drawdown.js'
import { measureRegime } from './measure-regime.js'
import { measureVolatility } from './measure-volatility.js'

const STATES = [
  'watching',
  'analysing',
  'optimising',
  'planning',
  'governing',
  'awaitingApproval',
  'selling',
  'buying',
  'settling',
  'unwinding',
] as const
const PERMISSIONS = ['active', 'reducing', 'paused', 'halted'] as const

/**
 * Turns durable steps into measurements; a gauge is set when what it shows may have changed. Exact money stays in the journal; gauges are doubles. A process starts without
 * gauges: a portfolio's first step shows its state, even one entered under an earlier process; the time of entry is then
 * the time of that step, since nothing in the state says since when it stands.
 */
export function measuring(metrics: Metrics): (staged: Staged) => void {
  const shown = new Set<PortfolioId>()
  const looks = new Map<PortfolioId, MarketView>()
  const breaches = measuringBreaches(metrics)
  return (staged) => {
    const { portfolio, entry, before, after } = staged
    const first = !shown.has(portfolio)
    measure(metrics, staged, first)
    breaches(staged, first)
    shown.add(portfolio)
    const viewed = 'view' in entry.event
    if (viewed) looks.set(portfolio, entry.event.view)
    const { memory, policy, run, book, effective } = after.context
    const look = looks.get(portfolio) ?? run?.view
    if (look === undefined) return
    if (viewed || book !== before?.context.book || effective !== before.context.effective)
      metrics.gauge('ballast_needs_adjustment', unusable(after.context, look).length, { portfolio })
    if (first || viewed || memory !== before?.context.memory || policy !== before.context.policy)
      measureCalendar(metrics, portfolio, after.context, { ...look, at: entry.at })
  }
}

function measure(metrics: Metrics, staged: Staged, first: boolean): void {
  const { portfolio, entry, before, after } = staged
  metrics.count('ballast_journal_entries_total', { kind: entry.event.type })
  // Counted from 0, so that an alert sees the first refusal.
  if (first)
    for (const kind of UNCAPPED)
      metrics.count('ballast_triggers_blocked_total', { portfolio, kind, reason: 'refused' }, 0)
  measureState(metrics, staged, first)
  measureApproval(metrics, staged, first)
  measureRegime(metrics, staged, first)
  measureDrawdown(metrics, staged, first)
  measureVolatility(metrics, staged, first)
  const { book, run, memory } = after.context
  if (first || book !== before?.context.book) measureBook(metrics, portfolio, book)
  if (entry.event.type === 'marked') measureDrift(metrics, portfolio, entry.event.view, after.context)
  if (memory.cooldownUntil !== null && (first || memory !== before?.context.memory))
    metrics.gauge('ballast_cooldown_until_timestamp_seconds', Date.parse(`${memory.cooldownUntil}T00:00:00Z`) / 1000, {
      portfolio,
    })
  if (entry.event.type === 'filled')
    metrics.count('ballast_fills_total', { portfolio, side: entry.event.execution.side })
  if (entry.event.type === 'busted') metrics.count('ballast_busts_total', { portfolio })
  if (run === null) return
  if (first || run.orders !== before?.context.run?.orders) measureOrders(metrics, staged, run)
  const ended = FINAL_RUN.has(run.status) && before?.context.run?.status !== run.status
  if (ended) measureRun(metrics, staged, run)
}

/** When the calendar calls for a run next: where only sessions seen count, from the beginning of the day in UTC. */
function measureCalendar(metrics: Metrics, portfolio: string, { policy, memory }: PortfolioState, look: Look): void {
  const next = nextRun(policy.triggers.calendar, memory, look)
  const run = next.ok ? next.value : null
  const at = run === null ? 0 : (run.at ?? Date.parse(`${run.session}T00:00:00Z`))
  metrics.gauge('ballast_calendar_next_due_timestamp_seconds', at / 1000, { portfolio })
}

function measureBook(metrics: Metrics, portfolio: PortfolioId, book: Book): void {
  metrics.gauge('ballast_equity', book.nav.equity.toNumber(), { portfolio })
  metrics.gauge('ballast_cash', cashOf(book).toNumber(), { portfolio })
}

function measureState(metrics: Metrics, { portfolio, entry, before, after }: Staged, first: boolean): void {
  const now = leaf(after.value)
  if (first || before === null || leaf(before.value) !== now) {
    for (const state of STATES) metrics.gauge('ballast_portfolio_state', state === now ? 1 : 0, { portfolio, state })
    metrics.gauge('ballast_portfolio_state_entered_timestamp_seconds', entry.at / 1000, { portfolio })
  }
  if (first || before?.value.ownership !== after.value.ownership)
    metrics.gauge('ballast_portfolio_ready', after.value.ownership === 'ready' ? 1 : 0, { portfolio })
  const restraints = listedRestraints(after.context.restraints)
  if (!first && before?.value.permission === after.value.permission && entry.event.type !== 'restrained') return
  const { trading } = standingOf(after.value.permission, after.context)
  for (const state of PERMISSIONS)
    metrics.gauge('ballast_trading_state', state === trading ? 1 : 0, { portfolio, state })
  metrics.gauge('ballast_restraints', restraints.filter(({ scope }) => scope.kind === 'firm').length, {
    portfolio,
    scope: 'firm',
  })
  metrics.gauge('ballast_restraints', restraints.filter(({ scope }) => scope.kind === 'instrument').length, {
    portfolio,
    scope: 'instrument',
  })
}

/** Since when a plan waits for people, and what becomes of it. */
function measureApproval(
  metrics: Metrics,
  { portfolio, entry: { event }, before, after }: Staged,
  first: boolean,
): void {
  const now = after.context.run
  const earlier = before?.context.run ?? null
  const waits = now?.status === 'AWAITING_APPROVAL'
  const waited = earlier?.status === 'AWAITING_APPROVAL'
  if (first || waits !== waited) {
    const since = waits ? (now.approval?.since ?? 0) / 1000 : 0
    metrics.gauge('ballast_approval_pending_since_timestamp_seconds', since, { portfolio })
  }
  const taken = (now?.approval?.decisions.length ?? 0) > (earlier?.approval?.decisions.length ?? 0)
  if (event.type === 'decided' && taken)
    metrics.count('ballast_approval_decisions_total', { portfolio, decision: event.verdict })
  if (event.type === 'timedOut' && waited && !waits)
    metrics.count('ballast_approval_decisions_total', { portfolio, decision: 'expire' })
}

function measureOrders(metrics: Metrics, { portfolio, entry, before, after }: Staged, run: Run): void {
  let unknown = 0
  let open = 0
  for (const order of Object.values(run.orders)) {
    const earlier = before?.context.run?.orders[order.id]
    if (earlier?.status !== order.status && order.closedAt !== null) {
      metrics.count('ballast_orders_total', { portfolio, side: order.body.side, status: order.status })
      measureFill(metrics, after.context.policy.universe, portfolio, order)
    }
    if (earlier?.status === 'submitting' && order.status === 'accepted')
      metrics.observe('ballast_order_ack_duration_seconds', (entry.at - order.intendedAt) / 1000)
    if (order.status === 'unknown') unknown += 1
    else if (order.closedAt === null) open += 1
  }
  metrics.gauge('ballast_orders_open', unknown, { portfolio, status: 'unknown' })
  metrics.gauge('ballast_orders_open', open, { portfolio, status: 'open' })
}

function measureFill(
  metrics: Metrics,
  universe: Staged['after']['context']['policy']['universe'],
  portfolio: string,
  order: Order,
): void {
  const spec = universe.find((row) => row.id === order.body.instrument)
  if (spec === undefined || order.cumulative.isZero()) return
  metrics.observe('ballast_slippage_ratio', slippageBps(order, multiplierOf(spec)) / 1e4, { portfolio })
}

/** Drift at a session's close, against the band that would trigger. */
function measureDrift(metrics: Metrics, portfolio: string, view: MarketView, state: PortfolioState): void {
  const { drift } = state.policy.triggers
  if (drift === null || state.effective === null) return
  const valued = valuation(state.book, view, specsOf(state.policy.universe))
  const { rows, largest } = analyseDrift(valued, state.effective, drift)
  const relative = rows.filter((row) => row.kind === 'relative').map((row) => row.gap)
  metrics.gauge('ballast_drift_ratio', largest, { portfolio, kind: 'absolute' })
  metrics.gauge('ballast_drift_ratio', Math.max(0, ...relative), { portfolio, kind: 'relative' })
  metrics.gauge('ballast_drift_band_ratio', drift.band, { portfolio, kind: drift.type })
}

function measureRun(metrics: Metrics, { portfolio, entry }: Staged, run: Run): void {
  metrics.count('ballast_runs_total', { portfolio, trigger: run.trigger.kind, outcome: run.status.toLowerCase() })
  metrics.count('ballast_runs_by_type_total', { portfolio, type: run.type })
  if (run.status === 'CANCELLED' && unpaid(run) === run.outcome)
    metrics.count('ballast_runs_unpaid_total', { portfolio })
  if (run.status.startsWith('COMPLETED'))
    metrics.gauge('ballast_last_commit_timestamp_seconds', entry.at / 1000, { portfolio })
  if (run.plan !== null) {
    metrics.gauge('ballast_turnover_ratio', run.plan.turnover, { portfolio })
    const error = run.realisedCost.minus(run.plan.cost.total).abs().div(run.plan.equity).toNumber()
    metrics.observe('ballast_cost_abs_error_ratio', error, { portfolio })
    for (const leg of run.plan.legs) {
      const kept = run.approved.find((row) => row.id === leg.id)
      const result = kept === undefined ? 'blocked' : kept.quantity.eq(leg.quantity) ? 'passed' : 'resized'
      metrics.count('ballast_governance_trades_total', { portfolio, result })
    }
  }
  for (const { rule, verdict } of run.judgements)
    metrics.count('ballast_governance_evaluations_total', { rule, verdict })
  if (run.answer?.kind === 'targets' && run.answer.riskAfter !== null) {
    const level = String(Math.round(run.answer.evidence.confidence * 100))
    metrics.gauge('ballast_cvar_ratio', run.answer.riskAfter.cvar, { portfolio, level })
    metrics.gauge('ballast_var_ratio', run.answer.riskAfter.var, { portfolio, level })
  }
}
