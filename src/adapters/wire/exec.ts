import { z } from 'zod'
import type { Bust, Execution } from '#domain/book/events.js'
import { bodyHash, type OrderBody } from '#domain/order.js'
import type { OrderReport, OrderTicket, TradingTerms } from '#ports/gateway.js'
import type { PortfolioId } from '#units/ids.js'
import { toIso } from '#units/time.js'
import { exchange } from './exchange.js'
import { field } from './fields.js'

const side = z.enum(['buy', 'sell'])

/** Longest reason, characters; what a venue says beyond that is cut off. */
const REASON_LENGTH = 200
/** Longest mark of an execution, characters. */
const MARK_LENGTH = 64
const reason = z.string().max(REASON_LENGTH)
const notNegative = field.price.refine((limit) => limit.gte(0), 'must not be negative')

/** A reason as it may travel. */
export const reasonText = (text: string): string =>
  text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH - 1)}…` : text

/** An order as a gateway is asked to take it. The hash covers every field but the epoch. */
const ticket = z
  .strictObject({
    client_order_id: field.order,
    body_hash: z.string().regex(/^[0-9a-f]{64}$/),
    epoch: field.epoch,
    portfolio: field.portfolio,
    run: field.run,
    leg: z.string().regex(/^[!-~]{1,64}$/, 'must be 1 to 64 printable characters'),
    attempt: z.int().min(0),
    symbol: field.instrument,
    side,
    qty: field.quantity.refine((qty) => qty.gt(0), 'must be positive'),
    type: z.literal('limit'),
    limit: notNegative,
    arrival: notNegative,
    tif: z.literal('day'),
    not_after: field.instant,
  })
  .transform((wire, context): { readonly ticket: OrderTicket; readonly epoch: number } => {
    const body: OrderBody = {
      portfolio: wire.portfolio,
      run: wire.run,
      leg: wire.leg,
      attempt: wire.attempt,
      instrument: wire.symbol,
      side: wire.side,
      quantity: wire.qty,
      type: wire.type,
      limit: wire.limit,
      arrival: wire.arrival,
      timeInForce: wire.tif,
      notAfter: wire.not_after,
    }
    if (bodyHash(body) !== wire.body_hash)
      context.addIssue({ code: 'custom', path: ['body_hash'], message: 'is not the hash of this body' })
    return { ticket: { id: wire.client_order_id, body, bodyHash: wire.body_hash }, epoch: wire.epoch }
  })

/** The text of an order on the wire. */
export function ticketMessage({ id, body, bodyHash: hash }: OrderTicket, epoch: number): z.input<typeof ticket> {
  return {
    client_order_id: id,
    body_hash: hash,
    epoch,
    portfolio: body.portfolio,
    run: body.run,
    leg: body.leg,
    attempt: body.attempt,
    symbol: body.instrument,
    side: body.side,
    qty: body.quantity.toFixed(),
    type: body.type,
    limit: body.limit.toFixed(),
    arrival: body.arrival.toFixed(),
    tif: body.timeInForce,
    not_after: toIso(body.notAfter),
  }
}

const reportFields = {
  client_order_id: field.order,
  status: z.enum(['accepted', 'filled', 'cancelled', 'rejected', 'expired']),
  cum_qty: field.quantity.refine((filled) => filled.gte(0), 'must not be negative'),
  reason,
  ts: field.instant,
}

interface WireReport {
  readonly client_order_id: OrderReport['orderId']
  readonly status: OrderReport['status']
  readonly cum_qty: OrderReport['cumulative']
  readonly reason: string
  readonly ts: OrderReport['at']
}

const reportOf = (wire: WireReport): OrderReport => ({
  orderId: wire.client_order_id,
  status: wire.status,
  cumulative: wire.cum_qty,
  reason: wire.reason,
  at: wire.ts,
})

/** A gateway's word on an order: strict when it is told to us, so that nothing is misread. */
const orderReport = z.strictObject(reportFields).transform(reportOf)
const knownReport = z.looseObject(reportFields).transform(reportOf)

/** The text of a report on the wire. */
export function reportMessage({ orderId, status, cumulative, reason, at }: OrderReport): z.input<typeof orderReport> {
  return { client_order_id: orderId, status, cum_qty: cumulative.toFixed(), reason: reasonText(reason), ts: toIso(at) }
}

const executionFields = {
  execution_id: field.execution,
  client_order_id: field.order,
  symbol: field.instrument,
  side,
  qty: field.quantity.refine((qty) => qty.gt(0), 'must be positive'),
  price: field.price.refine((price) => price.gt(0), 'must be positive'),
  fee: field.money.refine((fee) => fee.gte(0), 'must not be negative'),
  ts: field.instant,
  session: field.session,
  venue: z.string().min(1).max(32),
}

interface WireExecution {
  readonly execution_id: Execution['id']
  readonly client_order_id: Execution['orderId']
  readonly symbol: Execution['instrument']
  readonly side: Execution['side']
  readonly qty: Execution['quantity']
  readonly price: Execution['price']
  readonly fee: Execution['fee']
  readonly ts: Execution['at']
  readonly session: Execution['session']
  readonly venue: string
}

const executionOf = (wire: WireExecution): Execution => ({
  id: wire.execution_id,
  orderId: wire.client_order_id,
  instrument: wire.symbol,
  side: wire.side,
  quantity: wire.qty,
  price: wire.price,
  fee: wire.fee,
  at: wire.ts,
  session: wire.session,
  venue: wire.venue,
})

/** An execution: strict when it is told to us, so that nothing is misread. */
const execution = z.strictObject(executionFields).transform(executionOf)
const knownExecution = z.looseObject(executionFields).transform(executionOf)

/** The text of an execution on the wire. */
export function executionMessage(fill: Execution): z.input<typeof execution> {
  return {
    execution_id: fill.id,
    client_order_id: fill.orderId,
    symbol: fill.instrument,
    side: fill.side,
    qty: fill.quantity.toFixed(),
    price: fill.price.toFixed(),
    fee: fill.fee.toFixed(),
    ts: toIso(fill.at),
    session: fill.session,
    venue: fill.venue,
  }
}

/** Most names terms may single out; with 32 characters each they fit a message several times. */
const MOST_TERMS = 500
const level = z.enum(['active', 'reducing', 'halted'])

/** What a gateway may take for a portfolio. */
const terms = z
  .strictObject({
    portfolio: field.portfolio,
    epoch: field.epoch,
    seq: z.int().min(0),
    level,
    instruments: z
      .array(z.strictObject({ symbol: field.instrument, level: level.exclude(['active']) }))
      .max(MOST_TERMS),
    reason,
  })
  .transform(({ portfolio, epoch, instruments, ...rest }) => ({
    portfolio,
    epoch,
    terms: { ...rest, instruments: Object.fromEntries(instruments.map((row) => [row.symbol, row.level])) },
  }))

/** The text of terms on the wire. */
export const termsMessage = (
  portfolio: PortfolioId,
  { level, instruments, reason, seq }: TradingTerms,
  epoch: number,
): z.input<typeof terms> => ({
  portfolio,
  epoch,
  seq,
  level,
  instruments: Object.entries(instruments).map(([symbol, strict]) => ({ symbol, level: strict })),
  reason: reasonText(reason),
})

const bustFields = { execution_id: field.execution, client_order_id: field.order, reason, ts: field.instant }

interface WireBust {
  readonly execution_id: Bust['executionId']
  readonly client_order_id: Bust['orderId']
  readonly reason: string
  readonly ts: Bust['at']
}

const bustOf = (wire: WireBust): Bust => ({
  executionId: wire.execution_id,
  orderId: wire.client_order_id,
  reason: wire.reason,
  at: wire.ts,
})

/** A taking-back: strict when it is told to us, so that nothing is misread. */
const bust = z.strictObject(bustFields).transform(bustOf)
const knownBust = z.looseObject(bustFields).transform(bustOf)

/** The text of a taking-back on the wire. */
export function bustMessage({ executionId, orderId, reason: why, at }: Bust): z.input<typeof bust> {
  return { execution_id: executionId, client_order_id: orderId, reason: reasonText(why), ts: toIso(at) }
}

const ofOrder = z.strictObject({ portfolio: field.portfolio, client_order_id: field.order })
const ofPortfolio = z.strictObject({ portfolio: field.portfolio })
const fenced = ofOrder.extend({ epoch: field.epoch })
const known = z.looseObject({ status: z.literal('known'), report: knownReport })

/** What a gateway does not say it promises, it does not promise. */
const promise = z.boolean().default(false)

/** What a daemon asks of a gateway, and a gateway of a daemon. Source: design engine.md section 3. */
export const exec = {
  submit: exchange(
    ticket,
    z.discriminatedUnion('status', [
      z.looseObject({ status: z.literal('accepted') }),
      z.looseObject({ status: z.literal('rejected'), reason }),
      z.looseObject({ status: z.literal('duplicate'), report: knownReport }),
    ]),
  ),
  cancel: exchange(fenced, z.looseObject({})),
  query: exchange(ofOrder, z.discriminatedUnion('status', [known, z.looseObject({ status: z.literal('unknown') })])),
  never: exchange(fenced, z.discriminatedUnion('status', [known, z.looseObject({ status: z.literal('promised') })])),
  fence: exchange(ofPortfolio.extend({ epoch: field.epoch }), z.looseObject({ epoch: field.epoch })),
  restrain: exchange(terms, z.looseObject({})),
  account: exchange(
    ofPortfolio,
    z.looseObject({
      mode: z.enum(['backtest', 'paper', 'live']),
      currency: z.string().regex(/^[A-Z]{3}$/),
      ts: field.instant,
      supports: z.looseObject({ idempotent: promise, tombstones: promise, replay: promise }).prefault({}),
    }),
  ),
  holdings: exchange(
    ofPortfolio.extend({ after: z.string().max(32).default('') }),
    z.looseObject({
      ...{ as_of: z.string().max(MARK_LENGTH), fees: field.money, cash: field.money },
      items: z.array(z.looseObject({ symbol: field.instrument, qty: field.quantity })),
      /** Symbol to go on after; null when these were all. */
      next: field.instrument.nullable(),
    }),
  ),
  executions: exchange(
    ofPortfolio.extend({ after: z.string().max(MARK_LENGTH).default('') }),
    z.looseObject({
      items: z.array(
        z.looseObject({
          mark: z.string().min(1).max(MARK_LENGTH),
          execution: knownExecution,
          bust: knownBust.optional(),
        }),
      ),
      /** Mark to go on after; null when these were all. */
      next: z.string().min(1).max(MARK_LENGTH).nullable(),
    }),
  ),
  /** Answered once the execution is on disk, however often it was reported before. */
  executionReport: exchange(execution, z.looseObject({})),
  /** Answered once it is on disk that the execution was taken back. */
  bustReport: exchange(bust, z.looseObject({})),
  /** Answered once the order's state is on disk. */
  orderReport: exchange(orderReport, z.looseObject({})),
} as const
