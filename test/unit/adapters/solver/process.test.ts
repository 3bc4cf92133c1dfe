import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { ChildEnd } from '#adapters/solver/process/supervisor.js'
import { type ProcessSolver, type ProcessSolverOptions, processSolver } from '#adapters/solver/process.js'
import { packageRoot } from '#daemon/package-root.js'
import { certify } from '#domain/optimise/certify.js'
import { type MeanCvarProblem, type SolverAnswer, solved } from '#domain/optimise/mean-cvar.js'
import { plainProblem } from './problems.js'

const native = nativeSolver()
const module = join(packageRoot, 'test', 'support', 'solver-host.mjs')
/** Long enough for a signal to hit it. */
const long: MeanCvarProblem = { ...plainProblem(20_000, 100, 3), confidence: 0.9 }
const plain = plainProblem()

const opened: ProcessSolver[] = []
afterEach(async () => {
  delete process.env.BALLAST_TEST_SOLVER
  for (const solver of opened.splice(0)) await solver.close()
})

interface Watched {
  readonly solver: ProcessSolver
  readonly ends: ChildEnd[]
}

function watched(options: ProcessSolverOptions = {}, mode?: string): Watched {
  if (mode !== undefined) process.env.BALLAST_TEST_SOLVER = mode
  const ends: ChildEnd[] = []
  const solver = processSolver({ pauseMs: 1, ...options, ...(mode && { module }), onEnded: (why) => ends.push(why) })
  opened.push(solver)
  return { solver, ends }
}

const alive = (pid: number): boolean => {
  try {
    // A zombie is dead: only its parent has not looked yet.
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(5)
}

const timeless = (answer: SolverAnswer): object => ({ ...answer, elapsedMs: 0 })

/** Sends the child a signal at its first word of progress. */
async function signalled(
  solver: ProcessSolver,
  signal: NodeJS.Signals,
): Promise<{ answer: SolverAnswer; pid: number }> {
  let pid = 0
  const onProgress = (): void => {
    if (pid !== 0) return
    pid = solver.pid() ?? 0
    process.kill(pid, signal)
  }
  const answer = await solver.solve(long, { onProgress })
  return { answer, pid }
}

describe('a solver in a child process', () => {
  it('killed in the middle of a solve is started again and gives the same answer', async () => {
    const { solver, ends } = watched()
    const { answer, pid } = await signalled(solver, 'SIGKILL')
    expect(timeless(answer)).toEqual(timeless(await native.solve(long)))
    expect([pid > 0, solver.pid() !== pid, ends]).toEqual([true, true, ['crashed']])
  })

  it('stopped in the middle of a solve is ended for its silence, and the solve is done by another', async () => {
    const { solver, ends } = watched({ silentMs: 600 })
    const { answer, pid } = await signalled(solver, 'SIGSTOP')
    expect(timeless(answer)).toEqual(timeless(await native.solve(long)))
    await until(() => !alive(pid))
    expect(ends).toEqual(['silent'])
  })

  it('that keeps a solve beyond its time limit is ended; the solve is given up, not tried again', async () => {
    const { solver, ends } = watched({ silentMs: 500, graceMs: 20 }, 'deaf')
    await expect(solver.solve(plain, { timeLimitMs: 20 })).rejects.toMatchObject({ code: 'SOLVER_LOST', retry: 'safe' })
    expect(ends).toEqual(['late'])
  })

  it('gives up only the solve that ends children, and answers its neighbours', async () => {
    const { solver, ends } = watched({}, 'poison')
    const settled = await Promise.allSettled(
      [plain, { ...plain, riskAversion: 13 }, plain, plain].map((problem) => solver.solve(problem)),
    )
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(settled[1]).toMatchObject({ reason: { code: 'SOLVER_LOST' } })
    expect(ends).toEqual(['crashed', 'crashed'])
    expect(await solver.solve(plain)).toMatchObject({ status: 'OPTIMAL' })
  })

  it('that cannot be kept is refused at once after a few tries, and tried again after a rest', async () => {
    const { solver, ends } = watched({ mostFailures: 3, restMs: 200 }, 'exit')
    await expect(solver.solve(plain)).rejects.toMatchObject({ code: 'SOLVER_UNAVAILABLE', retry: 'safe' })
    expect(ends).toEqual(['unready', 'unready', 'unready'])
    await expect(solver.solve(plain)).rejects.toMatchObject({ code: 'SOLVER_UNAVAILABLE' })
    expect(ends.length).toBe(3)
    process.env.BALLAST_TEST_SOLVER = 'healed'
    const healed = async (): Promise<SolverAnswer> => solver.solve(plain).catch(() => pause(5).then(healed))
    expect(await healed()).toMatchObject({ status: 'OPTIMAL' })
  })

  it('that never gets ready counts as failed', async () => {
    const { solver, ends } = watched({ mostFailures: 1, startMs: 20, silentMs: 100 }, 'mute')
    await expect(solver.solve(plain)).rejects.toMatchObject({ code: 'SOLVER_UNAVAILABLE' })
    expect(ends).toEqual(['unready'])
  })

  it('that lies is found out by the certificate', async () => {
    const problem = plainProblem(200, 8)
    const honest = await native.solve(problem)
    const { solver } = watched({}, 'liar')
    const answer = await solver.solve(problem)
    if (!solved(answer) || !solved(honest)) throw new Error('no solution')
    expect(certify(problem, honest)).toMatchObject({ certified: true })
    expect(certify(problem, answer)).toMatchObject({ certified: false })
  })

  it('that answers without weights is no solution', async () => {
    const { solver } = watched({}, 'babbler')
    await expect(solver.solve(plain)).rejects.toThrow('lacks an array')
  })

  it('closed in the middle of solves rejects them and leaves neither a process nor memory', async () => {
    const memories = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).includes('ballast-scenarios')
        } catch {
          return false // the listing's own
        }
      }).length
    const before = memories()
    const { solver } = watched()
    await solver.solve(plain)
    const pid = solver.pid()!
    expect(memories()).toBe(before + 1)
    const solving = [solver.solve(long), solver.solve(long), solver.solve(long), solver.solve(long)]
    const settled = Promise.allSettled(solving)
    await solver.close()
    for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { code: 'CLOSED' } })
    expect(alive(pid)).toBe(false)
    expect(memories()).toBe(before)
    await expect(solver.solve(plain)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('the child of a process', () => {
  /** A process with a solver that tells its child's id, and solves or rests then. */
  function parent(then: string) {
    const at = (path: string): string => JSON.stringify(join(packageRoot, 'dist', 'src', 'adapters', 'solver', path))
    const script = `
      const { processSolver } = await import(${at('process.js')})
      const solver = processSolver()
      const problem = (rows, columns) => ({
        scenarios: { rows, columns, returns: Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i)) },
        confidence: 0.9, riskAversion: 1, cash: { lower: 0, upper: 0 },
        lower: new Float64Array(columns), upper: new Float64Array(columns).fill(1),
      })
      await solver.solve(problem(10, 2))
      process.stdout.write(String(solver.pid()))
      ${then}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const told = new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))))
    return { child, ended, told }
  }

  it.each(['working', 'stopped'])('%s ends when that process is killed', async (how) => {
    const { child, told } = parent('await solver.solve(problem(20000, 200))')
    const pid = await told
    expect(alive(pid)).toBe(true)
    if (how === 'stopped') process.kill(pid, 'SIGSTOP')
    child.kill('SIGKILL')
    await until(() => !alive(pid))
  })

  it.each(['', 'await solver.close()'])('keeps it from nothing once there is nothing to solve: %j', async (then) => {
    const { ended, told } = parent(then)
    const pid = await told
    expect(await ended).toBe(0)
    await until(() => !alive(pid))
  })
})
