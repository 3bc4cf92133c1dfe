import { labels } from '#adapters/metrics/labels.js'
import { engineRow } from './engine.js'
import { lossesRow } from './losses.js'
import type { Page, Row } from './page.js'
import { type Naming, number, type Panel, series, tally, timeline } from './panels.js'
import { processRow } from './process.js'
import { indexOfState, inRange, ofInstance, ofPortfolio, perStep } from './query.js'
import { regimeRow } from './regime.js'

const STATE_COLORS = [
  'green',
  'super-light-blue',
  'light-blue',
  'blue',
  'dark-blue',
  'dark-yellow',
  'orange',
  'yellow',
  'purple',
  'red',
]
const PERMISSION_COLORS = ['green', 'yellow', 'blue', 'red']

/** Names of the numbers that `indexOfState` gives. */
const naming = (states: readonly string[], colors: readonly string[]): readonly Naming[] =>
  states.map((name, index) => ({ value: index + 1, name, color: colors[index] ?? 'text' }))

const yesNo = (yes: string, no: string): readonly Naming[] => [
  { value: 1, name: yes, color: 'green' },
  { value: 0, name: no, color: 'red' },
]

const now: readonly Panel[] = [
  number(
    {
      title: 'Daemon',
      description: 'Whether Prometheus could read /metrics at its last attempt. Down for a minute pages: BallastDown.',
      queries: [{ expr: 'up{job="ballast", instance=~"$instance"}', legend: '{{instance}}' }],
      unit: 'none',
      width: 4,
      absent: 'not scraped',
    },
    { names: yesNo('up', 'down') },
  ),
  number(
    {
      title: 'Ready',
      description:
        'Whether each portfolio has been reconciled with its gateway since the daemon started. No run begins before.',
      queries: [{ expr: ofPortfolio('ballast_portfolio_ready'), legend: '{{portfolio}}' }],
      unit: 'none',
      width: 8,
    },
    { names: yesNo('ready', 'recovering') },
  ),
  number(
    {
      title: 'NATS',
      description:
        'Whether the daemon is connected to NATS. A daemon that replays prices in one process has no connection.',
      queries: [{ expr: ofInstance('ballast_nats_connected'), legend: '{{instance}}' }],
      unit: 'none',
      width: 4,
      absent: 'not used',
    },
    { names: yesNo('connected', 'lost') },
  ),
  number({
    title: 'Market data age',
    description:
      'Time since the feed was last heard, heartbeats included. A replay of recorded prices shows how long ago those were.',
    queries: [{ expr: `time() - ${ofInstance('ballast_market_data_last_timestamp_seconds')}`, legend: '{{feed}}' }],
    unit: 's',
    decimals: 0,
    width: 4,
    absent: 'not heard yet',
    steps: [
      { from: null, color: 'green' },
      { from: 60, color: 'yellow' },
      { from: 120, color: 'red' },
    ],
  }),
  number(
    {
      title: 'Version',
      description: 'Version, commit and optimiser backend of the running daemon.',
      queries: [{ expr: ofInstance('ballast_build_info'), legend: '{{version}} {{commit}} {{native_backend}}' }],
      unit: 'none',
      width: 4,
    },
    { label: true },
  ),
]

const lifecycle: readonly Panel[] = [
  timeline(
    {
      title: 'State',
      description:
        'What each portfolio is doing: watching, or the phase of its run. Sampled at each scrape, so a phase shorter than that may not show.',
      queries: [{ expr: indexOfState('ballast_portfolio_state', labels.state), legend: '{{portfolio}}' }],
      unit: 'none',
      width: 24,
    },
    naming(labels.state, STATE_COLORS),
  ),
  timeline(
    {
      title: 'Trading permission',
      description:
        'Active; reducing: sells only; paused: no new runs; halted: only cancels pass. Halted may be the operator or the daemon itself: the journal says who and why.',
      queries: [{ expr: indexOfState('ballast_trading_state', labels.permission), legend: '{{portfolio}}' }],
      unit: 'none',
      width: 24,
    },
    naming(labels.permission, PERMISSION_COLORS),
  ),
  number({
    title: 'Needs adjustment',
    description:
      'Instruments held or wanted without a price for a week: no run begins by itself until targets or books are changed.',
    queries: [{ expr: ofPortfolio('ballast_needs_adjustment'), legend: '{{portfolio}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
    absent: 'none',
  }),
  number({
    title: 'Kill switch',
    description: 'Restraints beside the permission: on everything firm-wide, or on single names. 0 is none.',
    queries: [{ expr: ofPortfolio('ballast_restraints'), legend: '{{portfolio}} {{scope}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
    absent: 'none',
  }),
  number(
    {
      title: 'Kill file',
      description: 'Whether the kill file is there, or cannot be looked for. Everything is halted then.',
      queries: [{ expr: ofInstance('ballast_kill_file'), legend: '{{instance}}' }],
      unit: 'none',
      width: 8,
    },
    {
      names: [
        { value: 0, name: 'absent', color: 'green' },
        { value: 1, name: 'there', color: 'red' },
      ],
    },
  ),
  number({
    title: 'Time in this state',
    description:
      'Time since the portfolio entered its state. Long is normal while watching; a run in one phase for 45 minutes pages: BallastRunStuck.',
    queries: [
      { expr: `time() - ${ofPortfolio('ballast_portfolio_state_entered_timestamp_seconds')}`, legend: '{{portfolio}}' },
    ],
    unit: 's',
    decimals: 0,
    width: 8,
  }),
  number({
    title: 'Approval waits',
    description:
      'How long a plan has waited for people; 0 while none does. Ten minutes warn: BallastApprovalWaiting. It expires by itself.',
    queries: [
      {
        expr: `(time() - ${ofPortfolio('ballast_approval_pending_since_timestamp_seconds')}) * (${ofPortfolio('ballast_approval_pending_since_timestamp_seconds')} > bool 0)`,
        legend: '{{portfolio}}',
      },
    ],
    unit: 's',
    decimals: 0,
    width: 8,
    absent: 'none',
    steps: [
      { from: null, color: 'green' },
      { from: 1, color: 'yellow' },
      { from: 600, color: 'orange' },
    ],
  }),
  number({
    title: 'Time since last commit',
    description: 'Time since the last run that was committed. Empty until a portfolio has committed one.',
    queries: [{ expr: `time() - ${ofPortfolio('ballast_last_commit_timestamp_seconds')}`, legend: '{{portfolio}}' }],
    unit: 's',
    decimals: 0,
    width: 8,
    absent: 'none yet',
  }),
  number({
    title: 'Cooldown left',
    description: 'Time in which drift and calendar do not fire because a run was committed; 0 when it is over.',
    queries: [
      {
        expr: `clamp_min(${ofPortfolio('ballast_cooldown_until_timestamp_seconds')} - time(), 0)`,
        legend: '{{portfolio}}',
      },
    ],
    unit: 's',
    decimals: 0,
    width: 8,
    absent: 'none',
  }),
  number({
    title: 'Calendar due in',
    description:
      'Time until the calendar calls for a run, the cooldown included; below 0 it is overdue. Empty without a calendar, or past its end.',
    queries: [
      {
        expr: `${ofPortfolio('ballast_calendar_next_due_timestamp_seconds')} - time() and ${ofPortfolio('ballast_calendar_next_due_timestamp_seconds')} > 0`,
        legend: '{{portfolio}}',
      },
    ],
    unit: 's',
    decimals: 0,
    width: 8,
    absent: 'none',
  }),
]

const runs: readonly Panel[] = [
  tally({
    title: 'Runs by outcome',
    description: 'Finished runs in the time range. Failed and rolled back page: BallastRunFailed.',
    queries: [{ expr: inRange(ofPortfolio('ballast_runs_total'), 'outcome'), legend: '{{outcome}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
  }),
  tally({
    title: 'Runs by trigger',
    description: 'Finished runs in the time range, by what started them.',
    queries: [{ expr: inRange(ofPortfolio('ballast_runs_total'), 'trigger'), legend: '{{trigger}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
  }),
  tally({
    title: 'Runs by type',
    description: 'Finished runs in the time range: full ones, and those that invest, withdraw or liquidate.',
    queries: [{ expr: inRange(ofPortfolio('ballast_runs_by_type_total'), 'type'), legend: '{{type}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
  }),
  tally({
    title: 'Decisions on plans',
    description: 'What people said of plans that waited in the time range, and plans that nobody approved in time.',
    queries: [{ expr: inRange(ofPortfolio('ballast_approval_decisions_total'), 'decision'), legend: '{{decision}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
  }),
  series(
    {
      title: 'Triggers held back',
      description:
        'Triggers that were due and did not start a run, by reason. Cooldown is as configured; stale prices and no equity want a look.',
      queries: [
        {
          expr: `sum by (reason) (${perStep(ofPortfolio('ballast_triggers_blocked_total'))})`,
          legend: '{{reason}}',
        },
      ],
      unit: 'none',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
  series(
    {
      title: 'Configuration read again',
      description:
        'Reloads by what came of them. A refused one leaves the running configuration in force; the log says why.',
      queries: [
        {
          expr: `sum by (outcome) (${perStep(ofInstance('ballast_config_reloads_total'))})`,
          legend: '{{outcome}}',
        },
      ],
      unit: 'none',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
  series(
    {
      title: 'Interrupted runs',
      description:
        'Runs found under way at a start: resumed, holding for fresh prices, or unwound because prices left the collar. The journal says why.',
      queries: [
        {
          expr: `sum by (decision) (${perStep(ofInstance('ballast_recoveries_total'))})`,
          legend: '{{decision}}',
        },
      ],
      unit: 'none',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
]

const money: readonly Panel[] = [
  series({
    title: 'Return of the session',
    description:
      'Against the last close, deposits and withdrawals aside. A loss of 3 % is told, one of 5 % halts (trips.daily_loss).',
    queries: [{ expr: ofPortfolio('ballast_session_return_ratio'), legend: '{{portfolio}}' }],
    unit: 'percentunit',
    width: 16,
    absent: 'no session closed yet',
  }),
  tally({
    title: 'Halts by rule',
    description: 'Portfolios halted by a trip in the time range: unknown orders, failed runs, daily loss.',
    queries: [{ expr: inRange(ofInstance('ballast_trips_total'), 'rule'), legend: '{{rule}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
  }),
  series({
    title: 'Equity',
    description: 'Net liquidation value in account currency. Gauges are doubles: exact money is in the journal.',
    queries: [{ expr: ofPortfolio('ballast_equity'), legend: '{{portfolio}}' }],
    unit: 'locale',
    width: 8,
  }),
  series({
    title: 'Cash',
    description: 'Posted cash in account currency, money promised to open orders included.',
    queries: [{ expr: ofPortfolio('ballast_cash'), legend: '{{portfolio}}' }],
    unit: 'locale',
    width: 8,
  }),
  series(
    {
      title: 'Drawdown',
      description: 'How far equity is below its high-water mark.',
      queries: [{ expr: ofPortfolio('ballast_drawdown_ratio'), legend: '{{portfolio}}' }],
      unit: 'percentunit',
      width: 8,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Drift against band',
      description:
        'Largest drift from target at the last session close, with the band at which it triggers, both as configured: of equity (absolute) or of the target (relative). Portfolios without a drift band are not shown.',
      queries: [
        {
          expr: `${ofPortfolio('ballast_drift_ratio')} and on (instance, portfolio, kind) ${ofPortfolio('ballast_drift_band_ratio')}`,
          legend: '{{portfolio}} drift ({{kind}})',
        },
        { expr: ofPortfolio('ballast_drift_band_ratio'), legend: '{{portfolio}} band ({{kind}})' },
      ],
      unit: 'percentunit',
      width: 12,
      absent: 'no drift band',
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Risk of the targets',
      description: 'CVaR and VaR of the target weights over the scenarios of the last run, as a loss per bar.',
      queries: [
        { expr: ofPortfolio('ballast_cvar_ratio'), legend: '{{portfolio}} CVaR {{level}} %' },
        { expr: ofPortfolio('ballast_var_ratio'), legend: '{{portfolio}} VaR {{level}} %' },
      ],
      unit: 'percentunit',
      width: 12,
      absent: 'no optimised run yet',
    },
    {},
  ),
]

const rows: readonly Row[] = [
  { title: 'Now', panels: now },
  { title: 'Portfolios', panels: lifecycle },
  { title: 'Runs', panels: runs },
  { title: 'Money and risk', panels: money },
  regimeRow,
  lossesRow,
  engineRow,
  processRow,
]

/** What the portfolios are doing and whether the daemon is well: the page that most alerts open. */
export const overview: Page = {
  name: 'overview',
  title: 'Ballast / Overview',
  description: 'State, permission, money, runs and health of every portfolio and its daemon.',
  rows,
}
