import type { InstrumentId } from '#units/ids.js'
import type { InfeasiblePolicy, Relaxable } from '../policy.js'
import type { TargetSet } from '../targets/target-set.js'
import type { MeanCvarProblem } from './mean-cvar.js'

/** What a policy without a word on it does when limits conflict. */
export const DEFAULT_LADDER: InfeasiblePolicy = { relax: ['cash', 'minimum'], otherwise: 'previous' }

/** How far each limit is relaxed, from 0, where it stands, to 1, where it binds no more; absent is 0. */
export type Relaxations = ReadonlyMap<Relaxable, number>

/** One-way turnover that nothing reaches without leverage: selling everything, buying everything. */
const MOST_TURNOVER = 2

/** Whether a solver's name for a limit in conflict is about what can be relaxed. */
const CONCERNS: Readonly<Record<Relaxable, (name: string) => boolean>> = {
  cash: (name) => name === 'budget',
  minimum: (name) => name === 'budget' || name.startsWith('bound:'),
  turnover: (name) => name === 'turnover',
}

/** Whether a problem has the limit at all. */
const LIMITS: Readonly<Record<Relaxable, (problem: MeanCvarProblem) => boolean>> = {
  cash: ({ cash }) => cash.upper < 1,
  minimum: ({ lower }) => lower.some((low) => low > 0),
  turnover: ({ turnover = MOST_TURNOVER }) => turnover < MOST_TURNOVER,
}

/**
 * The limit to relax next: the first in the policy's order that has a part in the conflict, limits this problem, and has
 * not been relaxed yet; null when there is none.
 */
export function nextToRelax(
  { relax }: InfeasiblePolicy,
  problem: MeanCvarProblem,
  conflict: readonly string[],
  parts: Relaxations,
): Relaxable | null {
  const found = relax.find((limit) => !parts.has(limit) && conflict.some(CONCERNS[limit]) && LIMITS[limit](problem))
  return found ?? null
}

/**
 * A problem with limits relaxed: the most cash towards all of equity, the lowest weights above zero towards zero, the
 * turnover limit towards twice of equity. The highest weights and the least cash, which limit risk, never are.
 */
export function relaxed(problem: MeanCvarProblem, parts: Relaxations): MeanCvarProblem {
  const { cash, lower, turnover } = problem
  const towards = (limit: Relaxable, from: number, to: number): number => from + (to - from) * (parts.get(limit) ?? 0)
  return {
    ...problem,
    cash: { ...cash, upper: towards('cash', cash.upper, Math.max(1, cash.upper)) },
    lower: lower.map((low) => (low > 0 ? towards('minimum', low, 0) : low)),
    ...(turnover !== undefined && { turnover: towards('turnover', turnover, Math.max(MOST_TURNOVER, turnover)) }),
  }
}

/** What was relaxed, in words, in the order it was: `the most cash from 10.00 % to 25.00 %`. */
export function relaxations(before: MeanCvarProblem, parts: Relaxations): readonly string[] {
  const after = relaxed(before, parts)
  const percent = (value = 0): string => `${(value * 100).toFixed(2)} %`
  const words: Readonly<Record<Relaxable, string>> = {
    cash: `the most cash from ${percent(before.cash.upper)} to ${percent(after.cash.upper)}`,
    minimum: `the lowest weights by ${percent(parts.get('minimum'))} of each`,
    turnover: `the turnover limit from ${percent(before.turnover)} to ${percent(after.turnover)}`,
  }
  return [...parts.keys()].map((limit) => words[limit])
}

/** Float noise allowed when earlier targets are held against limits. */
const SLACK = 1e-9

/**
 * Why earlier targets may not be gone back to; null when they may: each of their names is still a column and weighs no
 * more than it may now, no group of them does, and they keep the least cash. What else they may miss is what the conflict
 * is about.
 */
export function unfitPrevious(
  previous: TargetSet | null,
  instruments: readonly InstrumentId[],
  { lower, upper, cash, groups = [] }: MeanCvarProblem,
): string | null {
  if (previous === null) return 'there are no earlier targets'
  for (const id of Object.keys(previous.weights).sort() as InstrumentId[]) {
    const weight = previous.weights[id]!
    if (weight === 0) continue
    const column = instruments.indexOf(id)
    if (column < 0) return `the earlier targets have ${id}, which is not eligible now`
    if (weight > upper[column]! + SLACK || weight < Math.min(0, lower[column]!) - SLACK)
      return `the earlier targets have ${(weight * 100).toFixed(2)} % ${id}, outside its bounds`
  }
  for (const { name, coefficients, upper: most = Infinity } of groups) {
    const weight = instruments.reduce((sum, id, column) => sum + coefficients[column]! * (previous.weights[id] ?? 0), 0)
    if (weight > most + SLACK)
      return `the earlier targets have ${(weight * 100).toFixed(2)} % in ${name}, above its limit`
  }
  return previous.cash < cash.lower - SLACK ? 'the earlier targets keep too little cash' : null
}
