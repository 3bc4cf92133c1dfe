import { encode } from '#units/canonical.js'
import { wantedReadings } from '../governance/judge.js'
import type { RuleReadings } from '../governance/readings.js'
import type { PortfolioPolicy } from '../policy.js'
import type { PortfolioState } from '../portfolio/state.js'
import { type Decide, quiet } from './step.js'

/** Takes in what rules rest on beyond books and prices. */
export const heedReadings: Decide = (state, event) =>
  quiet(event.type === 'inputsRead' ? { ...state, readings: { ...state.readings, ...event.readings } } : state)

/** What the rules of a policy may know of what was read: nothing that none of them asks for. */
export function readingsFor({ policy, readings }: Pick<PortfolioState, 'policy' | 'readings'>): RuleReadings {
  if (readings === undefined) return {}
  const wanted = wantedReadings(policy.governance)
  return Object.fromEntries(Object.entries(readings).filter(([kind]) => Object.hasOwn(wanted, kind)))
}

/**
 * A state under another policy, without what was read by other terms than its rules have, or that none asks for any more: a reading from
 * before says nothing of them, and the rule refuses until the next.
 */
export function underPolicy(state: PortfolioState, policy: PortfolioPolicy): PortfolioState {
  const { readings, ...rest } = state
  if (readings === undefined) return { ...state, policy }
  const [before, after] = [wantedReadings(state.policy.governance), wantedReadings(policy.governance)]
  const kinds = Object.entries(readings) as [keyof RuleReadings, unknown][]
  const kept = kinds.filter(
    ([kind]) => after[kind] !== undefined && encode([termsOf(before[kind])]) === encode([termsOf(after[kind])]),
  )
  if (kept.length === kinds.length) return { ...state, policy }
  return kept.length === 0 ? { ...rest, policy } : { ...rest, policy, readings: Object.fromEntries(kept) }
}

/** What a reading is made by; how old it may be says nothing of what it is. */
const termsOf = (wanted: object | undefined): unknown => (wanted === undefined ? null : { ...wanted, maxAge: 0 })
