import type { z } from 'zod'
import type { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'

/** The trade to be priced; quantity is positive. */
export interface CostRequest {
  readonly instrument: InstrumentId
  readonly quantity: Quantity
  readonly price: Price
  readonly multiplier: Decimal
}

/** Expected cost of a trade in money, by cause; all ≥ 0, `total` their sum, zero at zero quantity. */
export interface CostEstimate {
  readonly spread: Money
  readonly temporary: Money
  readonly permanent: Money
  readonly commission: Money
  readonly total: Money
  /** total / value in basis points; 0 for an empty trade. */
  readonly bps: number
}

/**
 * A transaction cost model. Laws (tested for every registry entry): each part ≥ 0; zero at zero quantity; money
 * non-decreasing and convex in size; finite.
 */
export interface CostModel<Params> {
  readonly name: string
  readonly summary: string
  readonly schema: z.ZodType<Params>
  estimate(params: Params, request: CostRequest): CostEstimate
  /** The largest marginal cost per unit of value over a trade, as a fraction: what the optimiser charges. */
  slope(params: Params, instrument: InstrumentId): number
}
