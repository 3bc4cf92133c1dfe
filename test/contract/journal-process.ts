import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * What the other process does: opens the journal, says `open`, then commits one entry of `pad` extra characters after
 * another until `commits` are on disk, saying `acked <seq>` after each; then stays until it is killed. On a fault it
 * says its code, what a second commit and a read say, and ends.
 */
const PROGRAM = `
import { readSync, writeSync } from 'node:fs'
import { openJournal } from './dist/src/adapters/journal/lmdb.js'
import { seal, GENESIS } from './dist/src/domain/portfolio/entry.js'
import { money } from './dist/src/units/money.js'
const [dir, commits, pad, waits] = process.argv.slice(1)
const say = (line) => writeSync(1, line + '\\n')
const codeOf = (error) => error.code ?? String(error)
if (waits === 'waits') {
  say('ready')
  readSync(0, Buffer.alloc(1))
}
try {
  const journal = openJournal({ dir, onWriteFailure: (fault) => say('told ' + fault.code) })
  say('open')
  let { seq, hash } = journal.head('core')
  const next = () => {
    const at = 1767623400000 + seq
    const event = { type: 'permitted', to: 'active', reason: 'x'.repeat(Number(pad)), actor: 'test', seq: seq + 1, at, cause: 'c', amount: money('0.10') }
    const entry = seal({ v: 1, portfolio: 'core', seq: seq + 1, at, epoch: 1, event, effects: [], stateHash: '0' }, hash)
    return { entry, outboxPut: [], outboxRemove: [], timersPut: [], timersRemove: [], inboxPut: [], snapshot: null, run: null, execution: null }
  }
  try {
    for (let made = 0; made < Number(commits); made += 1) {
      const commit = next()
      await journal.commit([commit])
      ;({ seq, hash } = commit.entry)
      say('acked ' + seq)
    }
  } catch (error) {
    say('fault ' + codeOf(error) + ' ' + error.retry)
    await journal.commit([next()]).catch((again) => say('then ' + codeOf(again)))
    try { journal.head('core') } catch (again) { say('reads ' + codeOf(again)) }
    process.exit(70)
  }
  setTimeout(() => undefined, 120_000) // no longer than any test, should nobody be left to kill it
} catch (error) {
  say('fault ' + codeOf(error) + ' ' + JSON.stringify(error.data ?? {}))
  process.exit(78)
}
`

/** Another process at a journal. */
export interface JournalProcess {
  readonly pid: number
  /** Lines it has said so far. */
  readonly lines: readonly string[]
  /** Settles with the first line that matches; rejects when the process ends without one. */
  line(pattern: RegExp): Promise<string>
  /** Settles with its exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** Lets a process that waits go on. */
  go(): void
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>
}

/** How to run the other process. */
export interface JournalProcessOptions {
  readonly dir: string
  readonly commits?: number
  readonly pad?: number
  /** Largest file it may write, KiB: a full disk for it alone. */
  readonly fileLimitKiB?: number
  /** Say `ready` and wait for {@link JournalProcess.go} before opening. */
  readonly waits?: boolean
  /** A command and its arguments that run the process, in a namespace of its own say. */
  readonly within?: readonly string[]
}

/** Starts the compiled journal in a process of its own, killed when the test ends. */
export function startJournalProcess({
  dir,
  commits = 0,
  pad = 0,
  fileLimitKiB,
  waits = false,
  within = [],
}: JournalProcessOptions): JournalProcess {
  if (!existsSync(`${ROOT}/dist/src/adapters/journal/lmdb.js`))
    throw new Error('dist/ is missing: run `npx tsc -p tsconfig.build.json` (npm test does) before this test')
  const args = ['--input-type=module', '-e', PROGRAM, dir, String(commits), String(pad), waits ? 'waits' : 'goes']
  const limited = ['-c', `ulimit -f ${fileLimitKiB}; exec "$@"`, 'bash', process.execPath, ...args]
  const plain = fileLimitKiB === undefined ? [process.execPath, ...args] : ['bash', ...limited]
  const [command = '', ...all] = [...within, ...plain]
  const child = spawn(command, all, {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  return watch(child)
}

/** Starts a process that opens the files without asking for the lock, says `writing` and stays inside a write. */
export function startIntruder(dir: string): JournalProcess {
  const program = `
import { writeSync } from 'node:fs'
import { open } from 'lmdb'
const root = open({ path: process.argv[1], noSubdir: false, encoding: 'string', overlappingSync: false })
root.transactionSync(() => {
  writeSync(1, 'writing\\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120_000)
})
`
  const args = ['--input-type=module', '-e', program, dir]
  return watch(spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] }))
}

const READER = `
import { readSync, writeSync } from 'node:fs'
import { openJournalForReading } from './dist/src/adapters/journal/lmdb.js'
const [dir, times, waits, closes] = process.argv.slice(1)
const say = (line) => writeSync(1, line + '\\n')
try {
  for (let time = 0; time < Number(times); time += 1) {
    const journal = openJournalForReading({ dir })
    journal.portfolios()
    if (waits === 'waits') {
      say('opened')
      readSync(0, Buffer.alloc(1))
    }
    if (closes !== 'closes') {
      process.on('exit', () => say('read ' + times))
      process.exit()
    }
    await journal.close()
  }
  say('read ' + times)
} catch (error) {
  say('fault ' + error.code + ' ' + error.message)
}
`

/** How a reader goes about it. */
export interface ReaderOptions {
  readonly dir: string
  readonly times: number
  /** Say `opened` after each opening and wait for {@link JournalProcess.go}. */
  readonly waits?: boolean
  /** False: ends with the journal open. */
  readonly closes?: boolean
}

/** Starts a process that opens a journal for reading, reads and closes it, `times` times; then says `read <times>`. */
export function startReader({ dir, times, waits = false, closes = true }: ReaderOptions): JournalProcess {
  const how = [waits ? 'waits' : 'goes', closes ? 'closes' : 'ends']
  const args = ['--input-type=module', '-e', READER, dir, String(times), ...how]
  return watch(spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'ignore'] }))
}

function watch(child: ChildProcess): JournalProcess {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  let over = false
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    for (const look of waiting) look()
  })
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      over = true
      for (const look of waiting) look()
      resolve(code)
    })
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((said) => pattern.test(said))
        if (found === undefined && !over) return
        waiting.delete(look)
        if (found === undefined) reject(new Error(`ended without ${pattern}: ${lines.slice(-5).join(' | ')}`))
        else resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { pid: child.pid ?? 0, lines, line, ended, go: () => void child.stdin?.write('.'), kill }
}
