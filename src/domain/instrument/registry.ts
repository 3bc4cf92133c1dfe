import { hold } from '#units/assert.js'
import { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, type Price, type Quantity, toLot } from '#units/money.js'
import type { Specs } from '../book/valuation.js'
import { equity } from './equity.js'
import type { InstrumentHandler, MarginRequirement } from './handler.js'
import type { InstrumentClass, InstrumentSpec } from './spec.js'

/** Every instrument class by name. A new class is one file and one line here. */
export const instrumentClasses: Readonly<Record<InstrumentClass, InstrumentHandler<unknown>>> = { equity }

/** The handler of a spec's class. */
const handlerOf = (spec: InstrumentSpec): InstrumentHandler<unknown> => instrumentClasses[spec.class]

/** A universe's specs by id. @throws InvariantBroken when an id appears twice. */
export function specsOf(universe: readonly InstrumentSpec[]): Specs {
  const specs: Record<InstrumentId, InstrumentSpec> = {}
  for (const spec of universe) {
    hold(!Object.hasOwn(specs, spec.id), 'universe', () => `${spec.id} appears twice`)
    specs[spec.id] = spec
  }
  return specs
}

/** Multipliers read so far by their text: there are few, and a plan asks for each leg's several times. */
const multipliers = new Map<string, Decimal>()

/** The contract multiplier as a decimal. */
export function multiplierOf({ multiplier }: InstrumentSpec): Decimal {
  const known = multipliers.get(multiplier)
  if (known !== undefined) return known
  const read = new Decimal(multiplier)
  multipliers.set(multiplier, read)
  return read
}

/** Exposure of one unit at a price, in money. */
export const unitExposure = (spec: InstrumentSpec, price: Price): Money => handlerOf(spec).unitExposure(spec, price)

/** Margin of a position at a price; a negative quantity is short. */
export const marginRequirement = (spec: InstrumentSpec, quantity: Quantity, price: Price): MarginRequirement =>
  handlerOf(spec).marginRequirement(spec, quantity, price)

/** Units toward zero to whole lots of the instrument. */
export const wholeLots = (spec: InstrumentSpec, units: Quantity): Quantity => toLot(units, spec.lot)
