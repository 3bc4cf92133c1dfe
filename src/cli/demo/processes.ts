import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '#daemon/package-root.js'
import { CliError, EXIT } from '../failure.js'

/** A process of the demo; what it says goes to its log. */
export interface Subprocess {
  /** Resolves with the line that holds the text. @throws CliError 1 when it ends before, or takes longer. */
  said(text: string, timeoutMs: number): Promise<string>
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>
  /** Resolves when it has ended well. @throws CliError 1 with the end of its log when it has not. */
  finished(): Promise<void>
  /** Asks it to end. */
  stop(): void
  /** Ends it at once; nothing when it is gone already. */
  kill(): void
}

/** Pause between two looks at a log, milliseconds. */
const LOOK_MS = 10
/** Lines shown of the log of a process that failed. */
const TAIL = 15

/** Starts this program with other arguments. */
export function startProcess(name: string, args: readonly string[], log: string): Subprocess {
  return watched(name, process.execPath, [join(packageRoot, 'bin', 'ballast'), ...args], log)
}

/** A NATS server of the demo's own. */
export interface OwnNats {
  readonly url: string
  close(): Promise<void>
}

/** Starts nats-server on a free port of this machine. @throws CliError 1 when the program is missing or does not start. */
export async function startNats(dir: string): Promise<OwnNats> {
  const program = natsServerProgram()
  if (program === undefined)
    throw new CliError(
      EXIT.failed,
      'NO_NATS_SERVER',
      'the demo over NATS needs a server: install nats-server (Debian: apt-get install nats-server), or name a running one: --nats nats://host:4222',
    )
  mkdirSync(dir, { recursive: true })
  const server = watched(
    'nats-server',
    program,
    ['-a', '127.0.0.1', '-p', '-1', '-P', join(dir, 'pid')],
    join(dir, 'log'),
  )
  const line = await server.said('Listening for client connections on', 20_000)
  const port = /:(\d+)\s*$/.exec(line)?.[1]
  return {
    url: `nats://127.0.0.1:${port}`,
    close: async () => {
      server.stop()
      await server.ended
    },
  }
}

/** Path of nats-server: on the path, where Debian puts it, or unpacked by the set-up; undefined when there is none. */
export function natsServerProgram(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', join(packageRoot, '.tools/usr/sbin')]
  return folders.map((folder) => join(folder, 'nats-server')).find((file) => existsSync(file))
}

function watched(name: string, program: string, args: readonly string[], log: string): Subprocess {
  const output = openSync(log, 'a')
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', output, output] })
  closeSync(output)
  let code: number | null | undefined
  const ended = new Promise<void>((resolve) => {
    const gone = (status: number | null): void => {
      code = status
      resolve()
    }
    child.once('exit', gone)
    child.once('error', () => gone(null))
  })
  const failed = (what: string): CliError => {
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL).join('\n')
    return new CliError(EXIT.failed, 'PROCESS_FAILED', `${name} ${what}; the end of ${log}:\n${tail}`)
  }
  return {
    ended,
    async said(text, timeoutMs) {
      for (const until = performance.now() + timeoutMs; ; await sleep(LOOK_MS)) {
        const line = readFileSync(log, 'utf8')
          .split('\n')
          .find((row) => row.includes(text))
        if (line !== undefined) return line
        if (code !== undefined) throw failed('ended at once')
        if (performance.now() > until) throw failed(`did not start within ${timeoutMs / 1000} s`)
      }
    },
    async finished() {
      await ended
      if (code !== 0) throw failed(`ended with ${code ?? 'a signal'}`)
    },
    stop: () => void child.kill('SIGTERM'),
    kill: () => void (code === undefined && child.kill('SIGKILL')),
  }
}
