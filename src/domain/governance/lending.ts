import type { InstrumentId } from '#units/ids.js'
import type { Chosen, OptimiserPolicy } from '../policy.js'
import { resolve } from './judge.js'
import type { ConstraintScope, CvarMost, GroupLimit, WeightLimit } from './rule.js'

/** A limit and the rule that lends it. */
export type Lent<Limit> = Limit & { readonly by: string }

/** What all chosen rules lend the optimiser together. */
export interface Lending {
  /** On weights: of one instrument, or of every one where it is null. */
  readonly weights: readonly Lent<WeightLimit & { readonly instrument: InstrumentId | null }>[]
  readonly groups: readonly Lent<GroupLimit>[]
  /** The tightest of each kind; null where no rule lends one. */
  readonly turnover: Lent<{ readonly most: number }> | null
  readonly gross: Lent<{ readonly most: number }> | null
  readonly cvar: Lent<CvarMost> | null
}

/** No limits at all. */
export const NOTHING_LENT: Lending = { weights: [], groups: [], turnover: null, gross: null, cvar: null }

/** The limits that all chosen rules lend the optimiser. A rule that cannot be resolved lends nothing here: `govern` rejects the plan. */
export function lendingOf(rules: readonly Chosen[], scope: ConstraintScope): Lending {
  return rules.reduce<Lending>((all, chosen) => {
    const resolved = resolve(chosen)
    if ('why' in resolved) return all
    const {
      perInstrument = {},
      groups = [],
      turnover,
      gross,
      cvar,
      ...every
    } = resolved.rule.constraints?.(resolved.params, scope) ?? {}
    const by = chosen.name
    const own = (Object.keys(perInstrument) as InstrumentId[]).map((instrument) => ({
      ...perInstrument[instrument]!,
      instrument,
      by,
    }))
    return {
      weights: [...all.weights, ...(hasLimit(every) ? [{ ...every, instrument: null, by }] : []), ...own],
      groups: [...all.groups, ...groups.map((group) => ({ ...group, by }))],
      turnover: tighter(all.turnover, turnover, by),
      gross: tighter(all.gross, gross, by),
      cvar: cvar === undefined || (all.cvar !== null && all.cvar.most <= cvar.most) ? all.cvar : { ...cvar, by },
    }
  }, NOTHING_LENT)
}

/** The limits lent on one instrument's weight. */
export const lentOn = ({ weights }: Lending, instrument: InstrumentId): Lending['weights'] =>
  weights.filter((row) => row.instrument === null || row.instrument === instrument)

/** The row of a group in the optimiser's problem: `sector-concentration:Energy`. */
export const groupName = ({ by, label }: Lent<GroupLimit>): string => `${by}:${label}`

/**
 * The rule that a limit of a solved problem comes from, by the limit's name (`upper:MSFT`, `group:…`, `turnover:buys`,
 * `leverage`); null for one of the policy's own, which are the tighter ones where both have the same.
 */
export function lenderOf(limit: string, lending: Lending, policy: OptimiserPolicy): string | null {
  const [kind, rest = ''] = limit.split(/:(.*)/s)
  switch (kind) {
    case 'upper':
    case 'lower':
      return boundLender(kind, rest as InstrumentId, lending, policy)
    case 'group':
      return lending.groups.find((group) => groupName(group) === rest)?.by ?? null
    case 'turnover':
      return lending.turnover !== null && lending.turnover.most < (policy.turnover ?? Infinity)
        ? lending.turnover.by
        : null
    case 'leverage':
      return lending.gross?.by ?? null
    case 'maximumCvar':
      return lending.cvar?.by ?? null
    default:
      return null
  }
}

function boundLender(
  side: keyof WeightLimit,
  instrument: InstrumentId,
  lending: Lending,
  policy: OptimiserPolicy,
): string | null {
  const sign = side === 'upper' ? 1 : -1
  const { bounds } = policy
  const [min, max] = bounds.perInstrument[instrument] ?? [bounds.min, bounds.max]
  let tightest: { readonly value: number; readonly by: string | null } = {
    value: side === 'upper' ? max : min,
    by: null,
  }
  for (const row of lentOn(lending, instrument)) {
    const value = row[side]
    if (value !== undefined && value * sign < tightest.value * sign) tightest = { value, by: row.by }
  }
  return tightest.by
}

const hasLimit = ({ lower, upper }: WeightLimit): boolean => lower !== undefined || upper !== undefined

const tighter = (before: Lending['turnover'], most: number | undefined, by: string): Lending['turnover'] =>
  most === undefined || (before !== null && before.most <= most) ? before : { most, by }
