import { isSchedule } from '#domain/calendar/schedule.js'
import { type Lending, lendingOf } from '#domain/governance/lending.js'
import { ruleNamed } from '#domain/governance/registry.js'
import { weightBounds } from '#domain/optimise/bounds.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { usableSource } from '#domain/targets/registry.js'

import { firingHours } from './calendar-schema.js'
import { type Report, snake } from './registry-schema.js'
import { inputLimits } from './rule-inputs.js'

/** Slack for sums of decimal fractions that floats cannot hold exactly. */
const ROUNDING = 1e-9

/** Checks that span sections of one portfolio file; each finding names the field to change, as the file spells it. */
export function crossCheck(policy: PortfolioPolicy, report: Report): void {
  knownSymbols(policy, report)
  oneCurrency(policy, report)
  shorts(policy, report)
  firingTime(policy, report)
  const usable = usableSource(policy.targets, policy)
  if (!usable.ok) {
    const [param, ...rest] = usable.refusal.path ?? []
    report(['targets', ...(param === undefined ? [] : [snake(param), ...rest])], usable.refusal.message)
  }
  if (policy.targets.name === 'optimised') reachable(policy, report)
  tradable(policy, report)
  inputs(policy, report)
  inputLimits(policy, report)
}

/** A rule without its input would refuse every plan. */
function inputs(policy: PortfolioPolicy, report: Report): void {
  for (const { name } of policy.governance) {
    const needs = ruleNamed(name)?.needs
    if (needs !== undefined && policy[needs] === undefined)
      report(['governance', 'rules', snake(name)], `needs the section ${needs}`)
  }
}

/** An edge needs a band, and only the optimiser knows what a trade gains. */
function tradable({ tradeTo, triggers, targets }: PortfolioPolicy, report: Report): void {
  if (tradeTo?.to === 'band-edge' && triggers.drift === null)
    report(['trade_to'], 'band-edge needs the bands of triggers.drift, which is null')
  if (tradeTo?.to === 'optimal' && targets.name !== 'optimised')
    report(['trade_to'], `optimal needs targets.source: optimised, and it is ${snake(targets.name)}`)
}

/** Per-symbol settings are about symbols of the universe: a misspelt one would silently do nothing. */
function knownSymbols(policy: PortfolioPolicy, report: Report): void {
  const known = new Set<string>(policy.universe.map((spec) => spec.id))
  const about = (names: object, path: readonly PropertyKey[]): void => {
    for (const name of Object.keys(names)) if (!known.has(name)) report([...path, name], 'is not in universe.symbols')
  }
  about(policy.optimiser.bounds.perInstrument, ['optimiser', 'bounds', 'per_symbol'])
  about(policy.triggers.drift?.perInstrument ?? {}, ['triggers', 'drift', 'per_symbol'])
  const from = policy.regime?.from
  if (from?.source === 'detector' && !known.has(from.instrument))
    report(['regime', 'symbol'], `${from.instrument} is not in universe.symbols: only prices of those are heard`)
  about(policy.liquidity?.declared ?? {}, ['liquidity', 'declared'])
  for (const name of policy.approval?.symbols ?? [])
    if (!known.has(name)) report(['approval', 'symbols'], `${name} is not in universe.symbols`)
}

function oneCurrency(policy: PortfolioPolicy, report: Report): void {
  for (const spec of policy.universe)
    if (spec.currency !== policy.currency)
      report(['universe'], `${spec.id} trades in ${spec.currency}, the portfolio is kept in ${policy.currency}`)
}

function shorts({ optimiser, universe }: PortfolioPolicy, report: Report): void {
  for (const spec of universe) {
    const [low] = weightBounds(optimiser, spec.id)
    const field = Object.hasOwn(optimiser.bounds.perInstrument, spec.id) ? ['per_symbol', spec.id] : ['min']
    if (low < 0 && !spec.shortable)
      report(['optimiser', 'bounds', ...field], `${spec.id} may go to ${low} but is not shortable`)
  }
}

/** A time of day that no session of the exchange leaves room for would never come. */
function firingTime({ triggers: { calendar } }: PortfolioPolicy, report: Report): void {
  if (calendar === null || !isSchedule(calendar)) return
  const { from, to } = firingHours(calendar.exchange)
  if (calendar.at < from || calendar.at > to)
    report(['triggers', 'calendar', 'at'], `must be from ${from} to ${to} in ${calendar.exchange}, got ${calendar.at}`)
}

/** Some weights and some cash inside their limits, those lent by the rules included, must add up to 1. */
function reachable(policy: PortfolioPolicy, report: Report): void {
  const all = lendingOf(policy.governance, { universe: policy.universe, held: {} })
  // What may be bought or shorted of a single name depends on what is held of it.
  const lent = { ...all, weights: all.weights.filter(({ instrument }) => instrument === null) }
  const [leastCash, mostCash] = policy.optimiser.bounds.cash
  let least = leastCash
  const most = new Map<string, number>()
  for (const spec of policy.universe) {
    const [low, high] = weightBounds(policy.optimiser, spec.id, lent)
    if (low > high)
      report(['optimiser', 'bounds'], `${spec.id} must weigh at least ${low} and, by the rules, at most ${high}`)
    least += low
    most.set(spec.id, high)
  }
  const path = ['optimiser', 'bounds']
  if (least > 1 + ROUNDING) report(path, `lowest weights and cash add up to ${round(least)}, more than 1`)
  const { sum, by } = mostInvested(most, lent)
  const why = by === null ? '' : ` (by ${by})`
  if (sum + mostCash < 1 - ROUNDING)
    report(path, `highest weights and cash add up to ${round(sum + mostCash)}${why}, less than 1`)
}

/** The most that weights may add up to, and the rule that keeps them from more, if one does. */
function mostInvested(
  most: ReadonlyMap<string, number>,
  { groups, gross }: Lending,
): { readonly sum: number; readonly by: string | null } {
  const sumOf = (names: readonly string[]): number => names.reduce((sum, name) => sum + (most.get(name) ?? 0), 0)
  let found: ReturnType<typeof mostInvested> = { sum: sumOf([...most.keys()]), by: null }
  const bound = (sum: number, by: string): void => {
    if (sum < found.sum) found = { sum, by }
  }
  for (const rule of new Set(groups.map(({ by }) => by))) {
    // The groups of one rule share no names.
    const own = groups.filter(({ by }) => by === rule)
    const inside = own.map(({ members, upper = Infinity }) => Math.min(upper, sumOf(members)))
    const grouped = new Set<string>(own.flatMap(({ members }) => members))
    const outside = sumOf([...most.keys()].filter((name) => !grouped.has(name)))
    bound(
      inside.reduce((sum, part) => sum + part, outside),
      rule,
    )
  }
  if (gross !== null) bound(gross.most, gross.by)
  return found
}

const round = (value: number): number => Number(value.toPrecision(10))
