// A frontier of twenty points in one call beside as many cold solves at the same returns, in turn.

import { nativeSolver } from '../../dist/src/adapters/solver/native.js'
import { asked } from './contestants.mjs'
import { median } from './rounds.mjs'

const POINTS = 20
const THREADS = 2

/** One call for all points: each comes with its own problem and answer. */
const frontierOf = (solver, problem) => solver.frontier(problem, { points: POINTS, threads: THREADS })

async function timed(work) {
  const started = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - started) / 1000 }
}

/** `ratio` is cold time over the frontier's; `objectiveDifference` the largest relative one between the two at a point. */
export async function frontierCase(instance, rounds, options) {
  const solver = nativeSolver()
  const size = `frontier-${instance.id}`
  if (typeof solver.frontier !== 'function') return { size, skipped: 'the solver offers no frontier' }
  const problem = asked(instance.problem, options)
  const warm = []
  const cold = []
  let difference = 0
  for (let round = 0; round < rounds; round += 1) {
    const frontier = await timed(() => frontierOf(solver, problem))
    warm.push(frontier.seconds)
    if (frontier.result.status !== 'SOLVED') throw new Error(`the frontier is ${frontier.result.status}`)
    const { points } = frontier.result
    const apart = await timed(() => oneByOne(solver, points))
    cold.push(apart.seconds)
    apart.result.forEach(({ objective }, k) => {
      const distance = Math.abs(objective - points[k].answer.objective) / Math.abs(objective)
      difference = Math.max(difference, distance)
    })
  }
  const seconds = median(warm)
  const coldSeconds = median(cold)
  return { size, points: POINTS, seconds, coldSeconds, ratio: coldSeconds / seconds, objectiveDifference: difference }
}

async function oneByOne(solver, points) {
  const answers = []
  for (const { problem } of points) answers.push(await solver.solve(problem, { threads: THREADS }))
  return answers
}
