import type { OrderRow } from '#daemon/queries/orders.js'
import type { LegExplanation, Passage, RunExplanation } from '#domain/explain/explanation.js'
import { runText } from '#domain/explain/text.js'
import { amount, bps, percent } from '#domain/explain/words.js'
import type { Output } from './output.js'
import { type Column, passages, table } from './table.js'

/** A run in full: title, sentences, the table of its trades and the table of its orders. */
export function runReport(output: Output, run: RunExplanation): string {
  const blocks = runText(run).map(
    (block): Passage => (block.heading === 'Trades' ? { ...block, lines: block.lines.slice(0, 1) } : block),
  )
  return [
    runTitle(output, run),
    '',
    passages(
      output,
      blocks.filter(({ heading }) => heading !== 'Orders'),
    ),
    ...(run.legs.length === 0 ? [] : ['', legTable(output, run.legs, run.orders.length > 0)]),
    ...(run.orders.length === 0 ? [] : ['', orderTable(output, run.orders)]),
  ].join('\n')
}

/** `mean-cvar R-7  COMPLETED  session 2008-03-03  started 2008-03-03T21:00:00.000Z`. */
function runTitle(output: Output, run: Pick<RunExplanation, 'portfolio' | 'run' | 'status' | 'session' | 'startedAt'>) {
  const name = output.paint('strong', `${run.portfolio} ${run.run}`)
  return `${name}  ${toned(output, run.status)}  session ${run.session}  started ${output.time(run.startedAt)}`
}

/** A run's status in the colour of how it went. */
export function toned(output: Output, status: string): string {
  if (status === 'COMPLETED') return output.paint('good', status)
  return output.paint(status === 'FAILED' || status === 'ROLLED_BACK' ? 'bad' : 'warn', status)
}

/** Trades as approved; once orders were made also what was filled of them. */
function legTable(output: Output, legs: readonly LegExplanation[], ordered: boolean): string {
  const filled: readonly Column[] = ordered ? [['FILLED', 'r']] : []
  return table(
    output,
    [
      ['SYMBOL'],
      ['NOW', 'r'],
      ['TARGET', 'r'],
      ['APPROVED'],
      ...filled,
      ['PRICE', 'r'],
      ['VALUE', 'r'],
      ['EST COST', 'r'],
      ['CHANGED BY'],
    ],
    legs.map((leg) => {
      const size = leg.approved ?? leg.planned
      const verb = leg.side === 'sell' ? 'SELL' : 'BUY '
      return [
        leg.instrument,
        percent(leg.heldWeight),
        percent(leg.targetWeight),
        leg.approved === null ? `${verb} none` : `${verb} ${leg.approved.quantity}`,
        ...(ordered ? [leg.filled] : []),
        size?.price ?? '-',
        size === null ? '-' : amount(size.value),
        `${amount(leg.estimate.cost)}  ${leg.estimate.bps.toFixed(1)} bps`,
        leg.changedBy.map(({ rule, verdict }) => `${rule} ${verdict}`).join(', ') || '-',
      ]
    }),
    '',
  )
}

/** Orders with what the venue made of them. */
export function orderTable(output: Output, orders: readonly OrderRow[]): string {
  return table(
    output,
    [
      ['ORDER'],
      ['RUN'],
      ['SESSION'],
      ['SIDE'],
      ['SYMBOL'],
      ['QUANTITY', 'r'],
      ['FILLED', 'r'],
      ['LIMIT', 'r'],
      ['ARRIVAL', 'r'],
      ['AVERAGE', 'r'],
      ['SLIPPAGE', 'r'],
      ['FEES', 'r'],
      ['STATUS'],
    ],
    orders.map((order) => [
      order.order,
      order.run,
      order.session,
      order.side,
      order.instrument,
      order.quantity,
      order.fills.cumulative,
      order.limit,
      order.arrival,
      order.fills.averagePrice ?? '-',
      order.fills.averagePrice === null ? '-' : bps(order.fills.slippageBps),
      amount(order.fills.fees),
      order.reason === '' ? order.status : `${order.status}: ${order.reason}`,
    ]),
    'No orders.',
  )
}
