import { governance } from './governance.js'
import { labels } from './labels.js'
import { overview } from './overview.js'
import { counter, gauge, histogram, type MetricSpec } from './spec.js'

const { portfolio } = labels
const byPortfolio = { portfolio } as const

const drift: readonly MetricSpec[] = [
  gauge('drift', 'ballast_equity', byPortfolio, 'Net liquidation value in account currency'),
  gauge('drift', 'ballast_cash', byPortfolio, 'Posted cash in account currency'),
  gauge(
    'drift',
    'ballast_drift_ratio',
    { portfolio, kind: labels.driftKind },
    'Largest drift from target, absolute or relative as configured',
  ),
  gauge('drift', 'ballast_drift_band_ratio', { portfolio, kind: labels.driftKind }, 'Configured drift band'),
  histogram(
    'drift',
    'ballast_pulse_duration_seconds',
    {},
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    'One look for due triggers over all portfolios',
  ),
  counter(
    'drift',
    'ballast_pulse_portfolios_total',
    { way: labels.pulseWay },
    'Portfolios looked at: screened when it was known without exact valuation that nothing is due',
  ),
  gauge('drift', 'ballast_turnover_ratio', byPortfolio, 'One-way turnover of the last run'),
  counter(
    'drift',
    'ballast_shadow_runs_total',
    { portfolio, outcome: labels.shadowOutcome },
    'Runs of a candidate beside live ones: whether it would have done the same',
  ),
  gauge(
    'drift',
    'ballast_shadow_turnover_difference_ratio',
    byPortfolio,
    "One-way turnover of the candidate's last plan less that of the live one",
  ),
]

const optimiser: readonly MetricSpec[] = [
  counter(
    'optimiser',
    'ballast_optimise_total',
    { portfolio, backend: labels.backend, status: labels.solverStatus },
    'Optimiser calls by result',
  ),
  counter(
    'optimiser',
    'ballast_limits_conflict_total',
    { portfolio, rung: labels.rung },
    'Runs whose limits no portfolio meets together, by what was done about it',
  ),
  counter(
    'optimiser',
    'ballast_runs_unpaid_total',
    byPortfolio,
    'Runs cancelled because what they were to gain did not cover what they were to cost',
  ),
  histogram(
    'optimiser',
    'ballast_optimise_duration_seconds',
    { backend: labels.backend },
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    'Native solve wall time',
  ),
  histogram(
    'optimiser',
    'ballast_optimise_iterations',
    { backend: labels.backend },
    [10, 50, 100, 500, 1_000, 5_000, 20_000, 100_000],
    'Solver iterations',
  ),
  counter(
    'optimiser',
    'ballast_solver_process_ended_total',
    { why: labels.solverEnd },
    "Ends of the solver's child process that nobody asked for",
  ),
  gauge('optimiser', 'ballast_optimise_gap_ratio', byPortfolio, 'Relative optimality gap of the last accepted solve'),
  gauge('optimiser', 'ballast_scenarios', byPortfolio, 'Scenarios used by the last solve'),
]

const execution: readonly MetricSpec[] = [
  counter(
    'execution',
    'ballast_orders_total',
    { portfolio, side: labels.side, status: labels.closedStatus },
    'Closed orders by last status',
  ),
  gauge(
    'execution',
    'ballast_orders_open',
    { portfolio, status: labels.openStatus },
    'Orders not final; unknown: no answer from the venue yet',
  ),
  counter('execution', 'ballast_fills_total', { portfolio, side: labels.side }, 'Fills journaled'),
  counter('execution', 'ballast_busts_total', byPortfolio, 'Executions the venue took back'),
  histogram(
    'execution',
    'ballast_slippage_ratio',
    byPortfolio,
    [-0.002, -0.001, -0.0005, -0.0002, 0, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005],
    'Signed fill price against arrival, positive is cost',
  ),
  histogram(
    'execution',
    'ballast_cost_abs_error_ratio',
    byPortfolio,
    [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01],
    'Absolute estimated minus realised cost',
  ),
  histogram(
    'execution',
    'ballast_order_ack_duration_seconds',
    {},
    [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    'Order intent to gateway acknowledgement',
  ),
]

const risk: readonly MetricSpec[] = [
  gauge(
    'risk',
    'ballast_cvar_ratio',
    { portfolio, level: labels.level },
    'Conditional value at risk of the target weights, per bar, by confidence in percent',
  ),
  gauge(
    'risk',
    'ballast_var_ratio',
    { portfolio, level: labels.level },
    'Value at risk of the target weights, per bar, by confidence in percent',
  ),
]

const journal: readonly MetricSpec[] = [
  counter(
    'journal',
    'ballast_events_shed_total',
    { kind: labels.shed },
    'Events that gave way to an overload, to be asked for again later',
  ),
  gauge('journal', 'ballast_events_waiting', {}, 'Events that wait to be written'),
  histogram(
    'journal',
    'ballast_journal_commit_duration_seconds',
    {},
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    'Transaction start to durable',
  ),
  counter('journal', 'ballast_journal_entries_total', { kind: labels.entryKind }, 'Journal entries by kind'),
  counter('journal', 'ballast_journal_verify_total', { outcome: labels.verification }, 'Hash chain checks'),
  gauge('journal', 'ballast_journal_used_bytes', {}, 'Bytes used by the journal file'),
  gauge('journal', 'ballast_journal_disk_free_bytes', {}, "Free bytes on the journal's file system"),
  gauge(
    'journal',
    'ballast_reconcile_breaks',
    { portfolio, kind: labels.breakKind },
    'Differences against the gateway at the last comparison',
  ),
  gauge(
    'journal',
    'ballast_reconcile_last_timestamp_seconds',
    byPortfolio,
    'Unix time at which books and gateway were last compared to the end',
  ),
  histogram(
    'journal',
    'ballast_recovery_duration_seconds',
    {},
    [0.05, 0.1, 0.5, 1, 5, 15, 60],
    'Start to all portfolios restored',
  ),
]

const messaging: readonly MetricSpec[] = [
  gauge('messaging', 'ballast_nats_connected', {}, '1 while connected to NATS, else 0'),
  counter('messaging', 'ballast_nats_reconnects_total', {}, 'Times the connection to NATS came back'),
  histogram(
    'messaging',
    'ballast_nats_request_duration_seconds',
    { class: labels.traffic, outcome: labels.requestOutcome },
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    'Requests sent, from sending to the answer or to giving up',
  ),
  counter(
    'messaging',
    'ballast_nats_messages_total',
    { class: labels.traffic, direction: labels.direction },
    'Messages by class and direction',
  ),
  counter(
    'messaging',
    'ballast_nats_invalid_messages_total',
    { class: labels.traffic },
    'Messages that failed their schema',
  ),
  gauge(
    'messaging',
    'ballast_market_data_last_timestamp_seconds',
    { feed: labels.feed },
    'Unix time the feed was last heard, heartbeats included',
  ),
  counter(
    'messaging',
    'ballast_market_data_dropped_total',
    { reason: labels.dropReason },
    'Prices that were not usable, by reason',
  ),
  counter('messaging', 'ballast_metrics_dropped_total', {}, 'Measurements dropped for an unknown name or label'),
]

/** Every metric of the process besides the standard `process_*` and `nodejs_*` ones. */
export const catalog: readonly MetricSpec[] = [
  ...overview,
  ...drift,
  ...optimiser,
  ...governance,
  ...execution,
  ...risk,
  ...journal,
  ...messaging,
]
