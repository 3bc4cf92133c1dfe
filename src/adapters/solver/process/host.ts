/**
 * The program of the solver's child process: carries out calls of the native solver on scenarios in shared memory. It
 * ends with its parent however that ends, is the first to go when memory runs out, and leaves signals meant for the
 * daemon to the daemon.
 */
import { writeFileSync } from 'node:fs'
import type { SolveProgress } from '#ports/solver.js'
import { nativeCalls, type Running } from '../native.js'
import { endWithParent, mapShared } from './memory.js'
import { type CallMessage, type FromHost, MEMORY_HANDLE, PARENT_VARIABLE, type ToHost } from './messages.js'
import { unshare } from './share.js'

/** Among the first to be killed when memory runs out: a solve can be repeated. Source: proc_pid_oom_score_adj(5). */
const OOM_SCORE = '500'

const die = (): never => {
  process.kill(process.pid, 'SIGKILL')
  process.exit(1)
}

process.on('SIGTERM', () => undefined).on('SIGINT', () => undefined)
process.on('disconnect', die)
endWithParent()
if (String(process.ppid) !== process.env[PARENT_VARIABLE]) die()
try {
  writeFileSync('/proc/self/oom_score_adj', OOM_SCORE)
} catch {
  // Without it the kernel chooses by size, which mostly comes to the same.
}

const calls = nativeCalls()
const running = new Map<number, Running<unknown>>()
let memory = new ArrayBuffer(0)

const tell = (message: FromHost): void => {
  process.send?.(message)
}

process.on('message', (message: ToHost) => {
  if (message.type === 'ping') tell({ type: 'pong' })
  else if (message.type === 'cancel') running.get(message.id)?.cancel()
  else void carryOut(message)
})
tell({ type: 'ready' })

async function carryOut(call: CallMessage): Promise<void> {
  const { id } = call
  try {
    const under = start(call)
    running.set(id, under)
    tell({ type: 'answer', id, answer: await under.promise })
  } catch (error) {
    tell({ type: 'refused', id, message: String(error) })
  } finally {
    running.delete(id)
  }
}

function start({ id, method, problems: shared, options: limits, progress, memory: bytes }: CallMessage) {
  if (bytes > memory.byteLength) memory = mapShared(MEMORY_HANDLE, bytes)
  const problems = unshare(shared, memory)
  const onProgress = (latest: SolveProgress): void => tell({ type: 'progress', id, progress: latest })
  const options = progress ? { ...limits, onProgress } : limits
  return method === 'solveMany' ? calls.solveMany(problems, options) : calls[method](problems[0]!, options)
}
