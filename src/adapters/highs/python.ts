import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Fault } from '#units/fault.js'
import { packageRoot } from '../package-root.js'
import type { HighsPeer, HighsRun } from './peer.js'

/** HiGHS as highspy or scipy bring it to a Python; undefined when that Python or both are missing. */
export async function pythonHighs(python: string): Promise<HighsPeer | undefined> {
  const ask = async <T>(...args: readonly string[]): Promise<T> => {
    const script = join(packageRoot, 'scripts', 'highs_run.py')
    const { stdout } = await promisify(execFile)(python, ['-B', script, ...args], { maxBuffer: 2 ** 28 })
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
  }
  try {
    const { version } = await ask<{ version: string }>()
    return {
      version,
      wasm: false,
      solve: (model, options) => ask<HighsRun>(model, JSON.stringify(options)).catch(failed),
    }
  } catch {
    return undefined
  }
}

function failed(error: Error & { stderr?: string }): never {
  const why = error.stderr?.trim().split('\n').at(-1) || error.message
  throw new Fault('HIGHS_UNUSABLE', `HiGHS in Python: ${why}`, 'never')
}
