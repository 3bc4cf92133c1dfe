import type { InstrumentId } from '#units/ids.js'
import type { Money, Price, Quantity } from '#units/money.js'

/** Classes with a registered handler. */
export type InstrumentClass = 'equity'

/** What an instrument is: its trading increments and terms. */
export interface InstrumentSpec {
  readonly id: InstrumentId
  readonly class: InstrumentClass
  readonly currency: string
  /** Smallest price step. */
  readonly tick: Price
  /** Smallest quantity step; 1 for whole shares. */
  readonly lot: Quantity
  /** Units of exposure per unit of quantity; 1 for shares. Decimal text. */
  readonly multiplier: string
  readonly shortable: boolean
  /** Smallest order value a venue takes; zero for none. */
  readonly minNotional: Money
  /** Weekdays from trade to settlement: 1 for US equities. */
  readonly settlementDays: number
  /** Sector of its issuer, such as a GICS sector; absent where nobody has said. */
  readonly sector?: string
}
