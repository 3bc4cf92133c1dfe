import { expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { processSolver } from '#adapters/solver/process.js'
import { solved } from '#domain/optimise/mean-cvar.js'
import type { SolverBackend } from '#ports/solver.js'
import { plainProblem } from './problems.js'

const ABSENT = '/nowhere/libballast_cuda.so'

/** Runs `work` where no CUDA library is found, whatever this machine has. */
async function withoutDevice<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.BALLAST_CUDA_LIBRARY
  process.env.BALLAST_CUDA_LIBRARY = ABSENT
  try {
    return await work()
  } finally {
    if (before === undefined) delete process.env.BALLAST_CUDA_LIBRARY
    else process.env.BALLAST_CUDA_LIBRARY = before
  }
}

it('without a device the processors answer, bit for bit as ever, and say why', async () => {
  await withoutDevice(async () => {
    const host = await nativeSolver().solve(plainProblem())
    for (const solver of [nativeSolver({ backend: 'cuda' }), processSolver({ backend: 'cuda' })]) {
      const answer = await solver.solve(plainProblem())
      if (!solved(answer) || !solved(host)) throw new Error('not solved')
      expect(answer).toMatchObject({ backend: 'cpu', fallback: 'this build has no libballast_cuda.so' })
      expect(answer.weights).toEqual(host.weights)
      if ('close' in solver) await (solver as ReturnType<typeof processSolver>).close()
    }
    const [many] = await nativeSolver().solveMany([plainProblem()], { backend: 'cuda' })
    expect(many).toMatchObject({ backend: 'cpu', fallback: 'this build has no libballast_cuda.so' })
  })
})

it('who does not ask for a device is not told of one', async () => {
  await withoutDevice(async () => {
    for (const backend of ['cpu', 'auto'] as const) {
      const answer = await nativeSolver().solve(plainProblem(), { backend })
      expect(answer).toMatchObject({ status: 'OPTIMAL', backend: 'cpu' })
      expect(answer).not.toHaveProperty('fallback')
    }
  })
})

it('the addon loads without a library, and says that there is none', async () => {
  await withoutDevice(async () => {
    expect(nativeSolver().describe().cuda).toBe('unavailable (this build has no libballast_cuda.so)')
  })
})

it('a backend that does not exist is refused', async () => {
  const answer = await nativeSolver().solve(plainProblem(), { backend: 'gpu' as SolverBackend })
  expect(answer).toEqual({
    status: 'INVALID_INPUT',
    field: 'backend',
    message: 'backend is gpu, not one of cpu, cuda, auto',
  })
})
