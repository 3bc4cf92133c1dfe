import { wantedReadings } from '../governance/judge.js'
import type { RuleReadings } from '../governance/readings.js'
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
