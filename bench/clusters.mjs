// How long a session's clusters take: `node bench/clusters.mjs [--out FILE]`. Returns of names in groups, each group moved by a walk of
// its own; correlations as rules measure them, then average linkage at 0.7 and, the most it can have to do, at −1: everything joined.
import { writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { averageLinkage } from '../dist/src/numerics/average-linkage.js'
import { shrunkCorrelation } from '../dist/src/numerics/ledoit-wolf.js'

const { values: options } = parseArgs({ options: { out: { type: 'string' } } })
const ROUNDS = 15
const DAYS = 252
const CASES = [50, 500, 2_000].flatMap((names) => [0.5, 0.85, 0.95].map((loading) => ({ names, loading })))

/** Columns that a walk of their group moves: `loading`² is the correlation inside of one. */
function returnsOf(names, loading) {
  let state = 7
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const groups = Math.max(1, Math.floor(names / 50))
  const values = new Float64Array(DAYS * names)
  for (let row = 0; row < DAYS; row += 1) {
    const walks = Array.from({ length: groups }, normal)
    for (let column = 0; column < names; column += 1)
      values[row * names + column] = 0.01 * (loading * walks[column % groups] + Math.sqrt(1 - loading ** 2) * normal())
  }
  return { rows: DAYS, columns: names, values }
}

const timed = (work) => {
  const from = performance.now()
  const result = work()
  return { ms: performance.now() - from, result }
}
const round = (ms) => Number(ms.toFixed(2))
const median = (times) => round(times.sort((a, b) => a - b)[Math.floor(times.length / 2)])

const rows = CASES.map(({ names, loading }) => {
  const measured = timed(() => shrunkCorrelation(returnsOf(names, loading)))
  const { matrix, shrinkage } = measured.result
  const at = (least) => Array.from({ length: ROUNDS }, () => timed(() => averageLinkage(matrix.values, names, least)))
  const [usual, all] = [at(0.7), at(-1)]
  const row = {
    ...{ names, loading, shrinkage: Number(shrinkage.toFixed(4)), correlationsMs: round(measured.ms) },
    clusters: usual[0].result.length,
    usual: { p50Ms: median(usual.map(({ ms }) => ms)), leastMs: round(Math.min(...usual.map(({ ms }) => ms))) },
    everythingJoined: { p50Ms: median(all.map(({ ms }) => ms)), leastMs: round(Math.min(...all.map(({ ms }) => ms))) },
  }
  console.log(JSON.stringify(row))
  return row
})
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, load: round(loadavg()[0]), node: process.version }
if (options.out !== undefined)
  writeFileSync(options.out, `${JSON.stringify({ machine, days: DAYS, rounds: ROUNDS, rows }, null, 2)}\n`)
