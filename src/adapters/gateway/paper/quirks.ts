import type { Bust, Execution } from '#domain/book/events.js'
import { digest } from '#units/digest.js'
import type { OrderId } from '#units/ids.js'
import { type Quantity, scaled } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { PaperConfig } from './config.js'
import { type Report, reportOf, type VenueOrder } from './store.js'

/** Bits of the hash that become a number: fewer than a double holds exactly. */
const DIGITS = 12

/** The least and the most of an order that fills at first when it fills in part, in thousandths. */
const LEAST_PART = 100
const MOST_PART = 900

/**
 * A number in [0, 1) that depends on nothing but its arguments: the same order meets the same fate in every process,
 * before and after a restart.
 */
const drawn = ({ seed }: PaperConfig, what: string, name: string): number =>
  Number.parseInt(digest(`${seed} ${what} ${name}`).slice(0, DIGITS), 16) / 16 ** DIGITS

/** Whether the venue rejects an order for no reason of its own. */
export const rejects = (config: PaperConfig, id: OrderId): boolean => drawn(config, 'reject', id) < config.rejectRatio

/** Whether the first submit of an order stays without an answer. */
export const isSilent = (config: PaperConfig, { id, body }: Pick<VenueOrder, 'id' | 'body'>): boolean =>
  config.silentInstruments.includes(body.instrument) || drawn(config, 'silence', id) < config.silenceRatio

/** Milliseconds from an order's acceptance to its execution. */
export const latencyOf = (config: PaperConfig, id: OrderId): number =>
  config.latencyMs + Math.floor(config.latencySpreadMs * drawn(config, 'latency', id))

/** What of a new order trades at once: all of it, or a tenth to nine tenths, in whole lots. */
export function firstPart(config: PaperConfig, id: OrderId, whole: Quantity, lot: Quantity): Quantity {
  const lots = whole.div(lot)
  if (lots.lt(2) || drawn(config, 'partial', id) >= config.partialRatio) return whole
  const thousandths = LEAST_PART + Math.floor((MOST_PART - LEAST_PART) * drawn(config, 'part', id))
  const part = lots.times(thousandths).div(1000).floor()
  return part.lt(1) ? lot : scaled(lot, part)
}

/** The executions that are taken back as soon as they were made. */
export const bustsOf = (config: PaperConfig, fills: readonly Execution[], at: Instant): readonly Bust[] =>
  fills
    .filter(({ id }) => drawn(config, 'bust', id) < config.bustRatio)
    .map(({ id, orderId }) => ({ executionId: id, orderId, reason: 'venue_bust', at }))

/**
 * What the engine is told once an order traded or ended, in the order it is told: executions, the order's last state,
 * executions taken back; as the order's fate has it executions last, and some of it once more at the end.
 */
export function told(
  config: PaperConfig,
  order: VenueOrder,
  fills: readonly Execution[],
  busts: readonly Bust[] = [],
): readonly Report[] {
  const executions: readonly Report[] = fills.map((execution) => ({ kind: 'execution', execution }))
  const last: readonly Report[] = order.status === 'accepted' ? [] : [{ kind: 'order', report: reportOf(order) }]
  const reordered = drawn(config, 'reorder', order.id) < config.reorderRatio
  const taken: readonly Report[] = busts.map((bust) => ({ kind: 'bust', bust }))
  const once = reordered ? [...last, ...taken, ...executions] : [...executions, ...last, ...taken]
  return [...once, ...once.filter((report) => drawn(config, 'duplicate', nameOf(report)) < config.duplicateRatio)]
}

function nameOf(report: Report): string {
  if (report.kind === 'order') return `${report.report.orderId} ${report.report.status}`
  return report.kind === 'execution' ? report.execution.id : `bust ${report.bust.executionId}`
}
