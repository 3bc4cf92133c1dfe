import { type Matrix, timesVector } from './matrix.js'

/** Largest relative distance of a contribution from its share at which the descent has arrived. */
const SHARE_TOLERANCE = 1e-11
/** Sweeps over all columns before the descent gives up; usual portfolios take ten to forty. */
const MOST_SWEEPS = 1_000
/**
 * Variance of a mix, relative to that of the same mix without any diversification, at which the rest of the sweeps is saved:
 * contributions to it are rounding, and would never come within the tolerance.
 */
const RISKLESS = 1e-10

/**
 * Cyclical coordinate descent on ½yᵀCy − θ·Σ bᵢ ln yᵢ with y ≤ limits, C the correlations of Σ and yᵢ = σᵢwᵢ, so that
 * volatilities of any size are alike to it. One step is exact: the positive root of yᵢ² + (Σ_{j≠i} Cᵢⱼyⱼ)·yᵢ − θbᵢ = 0,
 * or the limit. It keeps its y, so that the next descent starts where the last one ended.
 */
export class RiskDescent {
  private readonly correlations: Matrix
  private readonly deviations: Float64Array
  /** Σ shares = 1. */
  private readonly shares: Float64Array
  private readonly at: Float64Array
  private limits: Float64Array
  private caps: Float64Array

  /** Σ with a positive diagonal, and budgets in any positive proportion. */
  constructor(covariance: Matrix, budgets: Float64Array) {
    const size = covariance.rows
    this.deviations = Float64Array.from({ length: size }, (_, i) => Math.sqrt(covariance.values[i * size + i]!))
    this.correlations = correlationsOf(covariance, this.deviations)
    const total = budgets.reduce((sum, budget) => sum + budget, 0)
    this.shares = budgets.map((budget) => budget / total)
    this.at = this.shares.map(Math.sqrt)
    this.limits = new Float64Array(size).fill(Infinity)
    this.caps = this.limits
  }

  /** Descends without caps at θ = 1. True once every contribution is its share; only proportions of the weights count. */
  uncapped(): boolean {
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
      this.sweep(1)
      const contributions = this.contributions()
      const variance = sum(contributions)
      // On the ray through y the minimum is where yᵀCy = Σb. Without this step, mixes that hedge would grow for ages.
      if (!(variance > RISKLESS * sum(this.at) ** 2)) return false
      if (this.error(contributions, 1) <= SHARE_TOLERANCE) return true
      const scale = 1 / Math.sqrt(variance)
      for (let i = 0; i < this.at.length; i += 1) this.at[i]! *= scale
    }
    return false
  }

  /** Puts every weight at its cap; the smallest θ at which that is the minimum (≤ 0 when it is at any). */
  startAtCaps(caps: Float64Array): number {
    this.caps = caps
    this.limits = caps.map((cap, i) => cap * this.deviations[i]!)
    this.at.set(this.limits)
    return this.contributions().reduce((most, own, i) => Math.max(most, own / this.shares[i]!), -Infinity)
  }

  /** Descends at θ under the caps last started at. True once all below their cap contribute θ·bᵢ and nobody more. */
  capped(theta: number): boolean {
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
      this.sweep(theta)
      if (this.error(this.contributions(), theta) <= SHARE_TOLERANCE) return true
    }
    return false
  }

  /** wᵢ = yᵢ/σᵢ, exactly the cap where it binds. */
  weights(): Float64Array {
    return this.at.map((y, i) => (y >= this.limits[i]! ? this.caps[i]! : y / this.deviations[i]!))
  }

  /** Columns of more than twice the variance of the whole, so that others take it off again; all if none is. */
  hedged(): readonly number[] {
    const variance = sum(this.contributions())
    const columns = [...this.at.keys()]
    // What is left of a variance that all but vanished is rounding, so a column must also be among the large ones.
    const least = Math.max(...this.at) / 10
    const found = columns.filter((i) => this.at[i]! ** 2 > 2 * variance && this.at[i]! > least)
    return found.length > 0 ? found : columns
  }

  private sweep(theta: number): void {
    const size = this.at.length
    const { values } = this.correlations
    for (let i = 0; i < size; i += 1) {
      this.at[i] = 0
      let others = 0
      for (let j = 0; j < size; j += 1) others += values[i * size + j]! * this.at[j]!
      this.at[i] = Math.min(this.limits[i]!, positiveRoot(others, theta * this.shares[i]!))
    }
  }

  /** yᵢ·(Cy)ᵢ, the same as wᵢ·(Σw)ᵢ. */
  private contributions(): Float64Array {
    return timesVector(this.correlations, this.at).map((marginal, i) => marginal * this.at[i]!)
  }

  private error(contributions: Float64Array, theta: number): number {
    return contributions.reduce((most, own, i) => {
      const excess = own / (theta * this.shares[i]!) - 1
      return Math.max(most, this.at[i]! < this.limits[i]! ? Math.abs(excess) : excess)
    }, 0)
  }
}

/** The positive y with y² + others·y = share, without subtracting what is nearly equal. */
function positiveRoot(others: number, share: number): number {
  const root = Math.sqrt(others * others + 4 * share)
  return others > 0 ? (2 * share) / (others + root) : (root - others) / 2
}

function correlationsOf({ rows, columns, values }: Matrix, deviations: Float64Array): Matrix {
  const correlations = values.map((value, at) => {
    const row = Math.floor(at / columns)
    const column = at % columns
    return row === column ? 1 : value / deviations[row]! / deviations[column]!
  })
  return { rows, columns, values: correlations }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)
