import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { optimum } from './optimum.js'
import { plainProblem, Random, randomProblem, randomReturns } from './problems.js'

const solver = nativeSolver()

/** A long problem: several seconds unless stopped. */
function longProblem(): MeanCvarProblem {
  return { ...plainProblem(20_000, 250, 3), confidence: 0.9 }
}

describe('running solves', () => {
  it('the same problem gives the same bits, alone or beside others', async () => {
    const problem = plainProblem(500, 30, 8)
    const answers = await Promise.all(Array.from({ length: 8 }, () => optimum(problem)))
    const bits = answers.map(
      ({ weights, duals }) =>
        Buffer.from(weights.buffer).toString('hex') + Buffer.from(duals.scenario.buffer).toString('hex'),
    )
    expect(new Set(bits).size).toBe(1)
  })

  it('many at once keep their own answers', async () => {
    const problems = Array.from({ length: 40 }, (_, k) => randomProblem(500 + k))
    const together = await Promise.all(problems.map((problem) => solver.solve(problem)))
    for (const [k, problem] of problems.entries()) {
      const alone = await solver.solve(problem)
      expect({ ...together[k], elapsedMs: 0 }).toEqual({ ...alone, elapsedMs: 0 })
    }
  })

  it('an aborted solve settles as CANCELLED promptly and leaves the event loop free meanwhile', async () => {
    const abort = new AbortController()
    let asked = 0
    setTimeout(() => {
      asked = performance.now()
      abort.abort()
    }, 20)
    const answer = await solver.solve(longProblem(), { signal: abort.signal })
    const waited = performance.now() - asked
    expect(answer).toEqual({ status: 'CANCELLED', message: 'the solve was cancelled' })
    expect(waited).toBeLessThan(1_000) // CANCELLED says it did not run to its end; this only catches a hang
  })

  it('a signal aborted before the start never starts a thread', async () => {
    expect(await solver.solve(plainProblem(), { signal: AbortSignal.abort() })).toMatchObject({ status: 'CANCELLED' })
  })

  it('a time limit is honoured', async () => {
    const answer = await solver.solve(longProblem(), { timeLimitMs: 40 })
    expect(answer).toEqual({ status: 'TIME_LIMIT', message: 'the time limit was reached' })
  })

  it('a worker that ends in the middle of a solve does not take the process with it', async () => {
    const random = new Random(4)
    const returns = randomReturns(random, 20_000, 250)
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads')
       const addon = require(workerData.addon)
       addon.solve(workerData.problem, { tolerance: 1e-8, timeLimitMs: 60000 })
       parentPort.postMessage('running')
       setInterval(() => {}, 1000)`,
      { eval: true, workerData: { addon: addonPath(), problem: dto(returns) } },
    )
    await new Promise((resolve) => worker.once('message', resolve))
    expect(await worker.terminate()).toBe(1)
    await optimum(plainProblem())
  })

  it('describes itself', () => {
    expect(solver.describe()).toEqual({
      backend: 'cpu',
      version: '0.1.0',
      cuda: expect.stringMatching(/^unavailable \(.+\)$|compute capability/),
    })
  })

  it('tells how to build a missing addon', () => {
    expect(() => nativeSolver({ addon: '/nowhere/ballast.node' })).toThrow(/\/nowhere\/ballast.node.*npm run setup/)
  })
})

function addonPath(): string {
  return new URL('../../../../build/Release/ballast.node', import.meta.url).pathname
}

/** The bridge's own form of a problem, for a worker that has no TypeScript. */
function dto(returns: Float64Array): object {
  return {
    scenarios: { rows: 20_000, columns: 250, returns, probabilities: null },
    confidence: 0.9,
    riskAversion: 1,
    mean: null,
    lower: new Float64Array(250),
    upper: new Float64Array(250).fill(1),
    funding: null,
    held: null,
    cash: { lower: 0, upper: 0 },
    cost: null,
    groups: [],
    turnover: null,
  }
}
