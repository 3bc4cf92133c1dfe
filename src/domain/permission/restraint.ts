import type { InstrumentId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Side } from '../book/events.js'
import type { Permission } from '../portfolio/event.js'

/** How far a restraint goes: only sales, or nothing at all. */
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

/** Why restraints keep an order from being sent; null when they do not. Reducing admits sales: positions are long. */
export function restrainedFrom(
  restraints: Restraints | undefined,
  { instrument, side }: { readonly instrument: InstrumentId; readonly side: Side },
): string | null {
  if (restraints === undefined) return null
  const mine = [restraints.firm, restraints[`firm:${instrument}`], restraints[`own:${instrument}`]]
  const found = mine.find((row) => row !== undefined && (row.to === 'halted' || side === 'buy'))
  return found === undefined ? null : restraintText(found)
}

/** Why an order may not leave now, whatever it was judged before; null when it may. */
export function withheld(
  permission: Permission,
  restraints: Restraints | undefined,
  order: { readonly instrument: InstrumentId; readonly side: Side },
): string | null {
  if (permission === 'halted') return 'trading is halted'
  if (permission === 'reducing' && order.side === 'buy') return 'trading is being reduced'
  return restrainedFrom(restraints, order)
}
