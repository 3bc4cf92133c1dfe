import { listedRestraints, type Restraint, restraintKey, restraintText } from '#domain/permission/restraint.js'
import { RULINGS } from '#runtime/actor.js'
import type { PortfolioId } from '#units/ids.js'
import { toIso } from '#units/time.js'
import { stateOf } from '../queries/sight.js'
import { type ControlParts, managed } from './parties.js'
import { concerned, type RestrainTarget, scopeOf } from './restrain.js'

type Parts = Pick<ControlParts, 'engine' | 'sight' | 'journal'>

/** Entries read at once while looking for the newest ruling. */
const PAGE = 256

/** What a change of permission undoes: what a second operator confirms, and nothing that came after it was asked. */
export function permissionUndone(parts: Parts, name: string): readonly string[] {
  const portfolio = managed(parts, name)
  const { value, context } = stateOf(parts.sight, portfolio)
  const own = `${portfolio} is ${value.permission} since ${ruledAt(parts, portfolio)} (${context.permissionReason})`
  return [own, ...listedRestraints(context.restraints).map((row) => held(portfolio, row))]
}

/** What lifting a restraint takes away, portfolio by portfolio. */
export function restraintUndone(parts: Parts, target: RestrainTarget): readonly string[] {
  const key = restraintKey(scopeOf(target))
  return concerned(parts, target).flatMap((portfolio) => {
    const row = stateOf(parts.sight, portfolio).context.restraints?.[key]
    return row === undefined ? [] : [held(portfolio, row)]
  })
}

const held = (portfolio: PortfolioId, row: Restraint): string =>
  `${portfolio}: ${restraintText(row)} since ${toIso(row.at)}`

/** The newest entry on disk that says what trading may do; entry 0 when there is none, or it may be a sealed one. */
function ruledAt({ journal }: Parts, portfolio: PortfolioId): string {
  const sealed = journal.seal(portfolio)?.seq ?? 0
  for (let last = journal.head(portfolio).seq; last > sealed; last -= PAGE) {
    const first = Math.max(sealed + 1, last - PAGE + 1)
    const found = journal.entries(portfolio, first, last - first + 1).findLast(({ event }) => RULINGS.has(event.type))
    if (found !== undefined) return `entry ${found.seq}`
  }
  return sealed === 0 ? 'entry 0' : `entry ${sealed} or before`
}
