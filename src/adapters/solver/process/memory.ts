import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Fault } from '#units/fault.js'
import { packageRoot } from '../../package-root.js'

interface Addon {
  sharedMemory(): number | Error
  mapShared(handle: number, bytes: number): ArrayBuffer | Error
  endWithParent(): true | Error
}

const addon = (): Addon =>
  createRequire(import.meta.url)(join(packageRoot, 'build', 'Release', 'ballast.node')) as Addon

/** A handle of memory without a name, to be closed by the caller. @throws Fault `SOLVER_MEMORY` (safe). */
export const sharedMemory = (): number => told(addon().sharedMemory())

/** The first `bytes` of shared memory, only to be read: a write ends the process. @throws Fault `SOLVER_MEMORY` (safe). */
export const mapShared = (handle: number, bytes: number): ArrayBuffer => told(addon().mapShared(handle, bytes))

/** Has the kernel kill this process when the thread that started it ends. @throws Fault `SOLVER_MEMORY` (safe). */
export const endWithParent = (): true => told(addon().endWithParent())

function told<T>(answer: T | Error): T {
  if (answer instanceof Error) throw new Fault('SOLVER_MEMORY', answer.message, 'safe')
  return answer
}
