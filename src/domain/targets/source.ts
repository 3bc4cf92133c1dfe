import type { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import type { Refusal } from '#units/outcome.js'
import type { PortfolioPolicy } from '../policy.js'
import type { TargetSet, Weights } from './target-set.js'

/** Historical scenarios: simple bar returns, row-major, one column per eligible instrument, oldest row first. */
export interface ScenarioSet {
  readonly instruments: readonly InstrumentId[]
  readonly rows: number
  /** rows × instruments.length. */
  readonly returns: Float64Array
  /** First and last session of the window, `YYYY-MM-DD`; empty without rows. */
  readonly from: string
  readonly to: string
  /** Universe members left out and why. */
  readonly excluded: readonly { readonly instrument: InstrumentId; readonly reason: string }[]
  /** SHA-256 over the window, so that a journal names its inputs. */
  readonly digest: string
}

/** What a source is asked: the policy, what is held, and the scenarios up to the decision. */
export interface TargetRequest {
  readonly policy: PortfolioPolicy
  readonly held: Weights
  /** The same as it would be without sizing, which limits on trading are measured from; absent where nothing was sized. */
  readonly heldPlain?: Weights
  readonly scenarios: ScenarioSet
}

/** Targets at once, a problem for the solver, or a reason to hold. */
export type Proposal =
  | { readonly kind: 'targets'; readonly targets: TargetSet; readonly note: string }
  | { readonly kind: 'optimise' }
  | { readonly kind: 'hold'; readonly reason: string }

/** Why a policy cannot use a source's parameters, and which of them it is: its path, by the names of the schema. */
export interface TargetRefusal extends Refusal {
  readonly path?: readonly string[]
}

/** Where targets come from. Pure; the optimised source asks for a solve, which the engine runs. */
export interface TargetSource<Params> {
  readonly name: string
  readonly summary: string
  readonly schema: z.ZodType<Params>
  /** Why this policy cannot use these parameters; null when it can. Beyond what the schema sees: ids, shorts. */
  refusal?(params: Params, policy: PortfolioPolicy): TargetRefusal | null
  propose(params: Params, request: TargetRequest): Proposal
}
