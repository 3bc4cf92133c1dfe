// Ballast's solver beside HiGHS (WebAssembly, same machine, same run) on the Rockafellar–Uryasev problem with caps, ten
// group rows and a turnover limit. Prints one row a size; `--out FILE` also writes JSON. Needs `npm run setup`.

import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import highsLoader from 'highs'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'
import { rockafellarUryasevLp } from './rockafellar-uryasev.mjs'

const SIZES = [
  [20, 250],
  [20, 1000],
  [50, 1000],
  [100, 2500],
]
const REPEATS = 5

/** Factor returns with fat tails, seeded. */
function problemOf(assets, scenarios, seed) {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const beta = Float64Array.from({ length: assets }, () => 0.5 + uniform())
  const returns = new Float64Array(assets * scenarios)
  for (let t = 0; t < scenarios; t += 1) {
    const tail = 1 / Math.sqrt(0.3 + uniform())
    const market = 0.01 * tail * normal()
    for (let i = 0; i < assets; i += 1) returns[t * assets + i] = 0.0004 + beta[i] * market + 0.012 * tail * normal()
  }
  const fill = (value) => new Float64Array(assets).fill(value)
  const groups = Array.from({ length: 10 }, (_, g) => ({
    name: `group-${g}`,
    coefficients: Float64Array.from({ length: assets }, (_, i) => (i % 10 === g ? 1 : 0)),
    lower: 0.05,
    upper: 0.2,
  }))
  return {
    scenarios: { rows: scenarios, columns: assets, returns },
    confidence: 0.95,
    riskAversion: 1,
    lower: fill(0),
    upper: fill(Math.max(0.1, 3 / assets)),
    held: fill(1 / assets),
    cash: { lower: 0, upper: 0 },
    groups,
    turnover: 0.3,
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

const highs = await highsLoader()
const solver = nativeSolver()
const rows = []
for (const [assets, scenarios] of SIZES) {
  const problem = problemOf(assets, scenarios, 1)
  const ours = []
  let answer
  for (let k = 0; k < REPEATS; k += 1) {
    const started = performance.now()
    answer = await solver.solve(problem)
    ours.push(performance.now() - started)
  }
  const lp = rockafellarUryasevLp(problem)
  const started = performance.now()
  const reference = highs.solve(lp)
  const theirs = performance.now() - started
  const row = {
    assets,
    scenarios,
    status: answer.status,
    gap: answer.gap,
    ballastMs: Number(median(ours).toFixed(2)),
    highsMs: Number(theirs.toFixed(2)),
    ratio: Number((theirs / median(ours)).toFixed(1)),
    objectiveDifference: Math.abs(answer.objective - reference.ObjectiveValue) / Math.abs(reference.ObjectiveValue),
  }
  rows.push(row)
  console.log(
    `${assets} x ${scenarios}`.padEnd(12),
    row.status,
    `gap ${row.gap.toExponential(1)}`,
    `ballast ${row.ballastMs} ms`,
    `highs-wasm ${row.highsMs} ms`,
    `ratio ${row.ratio}`,
    `objective differs ${row.objectiveDifference.toExponential(1)}`,
  )
}
const out = process.argv.indexOf('--out')
if (out > 0) {
  const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version }
  const result = {
    command: 'node bench/solver.mjs',
    machine,
    repeats: REPEATS,
    peer: 'highs 1.15.3 (wasm), default options, LP text parse included',
    rows,
  }
  writeFileSync(process.argv[out + 1], `${JSON.stringify(result, null, 2)}\n`)
}
