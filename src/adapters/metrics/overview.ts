import { labels } from './labels.js'
import { counter, gauge, type MetricSpec } from './spec.js'

const { portfolio } = labels
const byPortfolio = { portfolio } as const

/** Metrics of the overview: where the process and each portfolio stand. */
export const overview: readonly MetricSpec[] = [
  gauge(
    'overview',
    'ballast_build_info',
    { version: labels.build, commit: labels.build, native_backend: labels.build },
    'Build and native backend, always 1',
  ),
  gauge(
    'overview',
    'ballast_portfolio_state',
    { portfolio, state: labels.state },
    '1 for the current lifecycle state, else 0',
  ),
  gauge(
    'overview',
    'ballast_portfolio_state_entered_timestamp_seconds',
    byPortfolio,
    'Unix time the current state was entered',
  ),
  gauge(
    'overview',
    'ballast_trading_state',
    { portfolio, state: labels.permission },
    '1 for what trading is, the stricter of permission and firm-wide restraint, else 0',
  ),
  gauge('overview', 'ballast_restraints', { portfolio, scope: labels.restraintScope }, 'Restraints in force'),
  counter('overview', 'ballast_trips_total', { rule: labels.trip }, 'Halts by rule'),
  gauge('overview', 'ballast_session_return_ratio', byPortfolio, 'Return since the last close, flows aside'),
  gauge('overview', 'ballast_kill_file', {}, '1 while the kill file is there, or cannot be looked for'),
  counter(
    'overview',
    'ballast_runs_total',
    { portfolio, trigger: labels.trigger, outcome: labels.outcome },
    'Finished rebalance runs',
  ),
  gauge(
    'overview',
    'ballast_approval_pending_since_timestamp_seconds',
    byPortfolio,
    'Unix time since which a plan waits for people, 0 while none does',
  ),
  counter(
    'overview',
    'ballast_approval_decisions_total',
    { portfolio, decision: labels.approval },
    'What people said of plans that waited, and plans that nobody approved in time',
  ),
  counter('overview', 'ballast_runs_by_type_total', { portfolio, type: labels.runType }, 'Finished runs by purpose'),
  counter(
    'overview',
    'ballast_triggers_blocked_total',
    { portfolio, kind: labels.trigger, reason: labels.blockReason },
    'Triggers that were due and held back',
  ),
  gauge(
    'overview',
    'ballast_needs_adjustment',
    byPortfolio,
    'Instruments held or targeted that have stopped trading: 0 unless a person has to change targets or books',
  ),
  gauge(
    'overview',
    'ballast_clock_skew_seconds',
    { source: labels.clock },
    "How far another clock is ahead of the daemon's time",
  ),
  counter('overview', 'ballast_config_reloads_total', { outcome: labels.reload }, 'Readings of the configuration'),
  gauge(
    'overview',
    'ballast_portfolio_ready',
    byPortfolio,
    '1 once the portfolio has reconciled with its gateway, else 0',
  ),
  counter(
    'overview',
    'ballast_recoveries_total',
    { decision: labels.recovery },
    'Interrupted runs found at a take-over, by what became of them',
  ),
  gauge('overview', 'ballast_last_commit_timestamp_seconds', byPortfolio, 'Unix time of the last committed run'),
  gauge(
    'overview',
    'ballast_cooldown_until_timestamp_seconds',
    byPortfolio,
    'Unix time at which the cooldown ends, 0 before the first',
  ),
  gauge(
    'overview',
    'ballast_calendar_next_due_timestamp_seconds',
    byPortfolio,
    'Unix time from which the calendar calls for the next run, of the past when it is overdue, 0 if none',
  ),
]
