import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** One thing a recorded process did; `A` is its own note of what has been acknowledged. */
export interface Operation {
  readonly kind: 'W' | 'D' | 'B' | 'S' | 'T' | 'A'
  readonly offset: number
  readonly bytes: Buffer
}

/** What to record. */
export interface Workload {
  /** An empty directory. */
  readonly dir: string
  readonly commits: number
  readonly seed: number
  /** The control: LMDB that never syncs. */
  readonly unsynced?: boolean
}

/** Runs the workload on a real journal in a process of its own and returns what it did to the data file, in order. */
export function record({ dir, commits, seed, unsynced = false }: Workload): readonly Operation[] {
  if (!existsSync(join(ROOT, 'dist/src/adapters/journal/lmdb.js')))
    throw new Error('dist/ is missing: run `npm run build` (npm test does) before this test')
  const library = join(dir, 'recorder.so')
  const log = join(dir, 'log')
  const journal = join(dir, 'journal')
  mkdirSync(journal)
  execFileSync(process.env.CC ?? 'cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    join(HERE, 'recorder.c'),
    '-ldl',
    '-lpthread',
  ])
  const without = unsynced ? ['--import', join(HERE, 'unsynced.mjs')] : []
  const args = [...without, join(HERE, 'workload.mjs'), journal, String(commits), String(seed)]
  const { signal, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      LD_PRELOAD: library,
      POWER_FILE: join(journal, 'data.mdb'),
      POWER_LOG: log,
    },
  })
  if (signal !== 'SIGKILL') throw new Error(`the workload did not come to its end: ${stderr}`)
  return operationsIn(readFileSync(log))
}

function operationsIn(log: Buffer): Operation[] {
  const operations: Operation[] = []
  for (let at = 0; at < log.length; ) {
    const kind = log.toString('latin1', at, at + 1) as Operation['kind'] | 'X'
    if (kind === 'X') throw new Error('a mapping was flushed: this recorder sees writes only')
    const length = log.readUInt32LE(at + 4)
    const offset = Number(log.readBigUInt64LE(at + 8))
    operations.push({ kind, offset, bytes: log.subarray(at + 16, at + 16 + length) })
    at += 16 + length
  }
  return operations
}
