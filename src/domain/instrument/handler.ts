import type { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'
import type { InstrumentClass, InstrumentSpec } from './spec.js'

/** Money a position ties up: to open it, and to keep it. Both ≥ 0. */
export interface MarginRequirement {
  readonly initial: Money
  readonly maintenance: Money
}

/** What the engine must know of one instrument class; one file and one registration line each. */
export interface InstrumentHandler<Params> {
  readonly name: InstrumentClass
  readonly summary: string
  /** Of the class's terms in configuration, keys in camelCase, every one described. */
  readonly schema: z.ZodType<Params>
  /** The spec of one instrument of this class. */
  spec(id: InstrumentId, params: Params): InstrumentSpec
  /** Exposure of one unit at a price of the instrument itself, in money: drift and plans divide by it. */
  unitExposure(spec: InstrumentSpec, price: Price): Money
  /** Margin of a position (negative quantity is short) at a price; short requirements are beyond the proceeds. */
  marginRequirement(spec: InstrumentSpec, quantity: Quantity, price: Price): MarginRequirement
}
