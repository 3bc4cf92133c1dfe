import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { certify } from '#domain/optimise/certify.js'
import { type MeanCvarProblem, solved } from '#domain/optimise/mean-cvar.js'
import { plainProblem, Random } from './problems.js'

const solver = nativeSolver()

/** Portfolios with caps, holdings and a group of their own over one scenario set. */
function portfolios(count: number, rows = 200, columns = 10): readonly MeanCvarProblem[] {
  const shared = plainProblem(rows, columns, 6)
  const random = new Random(9)
  const each = (value: (i: number) => number) => Float64Array.from({ length: columns }, (_, i) => value(i))
  return Array.from({ length: count }, (_, k) => ({
    ...shared,
    upper: each(() => random.between(0.25, 0.5)),
    held: each(() => random.between(0.05, 0.15)),
    turnover: random.between(0.3, 0.8),
    cash: { lower: 0, upper: 0.2 },
    ...(k % 3 === 0 ? { mean: each(() => random.normal() * 0.001) } : {}),
    ...(k % 4 === 1 ? { groups: [{ name: 'First', coefficients: each((i) => (i < 3 ? 1 : 0)), lower: 0.3 }] } : {}),
  }))
}

describe('many problems in one call', () => {
  it('have the optima of single solves, in order, and certify', async () => {
    const problems = portfolios(40)
    const answers = await solver.solveMany(problems)
    expect(answers.length).toBe(40)
    for (const [k, answer] of answers.entries()) {
      const alone = await solver.solve(problems[k]!)
      if (!solved(answer) || !solved(alone)) throw new Error(`${k}: ${answer.status} beside ${alone.status}`)
      expect(answer.status).toBe('OPTIMAL')
      const certificate = certify(problems[k]!, answer, { gap: 1e-8 })
      expect(certificate.certified ? '' : certificate.reason).toBe('')
      const scale = Math.max(Math.abs(alone.objective), 1e-4)
      expect(Math.abs(answer.objective - alone.objective)).toBeLessThan(2e-8 * scale)
    }
  })

  it('have the same bits on one thread and on two', async () => {
    const problems = portfolios(40)
    const [one, two] = [await solver.solveMany(problems), await solver.solveMany(problems, { threads: 2 })]
    const timeless = (answers: typeof one) => answers.map((answer) => ({ ...answer, elapsedMs: 0 }))
    expect(timeless(two)).toEqual(timeless(one))
  })

  it('fail one by one: the others are solved', async () => {
    const problems = [...portfolios(5)]
    const { scenarios } = problems[0]!
    problems[1] = { ...problems[1]!, upper: new Float64Array(10).fill(0.01) }
    problems[2] = { ...problems[2]!, lower: [0] as unknown as Float64Array }
    problems[3] = { ...problems[3]!, scenarios: { ...scenarios, returns: scenarios.returns.slice() } }
    const answers = await solver.solveMany(problems)
    expect(answers).toMatchObject([
      { status: 'OPTIMAL' },
      { status: 'INFEASIBLE' },
      { status: 'INVALID_INPUT', field: 'lower' },
      { status: 'INVALID_INPUT', field: 'scenarios' },
      { status: 'OPTIMAL' },
    ])
  })

  it('are none for none, and each cancelled or refused with the call', async () => {
    expect(await solver.solveMany([])).toEqual([])
    const problems = portfolios(3)
    const cancelled = await solver.solveMany(problems, { signal: AbortSignal.abort() })
    expect(cancelled.map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED'])
    expect(await solver.solveMany(problems.slice(0, 1), { threads: 0 })).toMatchObject([
      { status: 'INVALID_INPUT', field: 'threads' },
    ])
  })

  it('stop when they are aborted: what is not solved by then is CANCELLED', async () => {
    const problems = portfolios(64, 20_000, 60)
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 60)
    const answers = await solver.solveMany(problems, { signal: abort.signal })
    expect(answers.length).toBe(64)
    expect(answers.at(-1)).toMatchObject({ status: 'CANCELLED' })
  })
})
