import type { InstrumentId } from '#units/ids.js'
import { noQuantity, type Quantity } from '#units/money.js'
import type { Instant } from '#units/time.js'
import type { Book } from '../book/book.js'
import type { OrderBody } from '../order.js'
import type { Permission } from '../portfolio/event.js'

/** How far a restraint goes: only what takes a holding towards zero, or nothing at all. */
export type Level = 'reducing' | 'halted'

/** What a restraint is on: all trading of the firm, or one name, firm-wide or in this portfolio alone. */
export type RestraintScope =
  | { readonly kind: 'firm' }
  | { readonly kind: 'instrument'; readonly instrument: InstrumentId; readonly firm: boolean }

/** Something that holds trading back beside the portfolio's own permission, who put it there, why and when. */
export interface Restraint {
  readonly scope: RestraintScope
  readonly to: Level
  readonly actor: string
  readonly reason: string
  readonly at: Instant
}

/** Restraints by {@link restraintKey}. A portfolio that never had one has no record of them at all. */
export type Restraints = Readonly<Record<string, Restraint>>

/** What trading is, and why when it is not active. */
export interface Standing {
  readonly trading: Permission
  readonly reason: string
}

const STRICTNESS: readonly Permission[] = ['active', 'paused', 'reducing', 'halted']

/** True when `to` lets more through than `from`. */
export const loosens = (from: Permission, to: Permission): boolean => STRICTNESS.indexOf(to) < STRICTNESS.indexOf(from)

/** True when leaving a permission for another undoes a halt or reduction, which takes books that agree. */
export const isReset = (from: Permission, to: Permission): boolean =>
  (from === 'halted' || from === 'reducing') && loosens(from, to)

/** The name a restraint is kept under: `firm`, `firm:SPY` or `own:SPY`. */
export function restraintKey(scope: RestraintScope): string {
  if (scope.kind === 'firm') return 'firm'
  return `${scope.firm ? 'firm' : 'own'}:${scope.instrument}`
}

/** Restraints in a steady order: the firm's, then names firm-wide, then names of this portfolio. */
export const listedRestraints = (restraints: Restraints = {}): readonly Restraint[] =>
  Object.keys(restraints)
    .sort()
    .map((key) => restraints[key]!)

/** Says of a restraint who set it and why: `all trading is halted firm-wide (ann: prices look wrong)`. */
export function restraintText({ scope, to, actor, reason }: Restraint): string {
  const what = scope.kind === 'firm' ? 'all trading' : scope.instrument
  const where = scope.kind === 'firm' || scope.firm ? ' firm-wide' : ''
  return `${what} is ${to}${where} (${actor}: ${reason})`
}

/** Trading of a whole portfolio: its own permission, or the firm's restraint when that is stricter. */
export function standingOf(
  permission: Permission,
  { permissionReason, restraints }: { readonly permissionReason: string; readonly restraints?: Restraints },
): Standing {
  const firm = restraints?.firm
  if (firm !== undefined && loosens(firm.to, permission)) return { trading: firm.to, reason: restraintText(firm) }
  return { trading: permission, reason: permissionReason }
}

/** A trade that is asked about: a leg or an order. */
export type Move = Pick<OrderBody, 'instrument' | 'side' | 'quantity'>

/** Where it is asked: what holds trading back, and what is held. */
export interface Standings {
  readonly restraints?: Restraints
  readonly book: Pick<Book, 'positions'>
}

/** Units that a trade of this side takes off a holding, long or short, before it would open the other way; ≤ 0 for none. */
export const reducible = (held: Quantity, side: Move['side']): Quantity =>
  side === 'sell' ? held : (held.negated() as Quantity)

/** True when a trade takes a holding towards zero and not past it, which is all that `reducing` admits. */
export const reduces = (held: Quantity, { side, quantity }: Pick<Move, 'side' | 'quantity'>): boolean =>
  quantity.lte(reducible(held, side))

/** Units held of an instrument, negative when short. */
export const heldOf = ({ positions }: Pick<Book, 'positions'>, instrument: InstrumentId): Quantity =>
  positions[instrument]?.quantity ?? noQuantity

/** What keeps this trade from being made; undefined when nothing does. */
export function restraintOn({ restraints, book }: Standings, move: Move): Restraint | undefined {
  if (restraints === undefined) return undefined
  const { instrument } = move
  const mine = [restraints.firm, restraints[`firm:${instrument}`], restraints[`own:${instrument}`]]
  return mine.find((row) => row !== undefined && (row.to === 'halted' || !reduces(heldOf(book, instrument), move)))
}

/** Why restraints keep an order from being sent; null when they do not. */
export function restrainedFrom(state: Standings, move: Move): string | null {
  const found = restraintOn(state, move)
  return found === undefined ? null : restraintText(found)
}

/** Why an order may not leave now, whatever it was judged before; null when it may. */
export function withheld(permission: Permission, state: Standings, order: Move): string | null {
  if (permission === 'halted') return 'trading is halted'
  if (permission === 'reducing' && !reduces(heldOf(state.book, order.instrument), order))
    return 'trading is being reduced'
  return restrainedFrom(state, order)
}
