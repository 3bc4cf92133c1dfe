import { lossesAt, probabilitiesOf, tailOf } from '#domain/optimise/certify/losses.js'
import type { CostStep, GroupRow, MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { Random, randomReturns } from './problems.js'

/** How many of the problems of {@link limitedProblem} cannot be met: one in this many seeds. */
export const INFEASIBLE_EVERY = 8

/**
 * A small problem under a random choice of every convex limit of the port, laid around weights that meet them all;
 * where the seed is a multiple of {@link INFEASIBLE_EVERY}, with one limit that nothing meets. Same seed, same problem.
 */
export function limitedProblem(seed: number): MeanCvarProblem {
  const random = new Random(seed)
  const columns = random.integer(2, 10)
  const rows = random.integer(2, 40)
  const vector = (value: (i: number) => number) => Float64Array.from({ length: columns }, (_, i) => value(i))
  const long = random.chance(0.5)
  const lower = vector(() => (long ? (random.chance(0.2) ? 0.02 : 0) : -random.between(0, 0.5)))
  const upper = vector((i) => lower[i]! + (random.chance(0.1) ? 0 : random.between(0.1, 0.8)))
  const anchor = vector((i) => random.between(lower[i]!, upper[i]!))
  const held = vector((i) => (random.chance(0.2) ? 0 : anchor[i]! + random.between(-0.15, 0.15)))
  const funding = vector(() => (random.chance(0.3) ? random.between(0.05, 0.5) : 1))
  const returns = randomReturns(random, rows, columns)
  const reward = random.chance(0.4) ? 0.01 : 0.001
  const mean = vector(() => random.normal() * reward)
  const probabilities = Float64Array.from({ length: rows }, (_, t) =>
    t > 0 && random.chance(0.2) ? 0 : random.next() + 0.01,
  )
  const rewarded = random.chance(0.7)
  const problem: MeanCvarProblem = {
    scenarios: {
      rows,
      columns,
      returns: random.chance(0.2) ? Float32Array.from(returns) : returns,
      ...(random.chance(0.5) ? { probabilities } : {}),
    },
    confidence: [0.5, 0.8, 0.9, 0.95, random.between(0.05, 0.99)][random.integer(0, 4)]!,
    riskAversion: [1, 1, 5, 0.1, rewarded ? 0 : 1][random.integer(0, 4)]!,
    lower,
    upper,
    ...(random.chance(0.3) ? { funding } : {}),
    ...(rewarded ? { mean } : {}),
    ...(random.chance(0.8) ? { held } : {}),
    ...(random.chance(0.7) ? { cost: randomCost(random, columns) } : {}),
    cash: { lower: 0, upper: 0 },
  }
  const met = withLimits(random, withCash(random, problem, anchor), anchor)
  return seed % INFEASIBLE_EVERY === 0 ? spoiled(random, met) : met
}

/** The problem, long-only, with at most a few names and sometimes a smallest weight. Same seed, same problem. */
export function fewNamesProblem(seed: number): MeanCvarProblem {
  const random = new Random(seed + 77_000)
  const columns = random.integer(3, 7)
  const rows = random.integer(5, 30)
  const each = (value: () => number) => Float64Array.from({ length: columns }, value)
  const most = random.integer(1, columns - 1)
  const smallest = each(() => (random.chance(0.4) ? random.between(0.02, 0.2) : 0))
  return {
    scenarios: { rows, columns, returns: randomReturns(random, rows, columns) },
    confidence: 0.9,
    riskAversion: 1,
    lower: each(() => 0),
    upper: each(() => random.between(random.chance(0.2) ? 0.25 : 0.7, 1)),
    ...(random.chance(0.5) ? { mean: each(() => random.normal() * 0.001) } : {}),
    ...(random.chance(0.3) ? { cost: randomCost(random, columns) } : {}),
    cash: { lower: 0, upper: random.chance(0.5) ? 0.1 : 0.4 },
    cardinality: { most, smallest },
  }
}

function randomCost(random: Random, columns: number): NonNullable<MeanCvarProblem['cost']> {
  const slopes = () => Float64Array.from({ length: columns }, () => (random.chance(0.2) ? 0 : random.between(0, 0.004)))
  const beyond = () => Float64Array.from({ length: columns }, () => (random.chance(0.1) ? 0 : random.between(0, 0.2)))
  const step = (): CostStep => ({ beyond: beyond(), buy: slopes(), sell: slopes() })
  const steps = Array.from({ length: random.integer(0, 2) }, step)
  return {
    buy: slopes(),
    sell: slopes(),
    holdingPeriods: random.chance(0.3) ? 1 : random.between(1, 20),
    ...(steps.length > 0 || random.chance(0.5) ? { steps } : {}),
  }
}

/** A cash range that the anchor keeps after paying for its trades, with room for what others would pay. */
function withCash(random: Random, problem: MeanCvarProblem, anchor: Float64Array): MeanCvarProblem {
  const funded = anchor.reduce((sum, weight, i) => sum + weight * (problem.funding?.[i] ?? 1), 0)
  const cost = anchor.reduce((sum, weight, i) => sum + costOf(problem, i, weight), 0)
  const spare = 1 - funded - cost
  const exact = random.chance(0.3)
  const upper = spare + cost + (exact ? 0 : random.between(0, 0.2))
  return { ...problem, cash: { lower: Math.min(upper, spare - (exact ? 0 : random.between(0, 0.3))), upper } }
}

function costOf({ cost, held }: MeanCvarProblem, i: number, weight: number): number {
  const bought = weight - (held?.[i] ?? 0)
  const side = bought > 0 ? 'buy' : 'sell'
  const first = (cost?.[side][i] ?? 0) * Math.abs(bought)
  const dear = (step: CostStep) => step[side][i]! * Math.max(Math.abs(bought) - step.beyond[i]!, 0)
  return (cost?.steps ?? []).reduce((sum, step) => sum + dear(step), first)
}

/** Limits each with a chance of its own, at the anchor's own figure and a little room. */
function withLimits(random: Random, problem: MeanCvarProblem, anchor: Float64Array): MeanCvarProblem {
  const total = (value: (weight: number, i: number) => number) => anchor.reduce((sum, w, i) => sum + value(w, i), 0)
  const change = (weight: number, i: number) => weight - (problem.held?.[i] ?? 0)
  const buys = total((w, i) => Math.max(change(w, i), 0))
  const sells = total((w, i) => Math.max(-change(w, i), 0))
  const roomy = (value: number, unit: number) => value + unit * random.between(0.001, random.chance(0.5) ? 0.05 : 0.5)
  const groups = Array.from({ length: random.integer(0, 3) }, (_, g) => groupAt(random, g, anchor))
  const { mean } = problem
  return {
    ...problem,
    ...(groups.length > 0 ? { groups } : {}),
    ...(random.chance(0.4) ? { turnover: roomy(Math.max(buys, sells), 0.5) } : {}),
    ...(random.chance(0.4) ? { traded: roomy(buys + sells, 0.5) } : {}),
    ...(random.chance(0.5) ? { leverage: roomy(total(Math.abs), 0.1) } : {}),
    ...(mean !== undefined && random.chance(0.5)
      ? { minimumReturn: -roomy(-total((w, i) => w * mean[i]!), 0.0002) }
      : {}),
    ...(random.chance(0.5) ? { maximumCvar: roomy(cvarAt(problem, anchor), 0.002) } : {}),
  }
}

function groupAt(random: Random, index: number, anchor: Float64Array): GroupRow {
  const factor = random.chance(0.3)
  const coefficients = anchor.map(() => (factor ? random.normal() : random.chance(0.5) ? 1 : 0))
  const value = anchor.reduce((sum, weight, i) => sum + weight * coefficients[i]!, 0)
  const side = random.integer(0, 2)
  return {
    name: `G${index}`,
    coefficients,
    ...(side !== 1 ? { lower: value - random.between(0.001, 0.2) } : {}),
    ...(side !== 2 ? { upper: value + random.between(0.001, 0.2) } : {}),
  }
}

function cvarAt(problem: MeanCvarProblem, weights: Float64Array): number {
  return tailOf(lossesAt(problem, weights), probabilitiesOf(problem), problem.confidence).cvar
}

/** One limit moved to where no weights within the bounds meet it, by far more than any tolerance. */
function spoiled(random: Random, problem: MeanCvarProblem): MeanCvarProblem {
  const { lower, upper, scenarios } = problem
  const mean = problem.mean ?? new Float64Array(lower.length).fill(1e-3)
  const best = mean.reduce((sum, m, i) => sum + Math.max(m * lower[i]!, m * upper[i]!), 0)
  const size = lower.reduce((sum, low, i) => sum + Math.max(Math.abs(low), Math.abs(upper[i]!)), 0)
  const swing = Array.from(scenarios.returns, Math.abs).reduce((most, r) => Math.max(most, r), 0)
  const far = Float64Array.from(upper, (high) => high + 0.1)
  const ones = new Float64Array(lower.length).fill(1)
  const groups = [{ name: 'Far', coefficients: ones, lower: size + 0.1 }]
  const leastCash = { lower: 1 + size, upper: 2 + size }
  const spoilers: readonly Partial<MeanCvarProblem>[] = [
    { mean, minimumReturn: best + 1e-4 },
    { maximumCvar: -1.1 * swing * size },
    { held: far, turnover: 0.05 },
    { held: far, traded: 0.05 },
    { groups },
    { cash: leastCash },
    {
      lower: Float64Array.from(upper, (high) => Math.max(high, 0.1)),
      upper: upper.map((h) => Math.max(h, 0.1)),
      leverage: 0.05,
    },
  ]
  return { ...problem, ...spoilers[random.integer(0, spoilers.length - 1)] }
}
