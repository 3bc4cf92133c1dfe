import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { SolveProgress } from '#ports/solver.js'
import { plainProblem } from './problems.js'

const solver = nativeSolver()

/** Long enough for several passes. */
const long = { ...plainProblem(20_000, 100, 3), confidence: 0.9 }

describe('progress of a solve', () => {
  it('is told while it runs: gaps fall, counts rise, at most every 50 ms', async () => {
    const told: (SolveProgress & { readonly at: number })[] = []
    const answer = await solver.solve(long, {
      onProgress: (progress) => told.push({ ...progress, at: performance.now() }),
    })
    expect(answer.status).toBe('OPTIMAL')
    expect(told.length).toBeGreaterThan(0)
    for (const [k, { elapsedMs, gap, iterations, passes }] of told.entries()) {
      const before = told[k - 1]
      expect([gap >= 0, elapsedMs > 0, passes > 0]).toEqual([true, true, true])
      if (before === undefined) continue
      expect(gap).toBeLessThanOrEqual(before.gap)
      expect(iterations).toBeGreaterThanOrEqual(before.iterations)
      expect(passes).toBeGreaterThanOrEqual(before.passes)
      expect(elapsedMs).toBeGreaterThan(before.elapsedMs)
    }
    const seconds = (told.at(-1)!.at - told[0]!.at) / 1000
    expect(told.length).toBeLessThanOrEqual(2 + 20 * seconds + 1)
  })

  it('does not pile up while the event loop is busy, and is over with the answer', async () => {
    let told = 0
    const solving = solver.solve(long, { onProgress: () => (told += 1) })
    const until = performance.now() + 400
    while (performance.now() < until);
    await solving
    const then = told
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(told).toBe(then)
    expect(told).toBeLessThan(25)
  })

  it('is told of frontiers and of many problems as well', async () => {
    const mean = Float64Array.from({ length: 100 }, (_, i) => i * 1e-5)
    let told = 0
    const onProgress = () => {
      told += 1
    }
    await solver.frontier({ ...plainProblem(2_000, 100), mean }, { points: 3, onProgress })
    expect(told).toBeGreaterThan(0)
    told = 0
    await solver.solveMany([long], { onProgress })
    expect(told).toBeGreaterThan(0)
  })

  it('ends the call at once with what a listener throws', async () => {
    const mean = Float64Array.from({ length: 100 }, (_, i) => i * 1e-5)
    let thrown = 0
    const onProgress = () => {
      thrown = performance.now()
      throw new Error('the listener broke')
    }
    const points = 500 // tens of seconds, unless it is cancelled
    await expect(solver.frontier({ ...long, mean }, { points, onProgress })).rejects.toThrow('the listener broke')
    expect(performance.now() - thrown).toBeLessThan(3_000)
  })

  it('reaches no worker that is ending, at whatever moment it ends', async () => {
    const addon = new URL('../../../../build/Release/ballast.node', import.meta.url).pathname
    const source = `const { workerData, parentPort } = require('node:worker_threads')
      const { addon, problem } = workerData
      const options = { tolerance: 1e-8, timeLimitMs: 60000, threads: 2, onProgress: () => parentPort.postMessage(0) }
      require(addon).frontier(problem, { ...options, points: 200 })
      require(addon).solveMany(Array(40).fill(problem), options)
      setInterval(() => {}, 1000)`
    const absent = { funding: null, held: null, cost: null, turnover: null, groups: [] }
    const problem = { ...long, ...absent, mean: Float64Array.from({ length: 100 }, (_, i) => i * 1e-5) }
    for (let round = 0; round < 12; round++) {
      const worker = new Worker(source, { eval: true, workerData: { addon, problem } })
      await new Promise((resolve) => worker.once('message', resolve))
      await new Promise((resolve) => setTimeout(resolve, round * 23))
      expect(await worker.terminate()).toBe(1)
    }
  })
})
