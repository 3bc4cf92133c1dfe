import { loosens, type Restraint } from '#domain/permission/restraint.js'
import type { Permission } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Given } from '#runtime/mail.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

/** A portfolio's permission when somebody asked to change it. */
export interface Standpoint {
  readonly version: number
  readonly permission: Permission
  readonly reason: string
}

/** Where a portfolio stands now, for {@link permissionUnmoved}. */
export const standpoint = ({ value, context }: PortfolioSnapshot, version: number): Standpoint => ({
  version,
  permission: value.permission,
  reason: context.permissionReason,
})

/**
 * A halt that came since must not be undone by a wish that did not know of it, in the same words neither, and what waited to be
 * written counts. A wish that lets less trade than was seen and is now needs no look. Nothing is journaled of one refused, so that
 * its request may be asked again. @throws Fault `PERMISSION_MOVED` (safe).
 */
export function permissionUnmoved(portfolio: PortfolioId, to: Permission, seen: Standpoint): Given {
  return ({ value, context }, ruled) => {
    const same = value.permission === seen.permission && context.permissionReason === seen.reason
    const tightens = !loosens(seen.permission, to) && !loosens(value.permission, to)
    if (tightens || (same && ruled <= seen.version)) return
    throw new Fault('PERMISSION_MOVED', `trading of ${portfolio} was changed meanwhile: ask again`, 'safe')
  }
}

/**
 * The same of a restraint: only the one that was seen is lifted, and what is halted by now is not merely reduced.
 * @throws Fault `RESTRAINT_MOVED` (safe).
 */
export function restraintUnmoved(
  portfolio: PortfolioId,
  key: string,
  to: Restraint['to'] | 'active',
  seen: Restraint | undefined,
): Given {
  return ({ context }) => {
    const now = context.restraints?.[key]
    if (now === undefined || now === seen || !loosens(now.to, to)) return
    throw new Fault('RESTRAINT_MOVED', `${portfolio} was restrained anew meanwhile: ask again`, 'safe')
  }
}
