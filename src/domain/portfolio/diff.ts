import { encode } from '#units/canonical.js'
import type { Decimal } from '#units/decimal.js'
import type { InstrumentId, OrderId } from '#units/ids.js'
import type { Money, Quantity } from '#units/money.js'
import { noMoney, noQuantity } from '#units/money.js'
import { type Book, cashOf, reservedCash, settledCash } from '../book/book.js'
import type { OrderStatus } from '../order.js'
import type { RunStatus } from '../run.js'
import type { PortfolioState } from './state.js'

/** A portfolio at one version: where it stands and all it knows. */
export interface Stand {
  readonly permission: string
  readonly lifecycle: string
  readonly state: PortfolioState
}

/** One thing that differs between two versions; absent is null. */
export type Change =
  | { readonly kind: 'permission' | 'lifecycle'; readonly before: string; readonly after: string }
  | {
      readonly kind: 'cash'
      readonly part: 'posted' | 'settled' | 'reserved'
      readonly before: Money
      readonly after: Money
    }
  | {
      readonly kind: 'position'
      readonly instrument: InstrumentId
      readonly before: Quantity
      readonly after: Quantity
    }
  | {
      readonly kind: 'reservation'
      readonly orderId: OrderId
      readonly before: Money | null
      readonly after: Money | null
    }
  | {
      readonly kind: 'order'
      readonly orderId: OrderId
      readonly instrument: InstrumentId
      readonly before: OrderStand | null
      readonly after: OrderStand | null
    }
  | { readonly kind: 'run'; readonly before: RunStand | null; readonly after: RunStand | null }
  | {
      readonly kind: 'target'
      readonly instrument: InstrumentId
      readonly before: number | null
      readonly after: number | null
    }
  | {
      readonly kind: 'value'
      readonly part: 'equity' | 'perUnit' | 'highWaterPerUnit'
      readonly before: Decimal
      readonly after: Decimal
    }
  /** A field of the policy, of what triggers remember, or the epoch or incarnation, as canonical text. */
  | {
      readonly kind: 'setting'
      readonly field: string
      readonly before: string | null
      readonly after: string | null
    }

/** How far an order has come. */
export interface OrderStand {
  readonly status: OrderStatus
  readonly filled: Quantity
}

/** How far a run has come. */
export interface RunStand {
  readonly id: string
  readonly status: RunStatus
}

/**
 * What differs from one version of a portfolio to another, in a fixed order: standing, cash, positions, reservations,
 * orders, run, targets, value, settings. Equal versions differ in nothing. Pure; cost O(size of the states).
 */
export function diffStands(before: Stand, after: Stand): readonly Change[] {
  const [from, to] = [before.state, after.state]
  return [
    ...standing('permission', before.permission, after.permission),
    ...standing('lifecycle', before.lifecycle, after.lifecycle),
    ...cash(from.book, to.book),
    ...positions(from.book, to.book),
    ...reservations(from.book, to.book),
    ...orders(from, to),
    ...runs(from, to),
    ...targets(from, to),
    ...values(from.book, to.book),
    ...settings(from, to),
  ]
}

const standing = (kind: 'permission' | 'lifecycle', before: string, after: string): Change[] =>
  before === after ? [] : [{ kind, before, after }]

function cash(from: Book, to: Book): Change[] {
  const parts = { posted: cashOf, settled: settledCash, reserved: reservedCash }
  return (Object.keys(parts) as (keyof typeof parts)[]).flatMap((part): Change[] => {
    const [before, after] = [parts[part](from), parts[part](to)]
    return before.eq(after) ? [] : [{ kind: 'cash', part, before, after }]
  })
}

function positions(from: Book, to: Book): Change[] {
  return namesIn(from.positions, to.positions).flatMap((instrument): Change[] => {
    const before = from.positions[instrument]?.quantity ?? noQuantity
    const after = to.positions[instrument]?.quantity ?? noQuantity
    return before.eq(after) ? [] : [{ kind: 'position', instrument, before, after }]
  })
}

function reservations(from: Book, to: Book): Change[] {
  return namesIn(from.reservations, to.reservations).flatMap((orderId): Change[] => {
    const [before, after] = [from.reservations[orderId] ?? null, to.reservations[orderId] ?? null]
    return (before ?? noMoney).eq(after ?? noMoney) ? [] : [{ kind: 'reservation', orderId, before, after }]
  })
}

function orders(from: PortfolioState, to: PortfolioState): Change[] {
  const [earlier, later] = [from.run?.orders ?? {}, to.run?.orders ?? {}]
  const stand = (order: (typeof earlier)[OrderId] | undefined): OrderStand | null =>
    order === undefined ? null : { status: order.status, filled: order.cumulative }
  return namesIn(earlier, later).flatMap((orderId): Change[] => {
    const [before, after] = [stand(earlier[orderId]), stand(later[orderId])]
    const instrument = (later[orderId] ?? earlier[orderId])!.body.instrument
    return encode(before) === encode(after) ? [] : [{ kind: 'order', orderId, instrument, before, after }]
  })
}

function runs(from: PortfolioState, to: PortfolioState): Change[] {
  const stand = ({ run }: PortfolioState): RunStand | null => (run === null ? null : { id: run.id, status: run.status })
  const [before, after] = [stand(from), stand(to)]
  return encode(before) === encode(after) ? [] : [{ kind: 'run', before, after }]
}

function targets(from: PortfolioState, to: PortfolioState): Change[] {
  const [earlier, later] = [from.effective?.weights ?? {}, to.effective?.weights ?? {}]
  return namesIn(earlier, later).flatMap((instrument): Change[] => {
    const [before, after] = [earlier[instrument] ?? null, later[instrument] ?? null]
    return before === after ? [] : [{ kind: 'target', instrument, before, after }]
  })
}

function values(from: Book, to: Book): Change[] {
  return (['equity', 'perUnit', 'highWaterPerUnit'] as const).flatMap((part): Change[] => {
    const [before, after] = [from.nav[part], to.nav[part]]
    return before.eq(after) ? [] : [{ kind: 'value', part, before, after }]
  })
}

function settings(from: PortfolioState, to: PortfolioState): Change[] {
  const fields = ({
    policy,
    memory,
    epoch,
    incarnation,
    permissionReason,
    restraints,
    corrections,
    support,
  }: PortfolioState): Record<string, unknown> => ({
    ...prefixed('policy', policy),
    ...prefixed('memory', memory),
    epoch,
    incarnation,
    permissionReason,
    ...prefixed('restraints', restraints ?? {}),
    corrections,
    support,
  })
  const [earlier, later] = [fields(from), fields(to)]
  return namesIn(earlier, later).flatMap((field): Change[] => {
    const [before, after] = [textOf(earlier[field]), textOf(later[field])]
    return before === after ? [] : [{ kind: 'setting', field, before, after }]
  })
}

const prefixed = (prefix: string, fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix}.${name}`, value]))

const textOf = (value: unknown): string | null => (value === undefined ? null : encode(value))

/** Names of two records together, in order. */
function namesIn<K extends string>(...records: readonly Readonly<Partial<Record<K, unknown>>>[]): K[] {
  return [...new Set(records.flatMap((record) => Object.keys(record) as K[]))].sort()
}
