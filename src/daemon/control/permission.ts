import { isReset, loosens } from '#domain/permission/restraint.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Assent, Permission } from '#domain/portfolio/event.js'
import { hold } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { stateOf } from '../queries/sight.js'
import { agreement } from './agree.js'
import type { HaltAnswer, PermitAnswer } from './messages.js'
import { type ControlParts, managed, type Settling, type Signed } from './parties.js'
import type { Requests } from './requests.js'
import { permissionUnmoved, standpoint } from './unmoved.js'

type Parts = Pick<ControlParts, 'engine' | 'sight' | 'journal' | 'gateway'> & Settling

/** What may be asked of a permission: who, why, and whether of one portfolio or of all. */
type PermitAsked = Signed & { readonly scope?: 'all' }

type Change = Omit<PermitAnswer, 'duplicate'>

/**
 * Changes what trading a portfolio may do, at most once for a request. One that has that permission already is left
 * alone and nothing is journaled. Never waits behind other changes: a halt must not. To undo a halt or reduction takes
 * books that agree with the gateway's, looked at afresh.
 * @throws Fault `BREAKS`, `NOT_COMPARED`, `PERMISSION_MOVED` (safe) when trading was stopped before this could be written.
 */
export async function permitOnce(
  parts: Parts,
  requests: Requests,
  name: string,
  to: Permission,
  asked: PermitAsked,
  assent: Assent = {},
): Promise<PermitAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, dry_run: dryRun, scope = 'one' } = asked
  const now = stateOf(parts.sight, portfolio)
  const seen = standpoint(now, parts.engine.host.version(portfolio))
  const before = now.value.permission
  const unchanged: Change = {
    portfolio,
    before,
    trading: before,
    trading_reason: now.context.permissionReason,
    changed: false,
    seq: null,
    dry_run: dryRun,
  }
  const reset = isReset(before, to)
  if (dryRun) {
    if (reset) await agreement(parts, portfolio)
    const would = before === to ? unchanged : { ...unchanged, ...permitted(to, actor, reason), changed: true }
    return { ...would, duplicate: false }
  }
  const content = { verb: 'permit', to, actor, reason, scope }
  return requests.once<Change>(
    { portfolio, id, content },
    async (key) => {
      // A halt is always written: what is read here may be changed by an earlier command that waits to be written.
      if (before === to && to !== 'halted') return unchanged
      const agreed = reset ? { agreed: await agreement(parts, portfolio) } : {}
      const undoes = loosens(before, to) ? { undoes: now.context.permissionReason } : {}
      const grounds = { ...assent, ...agreed, ...undoes, given: permissionUnmoved(portfolio, to, seen) }
      const { before: was, after, entry } = await parts.engine.permit(portfolio, to, actor, reason, key, grounds)
      return {
        ...unchanged,
        before: was?.value.permission ?? null,
        trading: after.value.permission,
        trading_reason: after.context.permissionReason,
        changed: was?.value.permission !== to,
        seq: entry.seq,
      }
    },
    (entry) => recalled(portfolio, entry),
  )
}

/** Halts every portfolio this daemon runs, those still recovering too; one that fails does not keep the others. */
export async function haltAll(
  parts: Parts,
  requests: Requests,
  asked: Signed & { readonly scope: 'all' },
): Promise<HaltAnswer> {
  const outcomes = await Promise.all(
    parts.engine.portfolios.map(async (portfolio) => {
      try {
        return await permitOnce(parts, requests, portfolio, 'halted', asked)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        return { portfolio, code: error.code, message: error.message }
      }
    }),
  )
  const answers = outcomes.filter((row): row is PermitAnswer => 'trading' in row)
  return {
    halted: answers
      .filter((row) => row.changed)
      .map(({ portfolio, seq, duplicate }) => ({ portfolio, seq, duplicate })),
    already: answers.filter((row) => !row.changed).map((row) => row.portfolio),
    failed: outcomes.filter((row): row is Extract<typeof row, { code: string }> => !('trading' in row)),
    duplicate: answers.length > 0 && answers.every((row) => row.duplicate),
    dry_run: asked.dry_run,
  }
}

function recalled(portfolio: PortfolioId, { event, seq }: Entry): Change {
  hold(event.type === 'permitted', 'request', () => `a change of permission made ${event.type}`)
  const { to, actor, reason } = event
  return { portfolio, before: null, ...permitted(to, actor, reason), changed: true, seq, dry_run: false }
}

const permitted = (to: Permission, actor: string, reason: string): Pick<Change, 'trading' | 'trading_reason'> => ({
  trading: to,
  trading_reason: to === 'active' ? '' : `${actor}: ${reason}`,
})
