import { encode } from '#units/canonical.js'
import type { InstrumentId } from '#units/ids.js'
import { type Instant, toIso } from '#units/time.js'
import type { ApprovalPolicy, Chosen, PortfolioPolicy } from './policy.js'
import { REGIMES } from './regime/regime.js'
import { USUAL_MULTIPLE } from './targets/sized-bounds.js'

/** A limit: its name, its value (null is no limit), and which way it is loosened. */
interface Limit {
  readonly name: string
  readonly value: number | null
  readonly looser: 'higher' | 'lower'
}

/**
 * The limits that a changed policy loosens, each as `name before -> after`, in order of name; empty when none is. A rule
 * left out, or a parameter of one whose direction its name does not tell (`max…`, `min…`), counts as loosened: whoever
 * tightens one has nothing to fear from being asked. What an instrument's own bounds allow counts by instrument.
 */
export function loosened(before: PortfolioPolicy, after: PortfolioPolicy): readonly string[] {
  const earlier = new Map(limitsOf(before, after).map((limit) => [limit.name, limit]))
  const own = limitsOf(after, before).flatMap(({ name, value, looser }) => {
    const was = earlier.get(name)?.value ?? null
    return isLooser(was, value, looser) ? [`${name} ${shown(was)} -> ${shown(value)}`] : []
  })
  const others = [
    ...newlyShortable(before, after),
    ...otherSectors(before, after),
    ...loosenedApproval(before.approval, after.approval),
    ...loosenedLiquidity(before.liquidity, after.liquidity),
    ...loosenedBounds(before.targets, after.targets),
  ]
  return [...own, ...loosenedRules(before.governance, after.governance), ...others].sort()
}

function isLooser(before: number | null, after: number | null, looser: Limit['looser']): boolean {
  if (before === null) return false
  if (after === null) return true
  return looser === 'higher' ? after > before : after < before
}

/** Limits of one policy; instruments with bounds of their own in either policy are named in both. */
function limitsOf(policy: PortfolioPolicy, other: PortfolioPolicy): readonly Limit[] {
  const { optimiser, orders, triggers, targets } = policy
  const { min, max, cash, perInstrument } = optimiser.bounds
  const higher = (name: string, value: number | null): Limit => ({ name, value, looser: 'higher' })
  const lower = (name: string, value: number | null): Limit => ({ name, value, looser: 'lower' })
  const named = new Set([...Object.keys(perInstrument), ...Object.keys(other.optimiser.bounds.perInstrument)])
  const instruments = [...named].flatMap((name) => {
    const [low, high] = (perInstrument as Readonly<Record<string, readonly [number, number]>>)[name] ?? [min, max]
    return [
      lower(`optimiser.bounds.per_symbol.${name}[0]`, low),
      higher(`optimiser.bounds.per_symbol.${name}[1]`, high),
    ]
  })
  return [
    lower('optimiser.bounds.min', min),
    higher('optimiser.bounds.max', max),
    lower('optimiser.bounds.cash[0]', cash[0]),
    ...instruments,
    higher('optimiser.turnover', optimiser.turnover),
    higher('orders.collar', orders.collar),
    higher('orders.not_after', orders.notAfterMs),
    higher('orders.allow_unsettled', Number(orders.allowUnsettled)),
    lower('targets.cash_reserve', targets.cashReserve),
    lower('triggers.cooldown.days', triggers.cooldownDays),
    higher('triggers.max_runs_per_day', triggers.maxRunsPerDay),
    ...regimeLimits(policy, other),
    ...volatilityLimits(policy),
  ]
}

/** What each kind of market leaves of the weights, 1 of each where the policy does not ask, and which readings of it count. */
const regimeLimits = ({ regime }: PortfolioPolicy, other: PortfolioPolicy): readonly Limit[] => [
  ...REGIMES.map((name) => ({
    name: `regime.multipliers.${name.toLowerCase()}`,
    value: regime?.multipliers[name] ?? 1,
    looser: 'higher' as const,
  })),
  // One that comes or goes is said by its multipliers.
  { name: 'regime.max_age', value: other.regime === undefined ? null : (regime?.maxAgeMs ?? null), looser: 'higher' },
  {
    name: 'regime.min_confidence',
    value: other.regime === undefined ? null : (regime?.minConfidence ?? null),
    looser: 'lower',
  },
]

/** What volatility leaves of the weights, and from which level on; all of them at any level where the policy does not ask. */
const volatilityLimits = ({ volatility }: PortfolioPolicy): readonly Limit[] => [
  { name: 'volatility.calm', value: volatility?.calm ?? Number.POSITIVE_INFINITY, looser: 'higher' },
  { name: 'volatility.wild', value: volatility?.wild ?? Number.POSITIVE_INFINITY, looser: 'higher' },
  { name: 'volatility.least', value: volatility?.least ?? 1, looser: 'higher' },
  { name: 'volatility.hysteresis', value: volatility?.hysteresis ?? 0, looser: 'lower' },
  { name: 'volatility.max_age', value: volatility?.maxAgeMs ?? Number.POSITIVE_INFINITY, looser: 'higher' },
]

function loosenedRules(before: readonly Chosen[], after: readonly Chosen[]): readonly string[] {
  return before.flatMap(({ name, params }) => {
    const now = after.find((rule) => rule.name === name)
    if (now === undefined) return [`governance.rules.${name} left out`]
    return Object.entries(params).flatMap(([key, was]) => {
      const is = now.params[key]
      return isLooserParameter(key, was, is) ? [`governance.rules.${name}.${key} ${shown(was)} -> ${shown(is)}`] : []
    })
  })
}

/** Plans that waited for people and wait no more, or for fewer, or longer. */
function loosenedApproval(before: ApprovalPolicy | undefined, after: ApprovalPolicy | undefined): readonly string[] {
  if (before === undefined) return []
  if (after === undefined) return ['approval left out']
  const higher = (['turnover', 'notional', 'expires_after'] as const).flatMap((name) => {
    const [was, is] = [approvalLimit(before, name), approvalLimit(after, name)]
    return isLooser(was, is, 'higher') ? [`approval.${name} ${shown(was)} -> ${shown(is)}`] : []
  })
  const fewer =
    after.approvers < before.approvers ? [`approval.approvers ${before.approvers} -> ${after.approvers}`] : []
  const live = before.firstLiveRun && !after.firstLiveRun ? ['approval.first_live_run true -> false'] : []
  const names = before.symbols.filter((name) => !after.symbols.includes(name))
  return [...higher, ...fewer, ...live, ...names.map((name) => `approval.symbols ${name} left out`)]
}

function approvalLimit(
  { turnover, notional, expiresAfterMs }: ApprovalPolicy,
  name: 'turnover' | 'notional' | 'expires_after',
): number | null {
  if (name === 'expires_after') return expiresAfterMs
  return name === 'turnover' ? turnover : (notional?.toNumber() ?? null)
}

/**
 * Names of which more is declared to be traded than before, or at a narrower spread, or nothing any more, and a later date of it all: how much
 * may be ordered goes by them.
 */
function loosenedLiquidity(
  before: PortfolioPolicy['liquidity'],
  after: PortfolioPolicy['liquidity'],
): readonly string[] {
  if (before === undefined) return []
  if (after === undefined) return ['liquidity left out']
  const names = [...new Set([...Object.keys(before.declared), ...Object.keys(after.declared)])] as InstrumentId[]
  const declared = names.flatMap((name) => {
    const [was, is] = [before.declared[name], after.declared[name]]
    return [
      ...otherFigure(`${name}.adv`, was?.adv, is?.adv, (from, to) => to <= from),
      ...otherFigure(`${name}.spread`, was?.spread, is?.spread, (from, to) => to >= from),
    ]
  })
  const [was, is] = [before.declaredAt, after.declaredAt]
  const newer = is !== null && (was === null || is > was)
  return newer ? [...declared, `liquidity.declared_on ${shownDate(was)} -> ${shownDate(is)}`] : declared
}

/** A declared figure that is another and not `tighter`; one that comes or goes is never that. */
function otherFigure(
  name: string,
  was: string | number | null | undefined,
  is: string | number | null | undefined,
  tighter: (from: number, to: number) => boolean,
): readonly string[] {
  if ((was ?? null) === (is ?? null) || (was != null && is != null && tighter(Number(was), Number(is)))) return []
  return [`liquidity.declared.${name} ${shown(was)} -> ${shown(is)}`]
}

/** Highest weights by a sizing method that are left out, taken from another one, or a larger multiple of it. */
function loosenedBounds(before: PortfolioPolicy['targets'], after: PortfolioPolicy['targets']): readonly string[] {
  const { boundsFrom: was, boundsMultiple: least } = before.params
  const { boundsFrom: is, boundsMultiple: now } = after.params
  if (was === undefined) return []
  if (was !== is) return [`targets.bounds_from ${shown(was)} -> ${shown(is)}`]
  const [from, to] = [Number(least ?? USUAL_MULTIPLE), Number(now ?? USUAL_MULTIPLE)]
  return to > from ? [`targets.bounds_multiple ${from} -> ${to}`] : []
}

/** Names that may be sold short from now on and could not before, new ones included. */
function newlyShortable(before: PortfolioPolicy, after: PortfolioPolicy): readonly string[] {
  const could = new Set(before.universe.filter(({ shortable }) => shortable).map(({ id }) => id))
  const may = after.universe.filter(({ id, shortable }) => shortable && !could.has(id))
  return may.map(({ id }) => `universe.per_symbol.${id}.shortable false -> true`)
}

/** Names that count to another sector than before: its limit may have more room. */
function otherSectors(before: PortfolioPolicy, after: PortfolioPolicy): readonly string[] {
  const were = new Map(before.universe.map(({ id, sector }) => [id, sector]))
  return after.universe.flatMap(({ id, sector }) => {
    if (!were.has(id) || were.get(id) === sector) return []
    return [`universe.per_symbol.${id}.sector ${shown(were.get(id))} -> ${shown(sector)}`]
  })
}

function isLooserParameter(key: string, was: unknown, is: unknown): boolean {
  if (encode([was]) === encode([is])) return false
  const [, end] = /^(max|min)(imum)?([A-Z]|$)/.exec(key) ?? []
  if (end === undefined || is === null) return true
  if (was === null) return false
  return end === 'max' ? !(Number(is) < Number(was)) : !(Number(is) > Number(was))
}

const shownDate = (at: Instant | null): string => (at === null ? 'none' : toIso(at).slice(0, 10))

function shown(value: unknown): string {
  if (value == null) return 'none'
  return typeof value === 'object' ? encode(value) : String(value)
}
