import type { PortfolioState, TriggerMemory } from '../portfolio/state.js'
import type { RegimeStanding } from './standing.js'
import { NO_REGIME } from './standing.js'

/** What targets were sized by. */
export interface Sized {
  /** What the regime asked for. */
  readonly multiplier: number
  /** What the weights were multiplied by: less where limits left no room for more. */
  readonly factor: number
}

/** What a run's targets were sized by and why. */
export interface RunSizing extends Sized, Pick<RegimeStanding, 'regime' | 'because'> {}

/** Targets as they come: what stands before the regime has made a difference, and where no policy asks. */
export const UNSIZED: Sized = { multiplier: 1, factor: 1 }

/** A move of the multiplier that is worth a run of its own. Source: design domain.md section 2. */
const MULTIPLIER_STEP = 0.1

/** Slack for decimal fractions: 1 − 0.9 is a little less than 0.1 in float64. */
const SLACK = 1e-12

/** The regime in force; nothing is known where the policy does not ask. */
export const regimeOf = ({ policy, regime }: Pick<PortfolioState, 'policy' | 'regime'>): RegimeStanding =>
  policy.regime === undefined ? NO_REGIME : (regime ?? NO_REGIME)

/** A multiplier that has moved away from what the targets were sized for, in words and figures. */
export interface MovedSizing {
  readonly why: string
  readonly evidence: { readonly from: number; readonly to: number; readonly regime: string; readonly because: string }
}

/**
 * How far the multiplier has moved since targets were last sized; null for less than {@link MULTIPLIER_STEP}, and for a portfolio
 * that wants nothing. Total.
 */
export function sizingMoved(
  state: Pick<PortfolioState, 'policy' | 'regime' | 'memory' | 'effective'>,
): MovedSizing | null {
  const { memory, effective } = state
  if (effective === null || Object.keys(effective.weights).length === 0) return null
  const from = (memory.sized ?? UNSIZED).multiplier
  const { multiplier: to, regime, because } = regimeOf(state)
  if (Math.abs(to - from) < MULTIPLIER_STEP - SLACK) return null
  return { why: `sizing by the regime goes from ${from} to ${to}: ${regime}`, evidence: { from, to, regime, because } }
}

/** Memory after a run began to act on a move: it does not begin another. */
export const sizingActedOn = (memory: TriggerMemory, evidence: Readonly<Record<string, unknown>>): TriggerMemory =>
  withMultiplier(memory, evidence.to)

/** Memory after such a run ended without being committed: the move is still to be acted on. */
export const sizingPending = (memory: TriggerMemory, evidence: Readonly<Record<string, unknown>>): TriggerMemory =>
  withMultiplier(memory, evidence.from)

/** A trigger without these figures is not one of a moved multiplier. */
const withMultiplier = (memory: TriggerMemory, multiplier: unknown): TriggerMemory =>
  typeof multiplier === 'number' ? { ...memory, sized: { ...(memory.sized ?? UNSIZED), multiplier } } : memory
