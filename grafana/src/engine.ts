import type { Row } from './page.js'
import { type Panel, series, tally } from './panels.js'
import { inRange, ofInstance, ofPortfolio, perStep, quantiles } from './query.js'

const panels: readonly Panel[] = [
  tally({
    title: 'Optimiser answers',
    description:
      'Optimiser calls in the time range by status. After infeasible, limits are relaxed in the policy’s order before earlier targets stay in force. Answers that were not worth the cost of trading are counted by portfolio.',
    queries: [
      { expr: inRange(ofPortfolio('ballast_optimise_total'), 'status'), legend: '{{status}}' },
      {
        expr: inRange(ofPortfolio('ballast_runs_unpaid_total'), 'portfolio'),
        legend: '{{portfolio}}, not worth its cost',
      },
    ],
    unit: 'none',
    decimals: 0,
    width: 8,
  }),
  series(
    {
      title: 'Solve time',
      description: 'Wall time of a solve in the native optimiser, failed ones left out.',
      queries: quantiles(ofInstance('ballast_optimise_duration_seconds_bucket'), [0.5, 0.9, 0.99], 'backend'),
      unit: 's',
      width: 8,
      absent: 'no solve',
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Journal commit latency',
      description: 'From the start of a transaction until it is on disk. Every step of every portfolio waits for it.',
      queries: quantiles(ofInstance('ballast_journal_commit_duration_seconds_bucket'), [0.5, 0.99]),
      unit: 's',
      width: 8,
      steps: [
        { from: null, color: 'green' },
        { from: 0.1, color: 'red' },
      ],
    },
    { min: 0 },
  ),
  series(
    {
      title: 'NATS reconnects',
      description: 'Times the connection to NATS came back. Each is a gap in which no order could be sent.',
      queries: [{ expr: perStep(ofInstance('ballast_nats_reconnects_total')), legend: '{{instance}}' }],
      unit: 'none',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
  series(
    {
      title: 'Prices not usable',
      description: 'Prices of the feed that were dropped, by reason.',
      queries: [
        {
          expr: `sum by (reason) (${perStep(ofInstance('ballast_market_data_dropped_total'))})`,
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
      title: 'Solver process lost',
      description:
        "Ends of the solver's child process that nobody asked for. A solve is tried once more; a second loss leaves the previous targets in force.",
      queries: [
        { expr: `sum by (why) (${perStep(ofInstance('ballast_solver_process_ended_total'))})`, legend: '{{why}}' },
      ],
      unit: 'none',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
  series(
    {
      title: 'Optimality gap',
      description:
        'Relative gap of the last accepted solve, in basis points of the objective. The certificate checks it again.',
      queries: [{ expr: `${ofPortfolio('ballast_optimise_gap_ratio')} * 1e4`, legend: '{{portfolio}}' }],
      unit: 'suffix: bp',
      width: 8,
      absent: 'no solve yet',
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Pulse time',
      description: 'Time of one look for due triggers over all portfolios. Nothing else is decided meanwhile.',
      queries: quantiles(ofInstance('ballast_pulse_duration_seconds_bucket'), [0.5, 0.99]),
      unit: 's',
      width: 8,
      steps: [
        { from: null, color: 'green' },
        { from: 0.5, color: 'red' },
      ],
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Portfolios looked at',
      description:
        'By way: screened are known to have nothing due, asked are valued exactly. Many asked at each pulse cost time: bands about to be breached, a blocked trigger, a price that may not be used.',
      queries: [{ expr: `sum by (way) (${perStep(ofInstance('ballast_pulse_portfolios_total'))})`, legend: '{{way}}' }],
      unit: 'none',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
]

/** What runs rest on: answers of the optimiser, the disk, the connections. */
export const engineRow: Row = { title: 'Optimiser, journal and connections', panels }
