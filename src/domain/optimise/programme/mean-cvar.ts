import type { CostStep, MeanCvarProblem } from '../mean-cvar.js'
import { type LinearProgramme, ProgrammeDraft, type Terms } from './draft.js'

/** Units in which losses, expected returns and the objective are of order 1: an LP solver's tolerances are absolute. */
export interface Units {
  readonly loss: number
  readonly mean: number
  readonly objective: number
}

/** The units that suit a problem: its largest return, its largest mean, its steepest slope. */
export function unitsOf({ scenarios, cost, mean, riskAversion }: MeanCvarProblem): Units {
  const most = (values: Float64Array | Float32Array | undefined): number => {
    let found = 0
    values?.forEach((value) => {
      found = Math.max(found, Math.abs(value))
    })
    return found
  }
  const loss = most(scenarios.returns) || 1
  const slopes = Math.max(most(cost?.buy), most(cost?.sell)) / (cost?.holdingPeriods ?? 1)
  return { loss, mean: most(mean) || 1, objective: Math.max(riskAversion * loss, most(mean), slopes) || 1 }
}

/**
 * A problem as the textbook linear programme (Rockafellar & Uryasev, J. Risk 2(3), 2000, eq. 17), for solvers to compare
 * with; it shares nothing with the certificate. Columns: `w` weights, `t` VaR, `x` losses beyond it, `b` and `s` bought
 * and sold, `e` and `f` those beyond a cost step, `m` absolute weights, `z` held or not. Rows are named by the limit they
 * state: `spend`, `invest`, `buys`, `sells`, `traded`, `leverage`, `return`, `cvar`, `lower`/`upper` and the number of a
 * group, `tail` and the number of a scenario. Its objective is the problem's divided by `units.objective`.
 */
export function linearProgramme(problem: MeanCvarProblem, units: Units): LinearProgramme {
  const writing = new Writing(problem, units)
  writing.budget()
  writing.trades()
  writing.steps()
  writing.leverage()
  writing.groups()
  writing.risk()
  writing.names()
  writing.objective()
  return writing.draft
}

/** Where the columns of each kind start, and the rows that are made of them. */
class Writing {
  readonly draft = new ProgrammeDraft()
  private readonly count: number
  private readonly scenarios: readonly (readonly [number, number])[]
  private readonly w: number
  private readonly t: number
  private readonly x: number
  private readonly b: number
  private readonly s: number
  private readonly beyond: readonly { readonly step: CostStep; readonly e: number; readonly f: number }[]

  constructor(
    private readonly problem: MeanCvarProblem,
    private readonly units: Units,
  ) {
    const { lower, upper, cost, scenarios } = problem
    const { draft } = this
    this.count = lower.length
    this.scenarios = scenariosOf(problem)
    this.w = draft.block('w', this.count, (i) => [lower[i]!, upper[i]!])
    this.t = draft.free('t')
    this.x = draft.block('x', scenarios.rows)
    this.b = tradesIn(problem) ? draft.block('b', this.count) : -1
    this.s = tradesIn(problem) ? draft.block('s', this.count) : -1
    this.beyond = (cost?.steps ?? []).map((step, k) => ({
      step,
      e: draft.block(`e${k}_`, this.count),
      f: draft.block(`f${k}_`, this.count),
    }))
  }

  budget(): void {
    const { cash, funding } = this.problem
    const funded = this.sum(this.w, (i) => funding?.[i] ?? 1)
    this.draft.row('spend', '<=', 1 - cash.lower, funded, this.costs(1))
    this.draft.row('invest', '>=', 1 - cash.upper - dearest(this.problem), funded)
  }

  trades(): void {
    const { turnover, traded } = this.problem
    if (!tradesIn(this.problem)) return
    for (let i = 0; i < this.count; i += 1)
      this.draft.row(`trade${i}`, '=', this.origin(i), one(this.w + i, 1), one(this.b + i, -1), one(this.s + i, 1))
    const [buys, sells] = [this.sum(this.b, () => 1), this.sum(this.s, () => 1)]
    if (turnover !== undefined) this.draft.row('buys', '<=', turnover, buys)
    if (turnover !== undefined) this.draft.row('sells', '<=', turnover, sells)
    if (traded !== undefined) this.draft.row('traded', '<=', traded, buys, sells)
  }

  /** e >= w - held - beyond and f >= held - w - beyond: both cost something, so neither is larger than it must be. */
  steps(): void {
    for (const [k, { step, e, f }] of this.beyond.entries())
      for (let i = 0; i < this.count; i += 1) {
        const [held, size] = [this.origin(i), step.beyond[i]!]
        this.draft.row(`dearBuy${k}_${i}`, '>=', -held - size, one(e + i, 1), one(this.w + i, -1))
        this.draft.row(`dearSell${k}_${i}`, '>=', held - size, one(f + i, 1), one(this.w + i, 1))
      }
  }

  leverage(): void {
    const { leverage } = this.problem
    if (leverage === undefined) return
    const m = this.draft.block('m', this.count)
    for (let i = 0; i < this.count; i += 1) {
      this.draft.row(`long${i}`, '>=', 0, one(m + i, 1), one(this.w + i, -1))
      this.draft.row(`short${i}`, '>=', 0, one(m + i, 1), one(this.w + i, 1))
    }
    this.draft.row(
      'leverage',
      '<=',
      leverage,
      this.sum(m, () => 1),
    )
  }

  groups(): void {
    for (const [g, { coefficients, lower, upper }] of (this.problem.groups ?? []).entries()) {
      const row = this.sum(this.w, (i) => coefficients[i]!)
      if (lower !== undefined) this.draft.row(`lower${g}`, '>=', lower, row)
      if (upper !== undefined) this.draft.row(`upper${g}`, '<=', upper, row)
    }
  }

  risk(): void {
    const { mean, minimumReturn, maximumCvar, scenarios } = this.problem
    const { loss, mean: unit } = this.units
    const returns = this.sum(this.w, (i) => (mean?.[i] ?? 0) / unit)
    if (minimumReturn !== undefined) this.draft.row('return', '>=', minimumReturn / unit, returns)
    if (maximumCvar !== undefined) this.draft.row('cvar', '<=', maximumCvar / loss, this.cvar(1))
    for (const [at] of this.scenarios) {
      const row = at * scenarios.columns
      const portfolio = this.sum(this.w, (i) => scenarios.returns[row + i]! / loss)
      this.draft.row(`tail${at}`, '>=', 0, portfolio, one(this.t, 1), one(this.x + at, 1))
    }
  }

  /** smallest z <= w <= upper z, sum z <= most. */
  names(): void {
    const { cardinality, upper } = this.problem
    if (cardinality === undefined) return
    const z = this.draft.binaries('z', this.count)
    for (let i = 0; i < this.count; i += 1) {
      this.draft.row(`none${i}`, '<=', 0, one(this.w + i, 1), one(z + i, -upper[i]!))
      this.draft.row(`some${i}`, '>=', 0, one(this.w + i, 1), one(z + i, -cardinality.smallest[i]!))
    }
    this.draft.row(
      'names',
      '<=',
      cardinality.most,
      this.sum(z, () => 1),
    )
  }

  objective(): void {
    const { mean, riskAversion, cost } = this.problem
    const { loss, objective } = this.units
    this.draft.minimise(
      this.cvar((riskAversion * loss) / objective),
      this.sum(this.w, (i) => -(mean?.[i] ?? 0) / objective),
      this.costs(1 / (cost?.holdingPeriods ?? 1) / objective),
    )
  }

  private origin(i: number): number {
    return this.problem.held?.[i] ?? 0
  }

  /** One term for each instrument. */
  private sum(first: number, coefficient: (i: number) => number): Terms {
    return (put) => {
      for (let i = 0; i < this.count; i += 1) put(first + i, coefficient(i))
    }
  }

  /** What trading adds to a row: `share` of every cost slope. */
  private costs(share: number): Terms {
    const { cost } = this.problem
    return (put) => {
      if (cost === undefined) return
      const both = (parts: { buy: Float64Array; sell: Float64Array }, bought: number, sold: number): void => {
        this.sum(bought, (i) => parts.buy[i]! * share)(put)
        this.sum(sold, (i) => parts.sell[i]! * share)(put)
      }
      both(cost, this.b, this.s)
      for (const { step, e, f } of this.beyond) both(step, e, f)
    }
  }

  /** CVaR, `scale` times: t + sum p/(1 - confidence) x. */
  private cvar(scale: number): Terms {
    return (put) => {
      put(this.t, scale)
      for (const [at, share] of this.scenarios) put(this.x + at, scale * share)
    }
  }
}

const one =
  (column: number, coefficient: number): Terms =>
  (put) =>
    put(column, coefficient)

const tradesIn = ({ cost, turnover, traded }: MeanCvarProblem): boolean =>
  cost !== undefined || turnover !== undefined || traded !== undefined

/** Scenarios that can happen, with probability over 1 - confidence. */
function scenariosOf({ scenarios, confidence }: MeanCvarProblem): readonly (readonly [number, number])[] {
  const probabilities = scenarios.probabilities ?? new Float64Array(scenarios.rows).fill(1)
  const mass = probabilities.reduce((total, p) => total + p, 0) * (1 - confidence)
  return Array.from(probabilities, (p, t) => [t, p / mass] as const).filter(([, share]) => share > 0)
}

/** The most that trading can cost: to every upper bound and to every lower one, or the turnover at the dearest slopes. */
function dearest({ cost, lower, upper, held, turnover = Infinity }: MeanCvarProblem): number {
  if (cost === undefined) return 0
  const none = { beyond: new Float64Array(lower.length), buy: cost.buy, sell: cost.sell }
  const parts = [none, ...(cost.steps ?? [])]
  const most = (side: 'buy' | 'sell', reach: (i: number) => number): number => {
    const each = Array.from(lower, (_, i) =>
      parts.reduce((total, part) => total + part[side][i]! * Math.max(reach(i) - part.beyond[i]!, 0), 0),
    )
    const slopes = Array.from(lower, (_, i) => parts.reduce((total, part) => total + part[side][i]!, 0))
    const slope = Math.max(...slopes)
    const whole = each.reduce((total, value) => total + value, 0)
    return slope === 0 ? 0 : Math.min(whole, turnover * slope)
  }
  const origin = (i: number): number => held?.[i] ?? 0
  return most('buy', (i) => upper[i]! - origin(i)) + most('sell', (i) => origin(i) - lower[i]!)
}
