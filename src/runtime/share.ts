import { listedRestraints, loosens, type Restraint, restraintKey } from '#domain/permission/restraint.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'

/**
 * Gives portfolios the firm-wide restraints that any portfolio of the journal has, each as far as the strictest goes: one that
 * is new, takes another's place, or was left out because a process died in between, must not trade past them. One that was
 * lifted from some only comes back for all, which is safe.
 */
export async function shareRestraints(host: Host, portfolios: readonly PortfolioId[]): Promise<void> {
  const firm = new Map<string, Restraint>()
  for (const portfolio of host.portfolios)
    for (const row of listedRestraints(host.snapshot(portfolio)?.context.restraints))
      if ((row.scope.kind === 'firm' || row.scope.firm) && stricter(row, firm.get(restraintKey(row.scope))))
        firm.set(restraintKey(row.scope), row)
  const missing = portfolios.flatMap((portfolio) => {
    const has = host.snapshot(portfolio)?.context.restraints ?? {}
    return [...firm].filter(([key, row]) => stricter(row, has[key])).map(([key, row]) => ({ portfolio, key, row }))
  })
  await Promise.all(
    missing.map(({ portfolio, key, row: { scope, to, actor, reason } }) =>
      host.deliver(portfolio, { type: 'restrained', scope, to, actor, reason }, `${to} ${key} shared`),
    ),
  )
}

const stricter = (row: Restraint, than: Restraint | undefined): boolean =>
  than === undefined || loosens(row.to, than.to)
