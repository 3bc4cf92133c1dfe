import type { MarketView } from '#domain/market.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import type { Commit } from '#ports/journal.js'
import type { InstrumentId } from '#units/ids.js'
import { type Account, sumsOf } from './account.js'
import { NAMES } from './prices.js'
import { followRests } from './rests.js'

/** What the witness knows of the names that were past their limit at the last close: surely so, and surely not. */
export interface KnownBreaches {
  past: ReadonlySet<InstrumentId>
  within: ReadonlySet<InstrumentId>
}

/** Follows a step that is booked already, the fill that ends a run included: what rests that a rule refused, and what is past its limit. */
export function followGoverned(account: Account, commit: Commit): readonly string[] {
  if (commit.entry.event.type === 'inputsRead') account.inputsAt = commit.entry.at
  return [...followRests(account.rests, commit), ...followBreaches(account, commit)]
}

/** How near to its limit a weight is one that nobody need be sure of, relative to the limit. */
const NEAR = 2e-3
/** What prices may move between a plan and its last wave of buys, relative. */
const MOVED = 1.25

/**
 * Follows a step and says what must not be: a name that was past its limit at the last close, and is by the end of a run, and is not
 * said to be; one that was within it and is said to be past; a run that adds to what was past.
 */
function followBreaches(account: Account, { entry: { event }, run, snapshot }: Commit): readonly string[] {
  const { breaches: known, regime } = account
  const max = limitOf(regime.policy)
  if (event.type === 'marked') close(account, event.view, max)
  if (run === null || run.endedAt === null || snapshot === null || max === null) return []
  const said = /"breaches":\[(\{"max":[^\]]*)\]/.exec(snapshot.text)?.[1] ?? ''
  const isSaid = (name: InstrumentId): boolean =>
    said.includes(`"rule":"position-limit"`) && said.includes(`"what":"${name}"`)
  const weights = weightsOf(account, run.view)
  if (weights === null) return []
  const wrong = NAMES.flatMap((name) => {
    const weight = weights.get(name) ?? 0
    if (known.within.has(name) && isSaid(name))
      return [`${run.id}: ${name} was within its limit and is said to be past it`]
    return known.past.has(name) && weight > max * (1 + NEAR) && !isSaid(name)
      ? [`${run.id}: ${name} weighs ${weight}, was past ${max} at the close, and is not said to be`]
      : adds(run, name, max)
  })
  // What a run's end does not find past its limit is forgotten, until a close finds it again.
  known.past = new Set([...known.past].filter((name) => (weights.get(name) ?? 0) > max * (1 + NEAR)))
  return wrong
}

function close(account: Account, view: MarketView, max: number | null): void {
  const { breaches: known } = account
  const weights = weightsOf(account, view)
  if (max === null || weights === null) return
  const names = (is: (weight: number) => boolean) => new Set(NAMES.filter((name) => is(weights.get(name) ?? 0)))
  known.past = names((weight) => weight > max * (1 + NEAR))
  known.within = names((weight) => weight < max * (1 - NEAR))
}

/** |Weights| by what was booked; null where a name has no price or nothing has a weight. */
function weightsOf(account: Account, { quotes }: MarketView) {
  const { cash, units } = sumsOf(account)
  const held = [...units].filter(([, quantity]) => !quantity.isZero())
  if (held.some(([name]) => !(quotes[name]?.price.gt(0) ?? false))) return null
  const values = held.map(([name, quantity]) => [name, quantity.times(quotes[name]!.price).toNumber()] as const)
  const equity = values.reduce((sum, [, value]) => sum + value, cash.toNumber())
  return equity > 0 ? new Map(values.map(([name, value]) => [name, Math.abs(value) / equity])) : null
}

/** A name that was far past its limit when the run began, and more of it was traded. */
function adds(run: Run, name: InstrumentId, max: number): readonly string[] {
  const weight = run.before.weights[name] ?? 0
  if (Math.abs(weight) <= max * MOVED) return []
  const side = weight > 0 ? 'buy' : 'sell'
  const added = Object.values(run.orders).some(({ body, cumulative }) => {
    return body.instrument === name && body.side === side && cumulative.gt(0)
  })
  return added ? [`${run.id} adds to ${name}, which was ${weight} of equity, its limit is ${max}`] : []
}

const limitOf = (policy: PortfolioPolicy | null): number | null => {
  const found = policy?.governance.find(({ name }) => name === 'position-limit')
  return found === undefined ? null : Number(found.params.max)
}
