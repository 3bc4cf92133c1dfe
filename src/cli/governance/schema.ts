import { z } from 'zod'
import { currency, symbol } from '#daemon/config/fields.js'
import { REGIMES } from '#domain/regime/regime.js'
import { type Decimal, decimalFromFloat, parseDecimal } from '#units/decimal.js'
import { instrumentId } from '#units/ids.js'
import { type Instant, instant } from '#units/time.js'
import type { RowFormat } from './document.js'

/** A decimal as plain text, or as a number where the file holds numbers. */
const decimal = (rule: string, holds: (value: Decimal) => boolean) =>
  z.unknown().transform((value, context): Decimal => {
    const text = typeof value === 'number' && Number.isFinite(value) ? decimalFromFloat(value).toFixed() : value
    const read = typeof text === 'string' ? parseDecimal(text) : undefined
    if (read !== undefined && holds(read)) return read
    const message = value === undefined ? 'is required' : `must be ${rule}, got ${JSON.stringify(value)}`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

const signed = decimal('a plain decimal such as -12.50', () => true)
const positive = decimal('a plain decimal above 0', (value) => value.gt(0))
const number = signed.transform((value) => value.toNumber())
const name = symbol.transform(instrumentId)

const timeRule = 'must be a time with its zone, such as 2024-07-05T15:00:00Z'

/** An instant as RFC 3339 text with its zone. */
const time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/, timeRule)
  .refine((text) => !Number.isNaN(Date.parse(text)), timeRule)
  .transform((text): Instant => instant(Date.parse(text)))

const position = z.strictObject({
  symbol: name,
  quantity: signed,
  price: positive.optional(),
  sector: z.string().min(1).optional(),
  lot: positive.optional(),
  tick: positive.optional(),
})

/** A book: cash and what is held. */
export const bookSchema = z.strictObject({
  currency: currency.default('USD'),
  cash: signed,
  positions: z.array(position).max(10_000).default([]),
})

const order = z.strictObject({
  symbol: name,
  side: z.enum(['buy', 'sell']),
  quantity: positive,
  price: positive.optional(),
  limit: positive.optional(),
  target: number.optional(),
  sector: z.string().min(1).optional(),
  lot: positive.optional(),
  tick: positive.optional(),
})

/** What the targets of the plan were multiplied by when they were made. */
const sized = z.number().gt(0)

/** What the kind of market leaves of targets. */
const regime = z.strictObject({ regime: z.enum(REGIMES), multiplier: z.number().gt(0), sized })

/** What a volatility index leaves of targets by its last reading; null where none has come. */
const volatility = z.strictObject({
  reading: z
    .strictObject({ level: z.number().gt(0), multiplier: z.number().gt(0).lte(1), as_of: time.optional() })
    .nullable(),
  sized,
})

const plan = z.strictObject({
  at: time.optional(),
  trigger: z.enum(['drift', 'calendar', 'cash', 'manual', 'risk', 'targets']).default('drift'),
  type: z.enum(['full', 'invest-cash', 'withdraw-cash', 'liquidate']).default('full'),
  runs_today: z.int().min(0).max(1_000_000).default(1),
  sells_first: z.boolean().default(true),
  drawdown: z.number().min(0).lt(1).default(0),
  session_return: z.number().gt(-1).max(10).default(0),
  regime: regime.optional(),
  volatility: volatility.optional(),
  orders: z.array(order).min(1).max(10_000),
})

/** A plan: its orders, and what rules ask about the run that would send them. */
export const planSchema = plan.superRefine(({ regime: market, volatility: index }, context) => {
  if (market === undefined || index === undefined || market.sized === index.sized) return
  const message = `must be that of regime, ${market.sized}: the targets of a plan are sized once; got ${index.sized}`
  context.addIssue({ code: 'custom', path: ['volatility', 'sized'], message })
})

/** A checked book file. */
export type BookSettings = z.output<typeof bookSchema>
/** A checked plan file. */
export type PlanSettings = z.output<typeof planSchema>

/** A book as CSV: a row for each holding, and one of the symbol CASH with the amount as its quantity. */
export const BOOK_FORMAT: RowFormat = {
  rows: 'positions',
  columns: ['symbol', 'quantity', 'price', 'sector', 'lot', 'tick'],
  total: { symbol: 'CASH', field: 'cash', column: 'quantity' },
}

/** A plan as CSV: a row for each order. */
export const PLAN_FORMAT: RowFormat = {
  rows: 'orders',
  columns: ['symbol', 'side', 'quantity', 'price', 'limit', 'target', 'sector', 'lot', 'tick'],
}

/** Reads an instant from an option or undefined for text that is none. */
export function timeOf(text: string): Instant | undefined {
  const read = time.safeParse(text)
  return read.success ? read.data : undefined
}
