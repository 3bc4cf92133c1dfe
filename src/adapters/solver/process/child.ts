import { type ChildProcess, fork } from 'node:child_process'
import { type FromHost, PARENT_VARIABLE, type ToHost } from './messages.js'

/** One life of the child process. */
export interface Child {
  readonly pid: number | undefined
  send(message: ToHost): void
  /** Whether this process waits for it: an idle child keeps nobody alive. */
  needed(yes: boolean): void
  /** Ends it at once, stopped or not, and counts it as ended: there is nothing in it to lose. */
  kill(why: string): void
  /** Resolves when the process is no more. */
  readonly gone: Promise<void>
}

/** How a child is started and whom it talks to. */
export interface ChildOptions {
  /** The program. */
  readonly module: string
  /** Handle of the shared memory. */
  readonly memory: number
  readonly onMessage: (message: FromHost) => void
  /** Called once when it has ended, or could not be started. */
  readonly onEnd: (how: string) => void
}

/** Variables for the daemon alone: its child is not the service. */
const OWN = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'CREDENTIALS_DIRECTORY', 'NODE_OPTIONS']

/** Starts the program with a channel for structured values and the shared memory as its fifth handle. */
export function startChild({ module, memory, onMessage, onEnd }: ChildOptions): Child {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.includes(name)))
  let ended = false
  const end = (how: string): void => {
    if (ended) return
    ended = true
    onEnd(how)
  }
  const child: ChildProcess = fork(module, [], {
    execArgv: [],
    env: { ...env, [PARENT_VARIABLE]: String(process.pid) },
    serialization: 'advanced',
    // Standard output is the daemon's log: what the child says goes to standard error.
    stdio: ['ignore', 2, 2, 'ipc', memory],
  })
  child.on('message', (message) => {
    if (!ended) onMessage(message as FromHost)
  })
  const kill = (why: string): void => {
    child.kill('SIGKILL')
    end(why)
  }
  child.on('error', (error) => kill(`could not be started or reached: ${error.message}`))
  child.on('exit', (code, signal) => end(signal === null ? `ended with ${code}` : `was ended by ${signal}`))
  const gone = new Promise<void>((resolve) => {
    if (child.pid === undefined) resolve()
    child.once('exit', () => resolve())
  })
  return {
    pid: child.pid,
    send(message) {
      if (child.connected) child.send(message)
    },
    needed(yes) {
      for (const handle of [child, child.channel]) handle?.[yes ? 'ref' : 'unref']()
    },
    kill,
    gone,
  }
}
