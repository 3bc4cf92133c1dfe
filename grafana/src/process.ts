import type { Row } from './page.js'
import { number, series, tally } from './panels.js'
import { inRange, ofInstance, ofPortfolio, perSecond, perStep, quantiles } from './query.js'

const journal = [
  series(
    {
      title: 'Journal entries',
      description: 'Entries written a second, by kind.',
      queries: [
        {
          expr: `sum by (kind) (${perSecond(ofInstance('ballast_journal_entries_total'))})`,
          legend: '{{kind}}',
        },
      ],
      unit: 'suffix: entries/s',
      width: 8,
    },
    { bars: true, min: 0 },
  ),
  tally({
    title: 'Hash chain checks',
    description: 'Chains checked in the time range. One that failed pages: BallastJournalVerifyFailed.',
    queries: [{ expr: inRange(ofInstance('ballast_journal_verify_total'), 'outcome'), legend: '{{outcome}}' }],
    unit: 'none',
    decimals: 0,
    width: 4,
  }),
  number({
    title: 'Recovery time',
    description: 'From start until all portfolios were restored from the journal, mean over the starts seen.',
    queries: [
      {
        expr: `${ofInstance('ballast_recovery_duration_seconds_sum')} / ${ofInstance('ballast_recovery_duration_seconds_count')}`,
        legend: '{{instance}}',
      },
    ],
    unit: 's',
    width: 4,
    height: 8,
  }),
  series(
    {
      title: 'Journal size and free disk',
      description:
        'Bytes used by the journal file and free on its file system. No new run begins below the configured floor.',
      queries: [
        { expr: ofInstance('ballast_journal_used_bytes'), legend: 'used {{instance}}' },
        { expr: ofInstance('ballast_journal_disk_free_bytes'), legend: 'free {{instance}}' },
      ],
      unit: 'bytes',
      width: 8,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Events waiting and shed',
      description:
        'Events that wait to be written, and events that gave way: new runs first, never fills, cancels or halts.',
      queries: [
        { expr: ofInstance('ballast_events_waiting'), legend: 'waiting {{instance}}' },
        { expr: `sum by (kind) (${perStep(ofInstance('ballast_events_shed_total'))})`, legend: 'shed {{kind}}' },
      ],
      unit: 'none',
      width: 8,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Clock skew',
      description:
        "How far the machine's clock and the feed's are ahead of the daemon's time. Beyond max_clock_skew no new run begins.",
      queries: [{ expr: ofInstance('ballast_clock_skew_seconds'), legend: '{{source}} {{instance}}' }],
      unit: 's',
      width: 8,
      absent: 'not over NATS',
    },
    {},
  ),
  series(
    {
      title: 'Solver iterations',
      description: 'Iterations of a solve.',
      queries: quantiles(ofInstance('ballast_optimise_iterations_bucket'), [0.5, 0.99], 'backend'),
      unit: 'none',
      width: 8,
      absent: 'no solve',
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Scenarios',
      description: 'Scenarios used by the last solve. Fewer than configured means that history is short.',
      queries: [{ expr: ofPortfolio('ballast_scenarios'), legend: '{{portfolio}}' }],
      unit: 'none',
      decimals: 0,
      width: 8,
      absent: 'no solve yet',
    },
    { min: 0 },
  ),
  number({
    title: 'Measurements dropped',
    description:
      'Measurements the daemon refused because of an unknown name or label. More than none is a bug: the log names them.',
    queries: [{ expr: ofInstance('ballast_metrics_dropped_total'), legend: '{{instance}}' }],
    unit: 'none',
    decimals: 0,
    width: 8,
    height: 8,
    steps: [
      { from: null, color: 'green' },
      { from: 1, color: 'red' },
    ],
  }),
]

const machine = [
  number({
    title: 'Running for',
    description: 'Time since the process started.',
    queries: [{ expr: `time() - ${ofInstance('process_start_time_seconds')}`, legend: '{{instance}}' }],
    unit: 's',
    decimals: 0,
    width: 4,
    height: 8,
  }),
  series(
    {
      title: 'Processor',
      description: 'Processor time a second; 100 % is one core. Solves run beside the event loop and count as well.',
      queries: [{ expr: perSecond(ofInstance('process_cpu_seconds_total')), legend: '{{instance}}' }],
      unit: 'percentunit',
      width: 10,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Memory',
      description: 'Resident memory of the process, and the used part of the JavaScript heap.',
      queries: [
        { expr: ofInstance('process_resident_memory_bytes'), legend: 'resident {{instance}}' },
        { expr: ofInstance('nodejs_heap_size_used_bytes'), legend: 'heap {{instance}}' },
      ],
      unit: 'bytes',
      width: 10,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Event loop lag',
      description: 'How late the event loop turns. Above a quarter of a second something blocks it.',
      queries: [
        { expr: ofInstance('nodejs_eventloop_lag_p50_seconds'), legend: 'p50 {{instance}}' },
        { expr: ofInstance('nodejs_eventloop_lag_p99_seconds'), legend: 'p99 {{instance}}' },
      ],
      unit: 's',
      width: 8,
      steps: [
        { from: null, color: 'green' },
        { from: 0.25, color: 'red' },
      ],
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Garbage collection',
      description: 'Share of time spent collecting garbage, by kind of collection.',
      queries: [
        {
          expr: `sum by (kind) (${perSecond(ofInstance('nodejs_gc_duration_seconds_sum'))})`,
          legend: '{{kind}}',
        },
      ],
      unit: 'percentunit',
      width: 8,
    },
    { min: 0 },
  ),
  series(
    {
      title: 'Open files',
      description: 'File descriptors in use, with the most the process may have.',
      queries: [
        { expr: ofInstance('process_open_fds'), legend: 'open {{instance}}' },
        { expr: ofInstance('process_max_fds'), legend: 'limit {{instance}}' },
      ],
      unit: 'none',
      decimals: 0,
      width: 8,
    },
    { min: 0 },
  ),
]

/** The process and its journal: closed until somebody looks for a cause. */
export const processRow: Row = { title: 'Process and journal', panels: [...journal, ...machine], collapsed: true }
