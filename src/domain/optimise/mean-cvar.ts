/**
 * The Mean-CVaR portfolio problem and its answers (Rockafellar & Uryasev, J. Risk 2(3), 2000).
 *
 *   minimise    riskAversion·CVaR_α(−R w) − mean·w + Σ (buy|sell slope)ᵢ·|wᵢ − heldᵢ| / holdingPeriods
 *   subject to  funding·w + cost ≤ 1 − cash.lower            (cost = Σ undivided slope·|w − held|)
 *               funding·w        ≥ 1 − cash.upper − maxCost   (see below)
 *               lower ≤ w ≤ upper,   group.lower ≤ Σ group.coefficients·w ≤ group.upper
 *               Σ max(w − held, 0) ≤ turnover,  Σ max(held − w, 0) ≤ turnover,  Σ |w − held| ≤ traded
 *               Σ |w| ≤ leverage,  mean·w ≥ minimumReturn,  CVaR_α(−R w) ≤ maximumCvar
 *               at most cardinality.most weights not 0, each of those ≥ cardinality.smallest
 *
 * Cost may bend upwards at steps: see CostStep. With the cost Bᵢ of buying to the upper bound, Sᵢ of selling to the lower
 * one, and the steepest total slopes b and s, maxCost = min(Σ Bᵢ, turnover·b) + min(Σ Sᵢ, turnover·s).
 * Without any cost slope the two budget rows are 1 − cash.upper ≤ funding·w ≤ 1 − cash.lower.
 * Source: design optimiser.md sections 1 and 3.
 */

/** Scenario returns: simple returns per period, row-major, `rows` scenarios × `columns` instruments. */
export interface ScenarioMatrix {
  readonly rows: number
  readonly columns: number
  /** Float32 storage halves the memory; arithmetic is float64 either way. */
  readonly returns: Float64Array | Float32Array
  /** One weight per scenario, ≥ 0, normalised by the solver to sum 1; absent means equal. */
  readonly probabilities?: Float64Array
}

/** A named linear row: lower ≤ Σ coefficientsᵢ·wᵢ ≤ upper. An infinite side is absent, never ±Infinity. */
export interface GroupRow {
  readonly name: string
  readonly coefficients: Float64Array
  readonly lower?: number
  readonly upper?: number
}

/** Dearer trading beyond a size: slopes ≥ 0 added for the part of |w − held| past `beyond` ≥ 0; arrays per instrument. */
export interface CostStep {
  readonly beyond: Float64Array
  readonly buy: Float64Array
  readonly sell: Float64Array
}

/** A limit on the number of names, for problems with lower bounds ≥ 0. */
export interface Cardinality {
  /** Most weights that differ from 0, 1 … columns. */
  readonly most: number
  /** Smallest weight of an instrument that is held at all, ≥ 0, per instrument. */
  readonly smallest: Float64Array
}

/**
 * One Mean-CVaR problem. All arrays have `scenarios.columns` elements; weights are fractions of equity. Arrays are read
 * in place: they must not change, nor their buffers be transferred, until the solve settles.
 */
export interface MeanCvarProblem {
  readonly scenarios: ScenarioMatrix
  /** Confidence α of CVaR, strictly between 0 and 1. */
  readonly confidence: number
  /** λ ≥ 0, the weight of CVaR in the objective. */
  readonly riskAversion: number
  /** Expected simple return per period, in excess of cash; absent means no return term. */
  readonly mean?: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** Funding weight φ per unit of exposure weight; absent means 1 for each. */
  readonly funding?: Float64Array
  /** Weights held now: the origin of turnover and costs; absent means all zero. */
  readonly held?: Float64Array
  readonly cash: { readonly lower: number; readonly upper: number }
  /** Cost slopes ≥ 0 per unit of weight bought or sold, as a fraction of traded value, paid once. */
  readonly cost?: {
    readonly buy: Float64Array
    readonly sell: Float64Array
    readonly holdingPeriods: number
    readonly steps?: readonly CostStep[]
  }
  readonly groups?: readonly GroupRow[]
  /** One-way turnover limit τ ≥ 0 applied to buys and to sells; absent means none. */
  readonly turnover?: number
  /** Limit ≥ 0 on buys plus sells; absent means none. */
  readonly traded?: number
  /** Limit ≥ 0 on Σ |w|; absent means none. */
  readonly leverage?: number
  /** Least mean·w; needs `mean`. */
  readonly minimumReturn?: number
  /** Largest CVaR per period, positive is a loss; with riskAversion 0 the problem is the largest return under it. */
  readonly maximumCvar?: number
  readonly cardinality?: Cardinality
}

/**
 * Multipliers at the answer. `scenario` is the tail density q with Σq = λ, 0 ≤ q ≤ λ·p/(1−α), λ = riskAversion +
 * maximumCvar's multiplier. Limits that the problem lacks have multiplier 0.
 */
export interface SolverDuals {
  readonly scenario: Float64Array
  /** Signed multiplier of each row: > 0 when its lower side binds, < 0 when its upper side binds. */
  readonly budget: number
  readonly turnover: { readonly buys: number; readonly sells: number }
  readonly traded: number
  readonly leverage: number
  /** ≥ 0. */
  readonly minimumReturn: number
  /** ≥ 0: the price of a unit of CVaR beyond riskAversion. */
  readonly maximumCvar: number
  readonly groups: readonly { readonly name: string; readonly dual: number }[]
  /** Reduced cost per instrument (objective gradient after all rows): > 0 at the lower bound, < 0 at the upper. */
  readonly reducedCost: Float64Array
}

/**
 * A solved problem. `lowerBound ≤ optimum ≤ objective`; OPTIMAL only when gap ≤ tolerance, recomputed in float64.
 * With cardinality, `lowerBound` and `gap` are those of a search over the names and the solver's word: the duals are of the
 * problem without that limit and prove a bound that may be lower.
 */
export interface SolverSolution {
  readonly status: 'OPTIMAL' | 'FEASIBLE'
  readonly weights: Float64Array
  /** 1 − funding·w − cost, as a fraction of equity. */
  readonly cash: number
  readonly objective: number
  readonly lowerBound: number
  /**
   * (objective − lowerBound) / max(|objective|, 1e-3·riskAversion·mean|L|,
   * 1e-5·max(riskAversion·max|R|, max|mean|, max cost slope / holdingPeriods)).
   */
  readonly gap: number
  /** CVaR of −R·w at `confidence`, per period, positive is a loss. */
  readonly cvar: number
  readonly var: number
  /** mean·w, zero without a mean. */
  readonly expectedReturn: number
  /** Σ undivided slope·|w − held|, fraction of equity. */
  readonly cost: number
  /** Largest violation of any bound or row at `weights`, in weight units. */
  readonly violation: number
  readonly duals: SolverDuals
  readonly iterations: number
  readonly passes: number
  readonly elapsedMs: number
  /** `cpu` or `cuda`. */
  readonly backend: string
  /** Why it was the processors although a device was asked for. */
  readonly fallback?: string
}

/** A solve that yields no weights, each for a stated reason. */
export type SolverFailure =
  | { readonly status: 'INVALID_INPUT'; readonly field: string; readonly message: string }
  | {
      readonly status: 'INFEASIBLE'
      readonly message: string
      /**
       * A minimal set of limits in conflict, by name: 'budget', 'turnover', 'traded', 'leverage', 'minimumReturn',
       * 'maximumCvar', 'cardinality', 'group:Energy', 'bound:3'.
       */
      readonly conflict: readonly string[]
    }
  | { readonly status: 'CANCELLED' | 'TIME_LIMIT' | 'NUMERICAL'; readonly message: string }

/** What a solve returns; it never throws on a bad problem and never answers with equal weights. */
export type SolverAnswer = SolverSolution | SolverFailure

/** True when the answer carries weights. */
export function solved(answer: SolverAnswer): answer is SolverSolution {
  return answer.status === 'OPTIMAL' || answer.status === 'FEASIBLE'
}
