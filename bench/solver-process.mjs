// What a solve costs more in a child process than in a thread of this one: `node bench/solver-process.mjs`.
// Both solve the same problems in turn, so that what else the machine does falls on both.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'
import { processSolver } from '../dist/src/adapters/solver/process.js'

const SIZES = [
  { rows: 252, columns: 10, solves: 400 },
  { rows: 756, columns: 50, solves: 200 },
  { rows: 2_520, columns: 200, solves: 40 },
  { rows: 10_000, columns: 500, solves: 7 },
]

function problem(rows, columns, seed) {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const market = Float64Array.from({ length: rows }, () => 0.01 * normal())
  const returns = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1) returns[i * columns + j] = market[i] + 0.015 * normal()
  return {
    scenarios: { rows, columns, returns },
    confidence: 0.95,
    riskAversion: 1,
    lower: new Float64Array(columns),
    upper: new Float64Array(columns).fill(Math.max(0.1, 2 / columns)),
    cash: { lower: 0, upper: 0.1 },
  }
}

const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))]
const round = (value) => Number(value.toPrecision(4))

async function timed(solver, given) {
  const began = performance.now()
  const answer = await solver.solve(given)
  if (answer.status !== 'OPTIMAL') throw new Error(`${answer.status}: ${answer.message}`)
  return { ms: performance.now() - began, weights: Buffer.from(answer.weights.buffer).toString('hex') }
}

const thread = nativeSolver()
const child = processSolver()
const began = performance.now()
await child.solve(problem(10, 2, 1))
const startMs = round(performance.now() - began)

const sizes = []
for (const { rows, columns, solves } of SIZES) {
  const times = { thread: [], fresh: [], resident: [] }
  for (let k = 0; k < solves; k += 1) {
    const given = problem(rows, columns, k + 1)
    const fresh = await timed(child, given) // scenarios not seen before
    const inThread = await timed(thread, given)
    const resident = await timed(child, given) // the same set again
    if (fresh.weights !== inThread.weights || resident.weights !== inThread.weights) throw new Error('other bits')
    times.thread.push(inThread.ms)
    times.fresh.push(fresh.ms)
    times.resident.push(resident.ms)
  }
  const p50 = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, quantile(values, 0.5)]))
  sizes.push({
    ...{ rows, columns, solves, scenarioKiB: Math.round((rows * columns * 8) / 1024) },
    threadMs: round(p50.thread),
    freshMs: round(p50.fresh),
    residentMs: round(p50.resident),
    freshRatio: round(p50.fresh / p50.thread),
    residentRatio: round(p50.resident / p50.thread),
  })
  console.error(JSON.stringify(sizes.at(-1)))
}
await child.close()

const result = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, startMs, sizes }
mkdirSync(new URL('results', import.meta.url), { recursive: true })
writeFileSync(new URL('results/solver-process.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
console.log(JSON.stringify(result, null, 2))
