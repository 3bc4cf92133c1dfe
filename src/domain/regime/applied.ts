import type { PortfolioState, TriggerMemory } from '../portfolio/state.js'
import type { RegimeStanding } from './standing.js'
import { NO_REGIME } from './standing.js'

/** What targets were sized by. */
export interface Sized {
  /** What was asked for: by the regime, or by whatever takes risk back and asks for less. */
  readonly multiplier: number
  /** What the weights were multiplied by: less where limits left no room for more. */
  readonly factor: number
}

/** Whose multiplier it is: the regime's, that of a drawdown (a fraction of the high-water mark), or of a volatility index (its level). */
export type SizedFor =
  | Pick<RegimeStanding, 'regime' | 'because'>
  | { readonly drawdown: number }
  | { readonly volatility: number }

/** What a run's targets were sized by and why. */
export type RunSizing = Sized & SizedFor

/** Targets as they come: what stands before the regime has made a difference, and where no policy asks. */
export const UNSIZED: Sized = { multiplier: 1, factor: 1 }

/** The regime in force; nothing is known where the policy does not ask. */
export const regimeOf = ({ policy, regime }: Pick<PortfolioState, 'policy' | 'regime'>): RegimeStanding =>
  policy.regime === undefined ? NO_REGIME : (regime ?? NO_REGIME)

/** Memory after a run began to act on a move: it does not begin another. */
export const sizingActedOn = (memory: TriggerMemory, evidence: Readonly<Record<string, unknown>>): TriggerMemory =>
  withMultiplier(memory, evidence.to)

/** Memory after such a run ended without being committed: the move is still to be acted on. */
export const sizingPending = (memory: TriggerMemory, evidence: Readonly<Record<string, unknown>>): TriggerMemory =>
  withMultiplier(memory, evidence.from)

/** A trigger without these figures is not one of a moved multiplier. */
const withMultiplier = (memory: TriggerMemory, multiplier: unknown): TriggerMemory =>
  typeof multiplier === 'number' ? { ...memory, sized: { ...(memory.sized ?? UNSIZED), multiplier } } : memory
