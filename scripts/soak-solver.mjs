// A long run of the solver through the addon, by hand: `node --expose-gc scripts/soak-solver.mjs [solves = 10000]`. Needs
// `npm run setup`. Prints what it measures and ends with 1 when memory grew or a solve went wrong; of the times it judges
// one: how long a durable put waits while solves run.
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRawPuts } from '../bench/orders-raw.mjs'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'

const SOLVES = Number(process.argv[2] ?? 10_000)
const AT_ONCE = 24
const PUTS = 400
const GROWTH = 1.1
const SLOWER = 2

/** Reproducible uniform numbers in [0, 1): mulberry32. */
function uniform(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A problem of `columns` instruments and `rows` scenarios; some with costs and turnover, some that cannot be met. */
function problemOf(columns, rows, random) {
  const array = (count, low, high) => Float64Array.from({ length: count }, () => low + (high - low) * random())
  const costs = random() < 0.5
  const problem = {
    scenarios: { columns, rows, returns: array(columns * rows, -0.05, 0.051) },
    confidence: 0.95,
    riskAversion: 1,
    mean: array(columns, -0.0005, 0.001),
    lower: new Float64Array(columns),
    upper: new Float64Array(columns).fill(random() < 0.05 ? 0.5 / columns : Math.min(1, 4 / columns)),
    cash: { lower: 0, upper: 0.1 },
  }
  if (!costs) return problem
  const held = new Float64Array(columns).fill(1 / columns)
  const cost = { buy: array(columns, 0, 0.002), sell: array(columns, 0, 0.002), holdingPeriods: 10 }
  return { ...problem, held, cost, turnover: 0.3 }
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Resident memory once what nobody uses is gone. */
function resident() {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

/** Solves of varied size, a few at once; resident memory at each tenth and at the end. */
async function soak(solver) {
  const random = uniform(1)
  const answers = new Map()
  let started = 0
  const along = []
  const worker = async () => {
    while (started < SOLVES) {
      started += 1
      if (started % Math.ceil(SOLVES / 10) === 0) along.push(resident())
      const columns = 2 + Math.floor(40 * random())
      const rows = 20 + Math.floor(600 * random())
      const { status } = await solver.solve(problemOf(columns, rows, random))
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  return { along, late: resident(), answers }
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]

/** Milliseconds of durable puts, one after the other. */
async function putTimes(puts) {
  const took = []
  while (took.length < PUTS) {
    const begun = performance.now()
    await puts.once()
    took.push(performance.now() - begun)
  }
  return took
}

/** Puts on an idle machine, then beside AT_ONCE solves that follow each other without a pause. */
async function putsBesideSolves(solver) {
  const dir = mkdtempSync(join(tmpdir(), 'ballast-soak-'))
  const puts = openRawPuts(dir, 'x'.repeat(400))
  try {
    await putTimes(puts) // the first ones make the file
    const idle = await putTimes(puts)
    const problem = problemOf(60, 2_000, uniform(2))
    let measuring = true
    let solves = 0
    const worker = async () => {
      while (measuring) {
        await solver.solve(problem)
        solves += 1
      }
    }
    const workers = Array.from({ length: AT_ONCE }, worker)
    const loaded = await putTimes(puts)
    measuring = false
    await Promise.all(workers)
    return { idle, loaded, solves }
  } finally {
    await puts.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const solver = nativeSolver()
const { along, late, answers } = await soak(solver)
const early = along[0]
const counts = [...answers].map(([status, count]) => `${status} ${count}`).join(', ')
const flat = late <= GROWTH * early
const honest = [...answers.keys()].every((status) => status === 'OPTIMAL' || status === 'INFEASIBLE')
console.log(`${SOLVES} solves: ${counts}${honest ? '' : ' (only OPTIMAL and INFEASIBLE are expected)'}`)
console.log(
  `resident memory at each tenth ${along.map(megabytes).join(', ')}; ${megabytes(late)} at the end: ${flat ? 'flat' : 'it grew'}`,
)

const { idle, loaded, solves } = await putsBesideSolves(solver)
const [quiet, crowded] = [quantile(idle, 0.99), quantile(loaded, 0.99)]
const prompt = crowded <= SLOWER * quiet
console.log(`durable put, p50 / p99: idle ${quantile(idle, 0.5).toFixed(2)} / ${quiet.toFixed(2)} ms`)
console.log(
  `beside ${AT_ONCE} solves on ${cpus().length} cores (${solves} solves): ${quantile(loaded, 0.5).toFixed(2)} / ${crowded.toFixed(2)} ms, ${(crowded / quiet).toFixed(1)} times the idle p99: ${prompt ? 'prompt' : 'slower than allowed'}`,
)
process.exitCode = flat && honest && prompt ? 0 : 1
