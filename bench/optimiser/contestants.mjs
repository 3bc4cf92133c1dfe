// Who solves: Ballast through its addon, HiGHS in a process of its own, and a prototype when one is named.
// A contestant is { name, limit?, load?(instance), solve(instance) → { seconds, status, … } }.

import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { executableHighs, runExecutable } from '../../dist/src/adapters/highs/executable.js'
import { nativeSolver } from '../../dist/src/adapters/solver/native.js'
import { certify } from '../../dist/src/domain/optimise/certify.js'
import { oneWay } from './instances.mjs'

const TOLERANCE = 1e-8

/** The problem as this addon is asked: as it stands, or with one-way turnover in place of the traded sum. */
export const asked = (problem, options) => (options.oneWay ? oneWay(problem) : problem)

/**
 * Ballast on so many threads. `seconds` is the wall time of the promise, `inside` the answer's own figure; the gap is the
 * one that the engine's certificate recomputes from weights and duals, outside the time. Not certified is not solved.
 */
export function ballast(threads, options) {
  const solver = nativeSolver()
  return {
    name: `ballast-${threads}`,
    async solve({ problem }) {
      const stated = asked(problem, options)
      const started = performance.now()
      const answer = await solver.solve(stated, { threads, tolerance: TOLERANCE, timeLimitMs: options.limit * 1000 })
      const seconds = (performance.now() - started) / 1000
      if (answer.weights === undefined) return { seconds, ...answer }
      const certificate = certify(stated, answer, { gap: TOLERANCE })
      if (!certificate.certified) return { seconds, status: 'NOT_CERTIFIED', message: certificate.reason }
      const { status, weights, objective, iterations, passes, elapsedMs } = answer
      const { gap, lowerBound } = certificate
      return { seconds, inside: elapsedMs / 1000, status, weights, objective, lowerBound, gap, iterations, passes }
    },
  }
}

/** What the addon says of itself. */
export const addonVersion = () => nativeSolver().describe()

/**
 * An executable called as `$BALLAST_PROTOTYPE N T threads tolerance variant`, with DATA_DIR the folder of R_N_T.bin;
 * of its line `… time X … ipmit I … ub U gap G …` these four are read.
 */
export function prototype(executable, threads, options) {
  const read = (line, word) => Number(new RegExp(`\\b${word} (\\S+)`).exec(line)?.[1] ?? Number.NaN)
  return {
    name: `prototype-${threads}`,
    async solve({ assets, scenarios, rival, folder }) {
      const { stdout } = await promisify(execFile)(
        executable,
        [assets, scenarios, threads, TOLERANCE, rival].map(String),
        { env: { ...process.env, DATA_DIR: folder }, timeout: options.limit * 1000 },
      )
      const line = stdout.trim().split('\n').at(-1)
      const seconds = read(line, 'time')
      if (!(seconds >= 0)) return { seconds: Number.NaN, status: line }
      const gap = read(line, 'gap')
      const status = gap <= TOLERANCE ? 'OPTIMAL' : 'FEASIBLE'
      return { seconds, status, objective: read(line, 'ub'), gap, iterations: read(line, 'ipmit') }
    },
  }
}

const WORDS = { textbook: 'highs-textbook', dual: 'highs-dual', 'dual-plain': 'highs-dual-no-presolve' }

const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value)

/**
 * HiGHS in a Python process that keeps the programs in memory, or HIGHS_BIN over the files that process writes: one
 * contestant a form, and the process.
 * Undefined when Python, numpy or a binding is missing; `why` of the refusal goes to `tell`.
 */
export async function highs(options, tell) {
  const server = fileURLToPath(new URL('highs_server.py', import.meta.url))
  const child = spawn(process.env.PYTHON ?? 'python3', ['-B', server], { stdio: ['pipe', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  child.on('error', (error) => {
    errors += error.message
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`HiGHS's process ended: ${errors.trim().split('\n').at(-1)}`)
    return JSON.parse(value)
  }
  const ask = (question) => {
    child.stdin.write(`${JSON.stringify(question, plain)}\n`)
    return next()
  }
  try {
    const { version: bound } = await next()
    const version = process.env.HIGHS_BIN ? (await executableHighs(process.env.HIGHS_BIN)).version : bound
    return { version, forms: formsOf(ask, options), stop: () => child.kill() }
  } catch (error) {
    tell(`without HiGHS: ${error.message}`)
    return undefined
  }
}

function formsOf(ask, options) {
  let loaded
  const load = async ({ path, assets, scenarios, problem }) => {
    if (loaded === problem) return
    const { scenarios: _, traded = null, leverage = null, ...rest } = problem
    await ask({ ask: 'load', path, rows: scenarios, columns: assets, problem: { ...rest, traded, leverage } })
    loaded = problem
  }
  const binary = process.env.HIGHS_BIN
  return (form) => ({
    name: WORDS[form],
    load,
    solve: (instance) =>
      binary ? byExecutable(binary, ask, form, instance, options) : ask({ ask: 'solve', form, limit: options.limit }),
  })
}

/** The weights are the first columns of the textbook form, and multipliers of the dual form's first rows above the lower bounds. */
async function byExecutable(binary, ask, form, { problem, assets }, { limit }) {
  const { model, options } = await ask({ ask: 'write', form })
  const run = await runExecutable(binary, model, { ...options, time_limit: limit })
  const { seconds, status, objective, iterations, columns, rowDuals } = run
  if (status !== 'Optimal') return { seconds, status }
  const own = { seconds, status, iterations }
  if (form === 'textbook') return { ...own, objective, weights: columns.slice(0, assets) }
  return { ...own, objective: -objective, weights: Array.from(problem.lower, (low, i) => low + rowDuals[i]) }
}
