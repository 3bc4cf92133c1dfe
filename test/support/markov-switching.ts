/**
 * A two-state Markov-switching regression with switching variance, fitted by maximum likelihood: the judge of what the
 * regime detector calls volatile, sharing no code with it.
 *
 *   yₜ = xₜ'β_s + σ_s·ε,  P(sₜ = j | sₜ₋₁ = i) = p_ij,  s₀ from the stationary distribution of p
 *
 * Source  J. D. Hamilton, Econometrica 57 (1989) for the filter, J. Econometrics 45 (1990) for EM; C.-J. Kim, J. Econometrics
 * 60 (1994) for the smoother. Test support: small problems (two regressors), plain arrays.
 */
export interface SwitchingModel {
  /** Probability of staying in state 0, and of moving from state 1 to state 0. */
  readonly p00: number
  readonly p10: number
  /** Per state, a coefficient for each regressor. */
  readonly beta: readonly (readonly number[])[]
  readonly sigma: readonly number[]
}

/** A fitted model, the log-likelihood it reaches and the smoothed probability of state 1 at each observation. */
export interface SwitchingFit {
  readonly model: SwitchingModel
  readonly logLikelihood: number
  readonly smoothed: readonly number[]
  readonly iterations: number
}

type Rows = readonly (readonly number[])[]

interface Smoothed {
  readonly logLikelihood: number
  /** P(sₜ = j | all), per observation. */
  readonly states: readonly (readonly [number, number])[]
  /** Σₜ P(sₜ₋₁ = i, sₜ = j | all). */
  readonly moves: readonly [readonly [number, number], readonly [number, number]]
}

/** EM from a start until the log-likelihood moves by less than `tolerance` in an iteration. */
export function fitSwitching(
  y: readonly number[],
  x: Rows,
  start: SwitchingModel,
  { tolerance = 1e-10, most = 5_000 }: { readonly tolerance?: number; readonly most?: number } = {},
): SwitchingFit {
  let model = start
  let before = Number.NEGATIVE_INFINITY
  for (let iterations = 1; ; iterations += 1) {
    const at = smooth(y, x, model)
    if (at.logLikelihood - before < tolerance || iterations === most)
      return { model, logLikelihood: at.logLikelihood, smoothed: at.states.map(([, one]) => one), iterations }
    before = at.logLikelihood
    model = { ...transitionsOf(at, model), ...regressions(y, x, at.states) }
  }
}

/** Hamilton's filter and Kim's smoother at given parameters. */
export function smooth(y: readonly number[], x: Rows, model: SwitchingModel): Smoothed {
  const p = matrixOf(model)
  const filtered: [number, number][] = []
  const predicted: [number, number][] = []
  let [prior, logLikelihood] = [stationary(model), 0]
  for (const [t, value] of y.entries()) {
    const joint = [0, 1].map((s) => prior[s]! * density(value, x[t]!, model, s)) as [number, number]
    const total = joint[0] + joint[1]
    logLikelihood += Math.log(total)
    predicted.push(prior)
    filtered.push([joint[0] / total, joint[1] / total])
    const now = filtered[t]!
    prior = [now[0] * p[0][0] + now[1] * p[1][0], now[0] * p[0][1] + now[1] * p[1][1]]
  }
  const states = [...filtered]
  const moves: [[number, number], [number, number]] = [
    [0, 0],
    [0, 0],
  ]
  for (let t = y.length - 2; t >= 0; t -= 1) {
    const later = states[t + 1]!
    const back = (i: 0 | 1, j: 0 | 1) => (filtered[t]![i] * p[i][j] * later[j]) / predicted[t + 1]![j]
    for (const i of [0, 1] as const) for (const j of [0, 1] as const) moves[i][j] += back(i, j)
    states[t] = [back(0, 0) + back(0, 1), back(1, 0) + back(1, 1)]
  }
  return { logLikelihood, states, moves }
}

const matrixOf = ({ p00, p10 }: SwitchingModel) =>
  [
    [p00, 1 - p00],
    [p10, 1 - p10],
  ] as const

const stationary = ({ p00, p10 }: Pick<SwitchingModel, 'p00' | 'p10'>): [number, number] => [
  p10 / (1 - p00 + p10),
  (1 - p00) / (1 - p00 + p10),
]

function density(value: number, row: readonly number[], { beta, sigma }: SwitchingModel, state: number): number {
  const mean = row.reduce((sum, factor, k) => sum + factor * beta[state]![k]!, 0)
  const z = (value - mean) / sigma[state]!
  return Math.exp(-0.5 * z * z) / (sigma[state]! * Math.sqrt(2 * Math.PI))
}

/** Per state, least squares weighted by the probability of the state, and the weighted variance of what is left. */
function regressions(
  y: readonly number[],
  x: Rows,
  states: Smoothed['states'],
): Pick<SwitchingModel, 'beta' | 'sigma'> {
  const fits = [0, 1].map((s) => {
    const width = x[0]!.length
    const system = Array.from({ length: width }, () => new Array<number>(width + 1).fill(0))
    let mass = 0
    for (const [t, row] of x.entries()) {
      const weight = states[t]![s]!
      mass += weight
      for (let i = 0; i < width; i += 1) {
        for (let j = 0; j < width; j += 1) system[i]![j]! += weight * row[i]! * row[j]!
        system[i]![width]! += weight * row[i]! * y[t]!
      }
    }
    const beta = solve(system)
    const squares = y.reduce((sum, value, t) => {
      const rest = value - x[t]!.reduce((mean, factor, k) => mean + factor * beta[k]!, 0)
      return sum + states[t]![s]! * rest * rest
    }, 0)
    return { beta, sigma: Math.sqrt(squares / mass) }
  })
  return { beta: fits.map(({ beta }) => beta), sigma: fits.map(({ sigma }) => sigma) }
}

/** Gaussian elimination without pivoting: the systems are small and positive definite. */
function solve(system: number[][]): number[] {
  const width = system.length
  for (let k = 0; k < width; k += 1)
    for (let i = k + 1; i < width; i += 1) {
      const factor = system[i]![k]! / system[k]![k]!
      for (let j = k; j <= width; j += 1) system[i]![j]! -= factor * system[k]![j]!
    }
  const solution = new Array<number>(width).fill(0)
  for (let k = width - 1; k >= 0; k -= 1) {
    let rest = system[k]![width]!
    for (let j = k + 1; j < width; j += 1) rest -= system[k]![j]! * solution[j]!
    solution[k] = rest / system[k]![k]!
  }
  return solution
}

/**
 * Transition probabilities that maximise the expected log-likelihood, the share of the first state in it included: it
 * depends on them through the stationary distribution. One probability at a time by golden section, twice round.
 */
function transitionsOf({ moves, states }: Smoothed, model: SwitchingModel): Pick<SwitchingModel, 'p00' | 'p10'> {
  const [first0, first1] = states[0]!
  const expected = (p00: number, p10: number): number => {
    const [pi0, pi1] = stationary({ p00, p10 })
    return (
      moves[0][0] * Math.log(p00) +
      moves[0][1] * Math.log(1 - p00) +
      moves[1][0] * Math.log(p10) +
      moves[1][1] * Math.log(1 - p10) +
      first0 * Math.log(pi0) +
      first1 * Math.log(pi1)
    )
  }
  let { p00, p10 } = model
  for (let round = 0; round < 2; round += 1) {
    p00 = highest((p) => expected(p, p10))
    p10 = highest((p) => expected(p00, p))
  }
  return { p00, p10 }
}

const GOLDEN = (Math.sqrt(5) - 1) / 2

/** Where a function with one peak in (0, 1) is highest, by golden section. */
function highest(f: (p: number) => number): number {
  let [low, high] = [1e-9, 1 - 1e-9]
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
  let [atA, atB] = [f(a), f(b)]
  while (high - low > 1e-12) {
    if (atA > atB) {
      ;[high, b, atB] = [b, a, atA]
      a = high - GOLDEN * (high - low)
      atA = f(a)
    } else {
      ;[low, a, atA] = [a, b, atB]
      b = low + GOLDEN * (high - low)
      atB = f(b)
    }
  }
  return (low + high) / 2
}
