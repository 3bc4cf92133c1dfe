import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'

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
 * A problem in CPLEX LP format, numbers written in full. Columns: `w` weights, `t` VaR, `x` losses beyond it, `b` and `s`
 * bought and sold, `e` and `f` those beyond a cost step, `m` absolute weights, `z` held or not. Rows are named by the
 * limit they state: `spend`, `invest`, `buys`, `sells`, `traded`, `leverage`, `return`, `cvar`, `lower`/`upper` and the
 * number of a group, `tail` and the number of a scenario.
 */
export function linearProgramme(problem: MeanCvarProblem, units: Units): string {
  const objective = objectiveOf(problem, units)
  const rows = [
    ...budgetRows(problem),
    ...tradeRows(problem),
    ...stepRows(problem),
    ...leverageRows(problem),
    ...groupRows(problem),
    ...riskRows(problem, units),
    ...nameRows(problem),
  ]
  const { lower, upper, cardinality } = problem
  const bounds = ['t free', ...Array.from(lower, (low, i) => `${low} <= w${i} <= ${upper[i]}`)]
  const binaries = cardinality === undefined ? '' : `Binaries\n ${Array.from(lower, (_, i) => `z${i}`).join('\n ')}\n`
  return `Minimize\n obj: ${objective}\nSubject To\n ${rows.join('\n ')}\nBounds\n ${bounds.join('\n ')}\n${binaries}End\n`
}

/** Terms of a row, eight to a line: LP readers limit the length of a line. */
class Row {
  private readonly terms: string[] = []

  add(coefficient: number, name: string): this {
    if (coefficient !== 0 || this.terms.length === 0) {
      this.terms.push(`${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`)
    }
    return this
  }

  toString(): string {
    return this.terms.map((term, k) => (k % 8 === 7 ? `${term}\n  ` : term)).join(' ')
  }
}

/** One term for each instrument. */
function sum(problem: MeanCvarProblem, column: string, coefficient: (i: number) => number, row = new Row()): Row {
  problem.lower.forEach((_, i) => {
    row.add(coefficient(i), `${column}${i}`)
  })
  return row
}

/** What trading adds to a row: `share` of every cost slope. */
function addCosts(problem: MeanCvarProblem, row: Row, share: number): Row {
  const { cost } = problem
  if (cost === undefined) return row
  sum(problem, 'b', (i) => cost.buy[i]! * share, row)
  sum(problem, 's', (i) => cost.sell[i]! * share, row)
  cost.steps?.forEach((step, k) => {
    sum(problem, `e${k}_`, (i) => step.buy[i]! * share, row)
    sum(problem, `f${k}_`, (i) => step.sell[i]! * share, row)
  })
  return row
}

/** Scenarios that can happen, with probability over 1 - confidence. */
function scenariosOf({ scenarios, confidence }: MeanCvarProblem): readonly (readonly [number, number])[] {
  const probabilities = scenarios.probabilities ?? new Float64Array(scenarios.rows).fill(1)
  const mass = probabilities.reduce((total, p) => total + p, 0) * (1 - confidence)
  return Array.from(probabilities, (p, t) => [t, p / mass] as const).filter(([, share]) => share > 0)
}

/** CVaR, `scale` times: t + sum p/(1 - confidence) x. */
function cvarOf(problem: MeanCvarProblem, scale: number): Row {
  const row = new Row().add(scale, 't')
  for (const [t, share] of scenariosOf(problem)) row.add(scale * share, `x${t}`)
  return row
}

function objectiveOf(problem: MeanCvarProblem, units: Units): Row {
  const row = cvarOf(problem, (problem.riskAversion * units.loss) / units.objective)
  sum(problem, 'w', (i) => -(problem.mean?.[i] ?? 0) / units.objective, row)
  return addCosts(problem, row, 1 / (problem.cost?.holdingPeriods ?? 1) / units.objective)
}

function budgetRows(problem: MeanCvarProblem): readonly string[] {
  const { cash, funding } = problem
  const funded = () => sum(problem, 'w', (i) => funding?.[i] ?? 1)
  return [
    `spend: ${addCosts(problem, funded(), 1)} <= ${1 - cash.lower}`,
    `invest: ${funded()} >= ${1 - cash.upper - dearest(problem)}`,
  ]
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

function tradeRows(problem: MeanCvarProblem): readonly string[] {
  const { cost, turnover, traded, held } = problem
  if (cost === undefined && turnover === undefined && traded === undefined) return []
  const one = () => 1
  return [
    ...Array.from(problem.lower, (_, i) => `trade${i}: w${i} - b${i} + s${i} = ${held?.[i] ?? 0}`),
    ...(turnover === undefined
      ? []
      : [`buys: ${sum(problem, 'b', one)} <= ${turnover}`, `sells: ${sum(problem, 's', one)} <= ${turnover}`]),
    ...(traded === undefined ? [] : [`traded: ${sum(problem, 's', one, sum(problem, 'b', one))} <= ${traded}`]),
  ]
}

/** e >= w - held - beyond and f >= held - w - beyond: both cost something, so neither is larger than it must be. */
function stepRows({ cost, held, lower }: MeanCvarProblem): readonly string[] {
  return (cost?.steps ?? []).flatMap(({ beyond }, k) =>
    Array.from(lower, (_, i) => [
      `dearBuy${k}_${i}: e${k}_${i} - w${i} >= ${-(held?.[i] ?? 0) - beyond[i]!}`,
      `dearSell${k}_${i}: f${k}_${i} + w${i} >= ${(held?.[i] ?? 0) - beyond[i]!}`,
    ]).flat(),
  )
}

function leverageRows(problem: MeanCvarProblem): readonly string[] {
  if (problem.leverage === undefined) return []
  return [
    ...Array.from(problem.lower, (_, i) => [`long${i}: m${i} - w${i} >= 0`, `short${i}: m${i} + w${i} >= 0`]).flat(),
    `leverage: ${sum(problem, 'm', () => 1)} <= ${problem.leverage}`,
  ]
}

function groupRows(problem: MeanCvarProblem): readonly string[] {
  return (problem.groups ?? []).flatMap(({ coefficients, lower, upper }, g) => {
    const row = sum(problem, 'w', (i) => coefficients[i]!)
    return [
      ...(lower === undefined ? [] : [`lower${g}: ${row} >= ${lower}`]),
      ...(upper === undefined ? [] : [`upper${g}: ${row} <= ${upper}`]),
    ]
  })
}

function riskRows(problem: MeanCvarProblem, units: Units): readonly string[] {
  const { scenarios, mean, minimumReturn, maximumCvar } = problem
  const returns = sum(problem, 'w', (i) => (mean?.[i] ?? 0) / units.mean)
  return [
    ...(minimumReturn === undefined ? [] : [`return: ${returns} >= ${minimumReturn / units.mean}`]),
    ...(maximumCvar === undefined ? [] : [`cvar: ${cvarOf(problem, 1)} <= ${maximumCvar / units.loss}`]),
    ...scenariosOf(problem).map(([t]) => {
      const row = new Row().add(1, `x${t}`).add(1, 't')
      sum(problem, 'w', (i) => scenarios.returns[t * scenarios.columns + i]! / units.loss, row)
      return `tail${t}: ${row} >= 0`
    }),
  ]
}

/** smallest z <= w <= upper z, sum z <= most. */
function nameRows(problem: MeanCvarProblem): readonly string[] {
  const { cardinality, upper } = problem
  if (cardinality === undefined) return []
  return [
    ...Array.from(upper, (high, i) => [
      `none${i}: w${i} - ${high} z${i} <= 0`,
      `some${i}: w${i} - ${cardinality.smallest[i]} z${i} >= 0`,
    ]).flat(),
    `names: ${sum(problem, 'z', () => 1)} <= ${cardinality.most}`,
  ]
}
