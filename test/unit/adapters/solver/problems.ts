/** Seeded Mean-CVaR problems over every feature of the port, and the small ones the unit tests vary. */
import type { GroupRow, MeanCvarProblem } from '#domain/optimise/mean-cvar.js'

/** A reproducible stream of numbers in [0, 1): mulberry32 (public domain generator by T. Ettinger). */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = (seed * 2654435761) >>> 0
    for (let k = 0; k < 8; k++) this.next()
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let x = this.state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
  }
}

/** How large a random problem may be. */
export interface Sizes {
  readonly columns: readonly [number, number]
  readonly rows: readonly [number, number]
}

/** Sizes of the law test: small enough that HiGHS answers at once, large enough for every kind of vertex. */
export const smallSizes: Sizes = { columns: [1, 14], rows: [1, 60] }

/** Fat-tailed one-factor returns, some columns and rows repeated or constant. */
export function randomReturns(random: Random, rows: number, columns: number): Float64Array {
  const returns = new Float64Array(rows * columns)
  const beta = Array.from({ length: columns }, () => random.between(0.4, 1.6))
  const drift = Array.from({ length: columns }, () => random.normal() * 0.0005)
  for (let t = 0; t < rows; t++) {
    const shock = 1 / Math.sqrt(random.between(0.15, 1))
    const factor = random.normal() * 0.01 * shock
    for (let i = 0; i < columns; i++) {
      returns[t * columns + i] = drift[i]! + beta[i]! * factor + random.normal() * 0.012 * shock
    }
  }
  if (random.chance(0.1))
    for (let t = 1; t < rows; t += 2) returns.copyWithin(t * columns, (t - 1) * columns, t * columns)
  if (random.chance(0.1) && columns > 1) for (let t = 0; t < rows; t++) returns[t * columns + 1] = returns[t * columns]!
  if (random.chance(0.1)) for (let t = 0; t < rows; t++) returns[t * columns] = 0.0001
  return returns
}

/** A random problem; about one in ten is infeasible. Same seed and sizes, same problem. */
export function randomProblem(seed: number, sizes: Sizes = smallSizes): MeanCvarProblem {
  const random = new Random(seed)
  const columns = random.integer(...sizes.columns)
  const rows = random.integer(...sizes.rows)
  const vector = (value: () => number) => Float64Array.from({ length: columns }, value)
  const long = random.chance(0.65)
  const cap = Math.max(random.between(0.05, 1), long ? random.between(0.8, 2.5) / columns : 0)
  const lower = vector(() =>
    long ? (random.chance(0.1) ? random.between(0, 0.3 / columns) : 0) : -random.between(0, 0.4),
  )
  const upper = vector(() => cap * random.between(0.6, 1.2))
  for (let i = 0; i < columns; i++) if (random.chance(0.05)) upper[i] = lower[i]!
  const held = vector(() => (random.chance(0.3) ? 0 : random.between(0, 2 / columns)))
  if (random.chance(0.1)) for (let i = 0; i < columns; i++) held[i]! *= 3
  const margined = random.chance(0.3)
  const funding = vector(() => (margined && random.chance(0.4) ? random.between(0.05, 0.5) : 1))
  // Most problems are laid around weights that satisfy them; the rest take their limits blindly.
  const anchored = random.chance(0.8)
  const anchor = vector(() => 0).map((_, i) => random.between(lower[i]!, upper[i]!))
  const turnover = [0, 1e-9, 0.02, 0.1, 0.3, 0.5, 1][random.integer(0, 6)]!
  const near = anchored ? Math.min(turnover, 0.05) / columns : 0
  if (anchored) for (let i = 0; i < columns; i++) held[i] = anchor[i]! + random.between(-near, near)
  const spare = 1 - anchor.reduce((sum, w, i) => sum + w * funding[i]!, 0)
  const cashLower = anchored ? spare - random.between(0.005, 0.2) : random.chance(0.5) ? 0 : random.between(-0.2, 0.3)
  const cashUpper = anchored
    ? spare + random.between(0, 0.2)
    : cashLower + (random.chance(0.3) ? 0 : random.between(0, 0.6))
  const cost = {
    buy: vector(() => (random.chance(0.2) ? 0 : random.between(0, 0.004))),
    sell: vector(() => (random.chance(0.2) ? 0 : random.between(0, 0.004))),
    holdingPeriods: random.chance(0.3) ? 1 : random.between(1, 60),
  }
  const probabilities = Float64Array.from({ length: rows }, (_, t) =>
    t > 0 && random.chance(0.2) ? 0 : random.next() + 1e-3,
  )
  const scaled = random.chance(0.1) ? 10 ** random.between(-4, 4) : 1
  const returns = randomReturns(random, rows, columns).map((r) => r * scaled)
  const mean = vector(() => random.normal() * 0.0006 * scaled)
  const confidence = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999, random.between(0.01, 0.99)][random.integer(0, 6)]!
  const riskAversion = [1, 1, 1, 0.1, 10, 1e-6, 0][random.integer(0, 6)]!
  const groups = Array.from({ length: random.chance(0.5) ? random.integer(1, 4) : 0 }, (_, g) =>
    randomGroup(random, g, anchored ? anchor : undefined, columns),
  )
  return {
    scenarios: { rows, columns, returns, ...(random.chance(0.4) ? { probabilities } : {}) },
    confidence,
    riskAversion,
    lower,
    upper,
    cash: { lower: cashLower, upper: cashUpper },
    ...(random.chance(0.7) ? { mean } : {}),
    funding,
    ...(anchored || random.chance(0.6) ? { held } : {}),
    ...(random.chance(0.4) ? { cost } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(random.chance(0.4) ? { turnover } : {}),
  }
}

function randomGroup(random: Random, index: number, anchor: Float64Array | undefined, columns: number): GroupRow {
  const factor = random.chance(0.3)
  const coefficients = Float64Array.from({ length: columns }, () =>
    factor ? random.normal() : random.chance(0.4) ? 1 : 0,
  )
  const value = anchor?.reduce((sum, w, i) => sum + w * coefficients[i]!, 0)
  const middle = value ?? random.between(0, 0.4)
  const width = random.chance(0.15) ? 0 : random.between(0.05, 0.6)
  const side = random.integer(0, 3)
  return {
    name: `G${index}`,
    coefficients,
    ...(side !== 1 ? { lower: middle - width } : {}),
    ...(side !== 2 ? { upper: middle + width } : {}),
  }
}

/** Long-only, fully invested, no costs: the problem the unit tests change one thing of. */
export function plainProblem(rows = 40, columns = 5, seed = 1): MeanCvarProblem {
  const random = new Random(seed)
  return {
    scenarios: { rows, columns, returns: randomReturns(random, rows, columns) },
    confidence: 0.9,
    riskAversion: 1,
    lower: new Float64Array(columns),
    upper: new Float64Array(columns).fill(1),
    cash: { lower: 0, upper: 0 },
  }
}
