import { type Level, type Restraint, type RestraintScope, restraintKey } from '#domain/permission/restraint.js'
import type { Assent } from '#domain/portfolio/event.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { stateOf } from '../queries/sight.js'
import { agreement } from './agree.js'
import type { RestrainAnswer } from './messages.js'
import { type ControlParts, managed, type Settling, type Signed } from './parties.js'
import type { Requests } from './requests.js'
import { restraintUnmoved } from './unmoved.js'

/** What restraints are set and lifted with. */
export interface RestrainParts extends Pick<ControlParts, 'engine' | 'journal' | 'gateway' | 'killed'>, Settling {
  readonly sight: Pick<ControlParts['sight'], 'snapshot'>
}

/** On what: everything (both null), one name firm-wide, or one name in one portfolio. */
export interface RestrainTarget {
  readonly instrument: InstrumentId | null
  readonly portfolio: PortfolioId | null
}

/** Portfolios named, beside the first, that keep a restraint from being lifted. */
const NAMED = 10

type Row = Omit<RestrainAnswer['changed'][number], 'portfolio'> & { readonly portfolio: PortfolioId }

/**
 * Sets or lifts (`active`) a restraint, at most once for a request. A halt is written at once, everywhere; lifting takes
 * books that agree in every portfolio that is run, and a kill file that is gone. Portfolios that are run no more are lifted
 * too: the next start would share what they kept.
 * @throws Fault `BREAKS`, `NOT_COMPARED`, `KILL_FILE`, `INSTRUMENT_UNKNOWN` (never), `RESTRAINT_MOVED` (safe), `PORTFOLIO_UNKNOWN`.
 */
export async function restrainOnce(
  parts: RestrainParts,
  requests: Requests,
  to: Level | 'active',
  asked: Signed & RestrainTarget,
  assent: Assent = {},
): Promise<RestrainAnswer> {
  const scope = scopeOf(asked)
  const key = restraintKey(scope)
  const had = (portfolio: PortfolioId): Restraint | undefined =>
    stateOf(parts.sight, portfolio).context.restraints?.[key]
  const run = concerned(parts, asked)
  if (to !== 'active' && scope.kind === 'instrument') assertTraded(parts, run, scope.instrument)
  const everywhere = to === 'active' && asked.portfolio === null
  const targets = everywhere ? [...run, ...leftOver(parts, key, asked.request_id)] : run
  const before = new Map(targets.map((portfolio) => [portfolio, had(portfolio)]))
  const differing = targets.filter((portfolio) => differs(before.get(portfolio), to))
  const compared = differing.filter((portfolio) => run.includes(portfolio))
  const agreed = to === 'active' ? await agreements(parts, scope, compared) : new Map()
  const { actor, reason, request_id: id, dry_run: dryRun } = asked
  const content = { verb: 'restrain', scope, to, actor, reason }
  const one = async (portfolio: PortfolioId): Promise<Row> => {
    if (dryRun) return { portfolio, seq: null, duplicate: false }
    return requests.once<Omit<Row, 'duplicate'>>(
      { portfolio, id, content },
      async (inbox) => {
        const lifted = to === 'active' ? before.get(portfolio) : undefined
        const lifts = lifted === undefined ? {} : { lifts: lifted.at }
        const given = restraintUnmoved(portfolio, key, to, before.get(portfolio))
        const agreedOn = agreed.has(portfolio) ? { agreed: agreed.get(portfolio) } : {}
        const grounds = { ...assent, ...lifts, ...agreedOn, given }
        const { entry } = await parts.engine.restrain(portfolio, { scope, to, actor, reason }, inbox, grounds)
        return { portfolio, seq: entry.seq }
      },
      ({ seq }) => ({ portfolio, seq }),
    )
  }
  // Repeats are answered from what they did, whatever has changed since.
  const repeated = targets.filter((portfolio) => parts.journal.inbox(portfolio, `ctl:${id}`) !== undefined)
  // A halt is always written: what is read here may be lifted by an earlier command that waits to be written.
  const wanted = to === 'halted' && !dryRun ? targets : [...new Set([...differing, ...repeated])].sort()
  const changed: Row[] = []
  const failed: RestrainAnswer['failed'] = []
  for (const [index, outcome] of (await Promise.allSettled(wanted.map(one))).entries()) {
    if (outcome.status === 'fulfilled') changed.push(outcome.value)
    else failed.push(failureOf(wanted[index]!, outcome.reason))
  }
  const already = targets.filter((portfolio) => !differs(before.get(portfolio), to) && !repeated.includes(portfolio))
  const news = changed.filter(({ portfolio }) => !already.includes(portfolio))
  return { key, to, changed: news, already, failed, dry_run: dryRun }
}

/** What a target is called in a journal. @throws Fault `INVALID` for a whole portfolio. */
export function scopeOf({ instrument, portfolio }: RestrainTarget): RestraintScope {
  if (instrument !== null) return { kind: 'instrument', instrument, firm: portfolio === null }
  if (portfolio === null) return { kind: 'firm' }
  throw new Fault('INVALID', 'one portfolio as a whole is halted and resumed by halt and resume', 'never')
}

/**
 * A misspelt name must not be reported as halted while the right one trades on.
 * @throws Fault `INSTRUMENT_UNKNOWN` (never) when no portfolio concerned may trade it, holds it or has ordered it.
 */
function assertTraded({ sight }: RestrainParts, targets: readonly PortfolioId[], name: InstrumentId): void {
  const knows = (portfolio: PortfolioId): boolean => {
    const { policy, book, run } = stateOf(sight, portfolio).context
    const ordered = Object.values(run?.orders ?? {}).some(({ body }) => body.instrument === name)
    return ordered || book.positions[name] !== undefined || policy.universe.some(({ id }) => id === name)
  }
  if (targets.some(knows)) return
  const where = targets.length === 1 ? targets[0] : 'any portfolio'
  throw new Fault(
    'INSTRUMENT_UNKNOWN',
    `${name} is not in the universe or the books of ${where}: nothing was halted`,
    'never',
  )
}

/** Portfolios a target is about. @throws Fault `PORTFOLIO_UNKNOWN`. */
export const concerned = (
  parts: Pick<RestrainParts, 'engine'>,
  { portfolio }: RestrainTarget,
): readonly PortfolioId[] => (portfolio === null ? parts.engine.portfolios : [managed(parts, portfolio)])

/** Portfolios that this process does not run but that have the restraint, or had it before this very request. */
const leftOver = ({ engine, journal }: RestrainParts, key: string, id: string): readonly PortfolioId[] =>
  engine.host.portfolios
    .filter((portfolio) => !engine.portfolios.includes(portfolio))
    .filter(
      (portfolio) =>
        engine.host.snapshot(portfolio)?.context.restraints?.[key] !== undefined ||
        journal.inbox(portfolio, `ctl:${id}`) !== undefined,
    )

/** Whether asking for it changes anything; to reduce what is halted would loosen it, which is not what was asked. */
const differs = (had: Restraint | undefined, to: Level | 'active'): boolean => {
  if (to === 'active') return had !== undefined
  return to === 'halted' ? had?.to !== 'halted' : had === undefined
}

/** What each of them agrees on. @throws Fault of one that does not, naming the others that do not either. */
async function agreements(parts: RestrainParts, scope: RestraintScope, portfolios: readonly PortfolioId[]) {
  const killed = scope.kind === 'firm' ? (parts.killed?.() ?? null) : null
  if (killed !== null)
    throw new Fault('KILL_FILE', `the kill file is still there (${killed}): take it away first`, 'never')
  const agreed = new Map<PortfolioId, NonNullable<Assent['agreed']>>()
  const refused: { readonly portfolio: PortfolioId; readonly fault: Fault }[] = []
  const outcomes = await Promise.allSettled(portfolios.map((portfolio) => agreement(parts, portfolio)))
  for (const [index, outcome] of outcomes.entries()) {
    const portfolio = portfolios[index]!
    if (outcome.status === 'fulfilled') agreed.set(portfolio, outcome.value)
    else if (outcome.reason instanceof Fault) refused.push({ portfolio, fault: outcome.reason })
    else throw outcome.reason
  }
  const [first, ...others] = refused
  if (first === undefined) return agreed
  const { code, message, retry, data } = first.fault
  const names = others.slice(0, NAMED).map(({ portfolio }) => portfolio)
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : ''
  const also = others.length === 0 ? '' : `; nor do the books of ${names.join(', ')}${more} let it be lifted`
  throw new Fault(code, `${message}${also}`, retry, data)
}

function failureOf(portfolio: PortfolioId, error: unknown): RestrainAnswer['failed'][number] {
  if (error instanceof Fault) return { portfolio, code: error.code, message: error.message }
  throw error
}
