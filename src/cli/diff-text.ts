import type { Change, OrderStand } from '#domain/portfolio/diff.js'
import type { Output } from './output.js'
import { table } from './table.js'

/** Changes between two versions, one a line: what, before, after. */
export const changesText = (output: Output, changes: readonly Change[]): string =>
  table(output, [['WHAT'], ['BEFORE', 'r'], ['AFTER', 'r']], changes.map(rowOf), 'Nothing differs.')

function rowOf(change: Change): string[] {
  switch (change.kind) {
    case 'permission':
    case 'lifecycle':
      return [change.kind, change.before, change.after]
    case 'cash':
      return [`cash ${change.part}`, change.before.toFixed(2), change.after.toFixed(2)]
    case 'position':
      return [`position ${change.instrument}`, change.before.toFixed(), change.after.toFixed()]
    case 'reservation':
      return [`reserved for ${change.orderId}`, change.before?.toFixed(2) ?? '-', change.after?.toFixed(2) ?? '-']
    case 'order':
      return [`order ${change.orderId} ${change.instrument}`, orderText(change.before), orderText(change.after)]
    case 'run':
      return ['run', runText(change.before), runText(change.after)]
    case 'target':
      return [`target ${change.instrument}`, weightText(change.before), weightText(change.after)]
    case 'value':
      return [
        change.part,
        change.before.toSignificantDigits(12).toString(),
        change.after.toSignificantDigits(12).toString(),
      ]
    case 'setting':
      return [change.field, clipped(change.before), clipped(change.after)]
  }
}

const orderText = (order: OrderStand | null): string =>
  order === null ? '-' : `${order.status}, ${order.filled.toFixed()} filled`

const runText = (run: { readonly id: string; readonly status: string } | null): string =>
  run === null ? '-' : `${run.id} ${run.status}`

const weightText = (weight: number | null): string => (weight === null ? '-' : weight.toFixed(6))

const WIDEST = 48

const clipped = (text: string | null): string => {
  if (text === null) return '-'
  return text.length <= WIDEST ? text : `${text.slice(0, WIDEST - 1)}…`
}
