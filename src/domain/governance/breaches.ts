import type { InstrumentId } from '#units/ids.js'
import type { Chosen } from '../policy.js'
import type { Weights } from '../targets/target-set.js'
import { resolve } from './judge.js'
import { percentOf } from './judgement.js'
import type { ExposureLimit } from './limited.js'
import type { ConstraintScope } from './rule.js'
import type { Measure } from './states.js'

/**
 * What trading itself may take a sum past its limit by, as a share of the limit: rules measure at the equity before trading,
 * and what trading costs makes every weight a hair larger.
 */
const HAIR = 1e-3

/** A limit that a sum of exposures is past. */
export interface Breach {
  readonly rule: string
  /** What is limited, for people: `exposure to Energy`. One limit of a rule is told from another by it. */
  readonly what: string
  /** The sum and its limit, fractions of equity. */
  readonly value: number
  readonly max: number
}

/** The exposures that all chosen rules limit, of what is held; a rule that cannot be resolved rejects every plan and limits none. */
export const hardLimits = (rules: readonly Chosen[], scope: ConstraintScope): readonly ExposureLimit[] =>
  rules.flatMap((chosen) => {
    const resolved = resolve(chosen)
    return 'why' in resolved ? [] : (resolved.rule.limits?.(resolved.params, scope) ?? [])
  })

/** The limits that weights are past by more than a hair. Cost O(limits × weights). */
export const breachesOf = (limits: readonly ExposureLimit[], weights: Weights): readonly Breach[] =>
  limits.flatMap((limit) => {
    const { rule, what, max } = limit
    const value = sumOf(limit, weights)
    return isPast(limit, value) ? [{ rule, what, value, max }] : []
  })

/** True for a sum past its limit by more than trading costs. */
export const isPast = ({ max }: Pick<ExposureLimit, 'max'>, value: number): boolean => value > max * (1 + HAIR)

/** The sum that a limit is on, fraction of equity. */
export function sumOf({ measure, of }: ExposureLimit, weights: Weights): number {
  let sum = 0
  // In one order whatever the order of the map: floats add up to the same.
  for (const instrument of (Object.keys(weights) as InstrumentId[]).sort())
    if (of?.(instrument) ?? true) sum += PART[measure](weights[instrument]!)
  return sum
}

const PART: Readonly<Record<Measure, (weight: number) => number>> = {
  long: (weight) => Math.max(0, weight),
  short: (weight) => Math.max(0, -weight),
  gross: Math.abs,
  net: (weight) => weight,
  'negative-net': (weight) => -weight,
}

/** A breach in words: `exposure to Energy is 31.2 % of equity, more than 30.0 % (sector-concentration)`. */
export const breachText = ({ rule, what, value, max }: Breach): string =>
  `${what} is ${percentOf(value)} of equity, more than ${percentOf(max)} (${rule})`
