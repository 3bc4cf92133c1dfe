import { breaches } from './breaches.js'
import { candidates } from './candidates.js'
import type { Page, Row } from './page.js'
import { number, series, tally } from './panels.js'
import { ofInstance, ofPortfolio, perSecond, perStep, quantiles } from './query.js'

const EXEC = 'class="exec"'
const requests = (part: string, more = ''): string => ofInstance(`ballast_nats_request_duration_seconds_${part}`, more)
const share = `sum by (portfolio) (${ofPortfolio('ballast_governance_trades_total', 'result="blocked"')}) / clamp_min(sum by (portfolio) (${ofPortfolio('ballast_governance_trades_total')}), 1)`

const orders: Row = {
  title: 'Orders and fills',
  panels: [
    number({
      title: 'Unknown orders',
      description:
        'Orders sent of which nobody has said what became of them. More than none for 2 minutes pages: BallastOrderUnknown. Never send one again by hand.',
      queries: [{ expr: ofPortfolio('ballast_orders_open', 'status="unknown"'), legend: '{{portfolio}}' }],
      unit: 'none',
      decimals: 0,
      width: 8,
      height: 8,
      absent: 'no run yet',
      steps: [
        { from: null, color: 'green' },
        { from: 1, color: 'red' },
      ],
    }),
    series(
      {
        title: 'Open orders',
        description: 'Orders that may still trade: open as the venue says, or unknown.',
        queries: [
          {
            expr: `sum by (portfolio, status) (${ofPortfolio('ballast_orders_open')})`,
            legend: '{{portfolio}} {{status}}',
          },
        ],
        unit: 'none',
        decimals: 0,
        width: 16,
        absent: 'no run yet',
      },
      { min: 0 },
    ),
    series(
      {
        title: 'Closed orders',
        description: 'Orders that came to their end, by last status and side.',
        queries: [
          {
            expr: `sum by (status, side) (${perStep(ofPortfolio('ballast_orders_total'))})`,
            legend: '{{side}} {{status}}',
          },
        ],
        unit: 'none',
        width: 8,
      },
      { bars: true, min: 0 },
    ),
    series(
      {
        title: 'Fills',
        description: 'Executions booked, by portfolio and side, and executions the venue took back.',
        queries: [
          {
            expr: `sum by (portfolio, side) (${perStep(ofPortfolio('ballast_fills_total'))})`,
            legend: '{{portfolio}} {{side}}',
          },
          {
            expr: `sum by (portfolio) (${perStep(ofPortfolio('ballast_busts_total'))})`,
            legend: '{{portfolio}} taken back',
          },
        ],
        unit: 'none',
        width: 8,
      },
      { bars: true, min: 0 },
    ),
    series(
      {
        title: 'Acknowledgement latency',
        description: 'From the decision to send an order until the venue has accepted it, both on disk.',
        queries: quantiles(ofInstance('ballast_order_ack_duration_seconds_bucket'), [0.5, 0.9, 0.99]),
        unit: 's',
        width: 8,
        absent: 'no orders',
      },
      { min: 0 },
    ),
  ],
}

const gateway: Row = {
  title: 'Gateway',
  panels: [
    series(
      {
        title: 'Requests to the gateway',
        description:
          'Requests a second by outcome. More timeouts and missing responders than answers page: BallastGatewaySilent.',
        queries: [{ expr: `sum by (outcome) (${perSecond(requests('count', EXEC))})`, legend: '{{outcome}}' }],
        unit: 'reqps',
        width: 12,
        absent: 'not over NATS',
      },
      { bars: true, min: 0 },
    ),
    series(
      {
        title: 'Gateway latency',
        description: 'From sending a request until its answer; requests without an answer are left out.',
        queries: quantiles(requests('bucket', `${EXEC}, outcome="ok"`), [0.5, 0.9, 0.99]),
        unit: 's',
        width: 12,
        absent: 'not over NATS',
      },
      { min: 0 },
    ),
  ],
}

const governance: Row = {
  title: 'Governance and reconciliation',
  panels: [
    tally({
      title: 'Judgements',
      description: 'Judgements by rule and verdict since the daemon started.',
      queries: [
        {
          expr: `sum by (rule, verdict) (${ofInstance('ballast_governance_evaluations_total')})`,
          legend: '{{rule}} {{verdict}}',
        },
      ],
      unit: 'none',
      decimals: 0,
      width: 8,
      absent: 'no run yet',
    }),
    series(
      {
        title: 'Proposed trades',
        description: 'Trades of finished runs by what governance made of them.',
        queries: [
          {
            expr: `sum by (result) (${perStep(ofPortfolio('ballast_governance_trades_total'))})`,
            legend: '{{result}}',
          },
        ],
        unit: 'none',
        width: 8,
      },
      { bars: true, min: 0 },
    ),
    number({
      title: 'Blocked share',
      description:
        'Share of the proposed trades that governance blocked since the daemon started. Above 1 % a limit and the optimiser disagree.',
      queries: [{ expr: share, legend: '{{portfolio}}' }],
      unit: 'percentunit',
      decimals: 2,
      width: 8,
      height: 8,
      steps: [
        { from: null, color: 'green' },
        { from: 0.01, color: 'yellow' },
        { from: 0.05, color: 'red' },
      ],
    }),
    breaches,
    series(
      {
        title: 'Turnover',
        description: 'One-way turnover of the last run, as a share of equity.',
        queries: [{ expr: ofPortfolio('ballast_turnover_ratio'), legend: '{{portfolio}}' }],
        unit: 'percentunit',
        width: 12,
        absent: 'no run yet',
      },
      { min: 0 },
    ),
    series(
      {
        title: 'Reconcile breaks',
        description:
          'Differences between the books and the gateway at the last comparison, by kind. One that lasts halts its portfolio.',
        queries: [{ expr: ofPortfolio('ballast_reconcile_breaks'), legend: '{{portfolio}} {{kind}}' }],
        unit: 'none',
        absent: 'never compared',
        decimals: 0,
        width: 12,
        steps: [
          { from: null, color: 'green' },
          { from: 1, color: 'red' },
        ],
      },
      { min: 0 },
    ),
    series(
      {
        title: 'Time since last comparison',
        description:
          'Time since books and gateway were last compared to the end, once a minute by itself. It grows while the gateway does not answer.',
        queries: [
          { expr: `time() - ${ofPortfolio('ballast_reconcile_last_timestamp_seconds')}`, legend: '{{portfolio}}' },
        ],
        unit: 's',
        absent: 'never compared',
        decimals: 0,
        width: 12,
        steps: [
          { from: null, color: 'green' },
          { from: 300, color: 'yellow' },
        ],
      },
      { min: 0 },
    ),
  ],
}

const messages: Row = {
  title: 'Messages',
  panels: [
    series(
      {
        title: 'Messages',
        description: 'Messages a second over NATS, by class and direction.',
        queries: [
          {
            expr: `sum by (class, direction) (${perSecond(ofInstance('ballast_nats_messages_total'))})`,
            legend: '{{class}} {{direction}}',
          },
        ],
        unit: 'suffix: msg/s',
        width: 12,
      },
      { min: 0 },
    ),
    series(
      {
        title: 'Invalid messages',
        description: 'Messages that failed their schema, by class: a sender of another version, or a stranger.',
        queries: [
          {
            expr: `sum by (class) (${perStep(ofInstance('ballast_nats_invalid_messages_total'))})`,
            legend: '{{class}}',
          },
        ],
        unit: 'none',
        width: 12,
      },
      { bars: true, min: 0 },
    ),
  ],
}

/** What became of orders, and of every question to the gateway. */
export const execution: Page = {
  name: 'execution',
  title: 'Ballast / Execution',
  description: 'Orders, fills, the gateway, governance, candidates and messages.',
  rows: [orders, gateway, governance, candidates, messages],
}
