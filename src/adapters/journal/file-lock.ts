import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Fault } from '#units/fault.js'
import { packageRoot } from '../package-root.js'

/** Locks on open files that the kernel keeps. An Error is returned, not thrown, when the kernel refuses. */
export interface FileLocks {
  /** Takes the lock of a file open for reading and writing; false when another opening of it has it. */
  lockFile(handle: number): boolean | Error
  /** Whether another opening of the file has its lock. Takes nothing. */
  fileLocked(handle: number): boolean | Error
}

let loaded: FileLocks | undefined

/** The locks of the native addon: Node has none. @throws Fault `ADDON_MISSING` (never). */
export function fileLocks(): FileLocks {
  loaded ??= load()
  return loaded
}

function load(): FileLocks {
  const path = join(packageRoot, 'build', 'Release', 'ballast.node')
  try {
    return createRequire(import.meta.url)(path) as FileLocks
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('ADDON_MISSING', `${path} cannot be loaded: ${reason}; run npm run setup`, 'never', { path })
  }
}
