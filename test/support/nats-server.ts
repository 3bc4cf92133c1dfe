import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { natsServerProgram } from '#cli/demo/processes.js'
import { type Missing, suiteUnless } from './needed.js'
import { freshDir } from './temp-dir.js'

/** Starting takes well below a second; a loaded machine may need more. */
const START_DEADLINE_MS = 20_000
const MISSING = 'nats-server is missing: install the Debian package nats-server, or unpack it into .tools'

/** A nats-server process of its own on a free loopback port. Whoever starts one stops it. */
export interface NatsServer {
  /** `nats://127.0.0.1:<port>`, with TLS too. */
  readonly url: string
  readonly port: number
  /** SIGKILL; resolves when the process is gone. Its JetStream store stays. */
  kill(): Promise<void>
  /** Starts it again on the same port and store, with another configuration text if one is given. */
  restart(config?: string): Promise<void>
  /** SIGTERM, then removes what it stored in a directory of its own. May be called twice. */
  stop(): Promise<void>
  /** SIGSTOP: the process keeps its sockets and says nothing. Resolves when it has stopped (needs Linux). */
  freeze(): Promise<void>
  /** SIGCONT. */
  thaw(): void
  /** What it wrote to its log so far. */
  log(): string
}

/** Why no nats-server can be started; null when one can. */
export const natsMissing = (): Missing => (natsServerProgram() === undefined ? MISSING : null)

/** A suite that starts nats-server; skipped, with the reason in its name, where there is none. */
export const withNats = suiteUnless(natsMissing())

/**
 * Starts nats-server and waits until it accepts connections. The server chooses its port itself and writes it into a
 * file, so nothing can take it in between. `config` is the text of its configuration file (listen address, port and
 * store come from here); `dir` keeps its files and is left alone at the end.
 */
export async function startNatsServer(
  options: { readonly config?: string; readonly jetstream?: boolean; readonly dir?: string } = {},
): Promise<NatsServer> {
  const program = natsServerProgram()
  if (program === undefined) throw new Error(MISSING)
  const own = options.dir === undefined ? freshDir() : undefined
  const dir = options.dir ?? own?.path ?? ''
  let running = await launch(program, dir, options.config, options.jetstream === true, -1)
  const port = running.port
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    running.child.kill(signal)
    running.child.kill('SIGCONT')
    await running.ended
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    kill: () => end('SIGKILL'),
    restart: async (config = options.config) => {
      await end('SIGKILL')
      running = await relaunch(() => launch(program, dir, config, options.jetstream === true, port))
    },
    stop: async () => {
      await end('SIGTERM')
      own?.remove()
    },
    freeze: async () => {
      running.child.kill('SIGSTOP')
      while (!/\) T /.test(readFileSync(`/proc/${running.child.pid}/stat`, 'utf8'))) await pause(1)
    },
    thaw: () => void running.child.kill('SIGCONT'),
    log: () => readFileSync(join(dir, 'nats-server.log'), 'utf8'),
  }
}

/** While a server is away its port may be another connection's own end for a moment: tried again then. */
async function relaunch(start: () => Promise<Running>): Promise<Running> {
  for (let tries = 1; ; tries += 1)
    try {
      return await start()
    } catch (error) {
      if (tries === 50 || !String(error).includes('address already in use')) throw error
      await pause(100)
    }
}

interface Running {
  readonly child: ChildProcess
  readonly port: number
  readonly ended: Promise<void>
}

const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

async function launch(
  program: string,
  dir: string,
  config: string | undefined,
  jetstream: boolean,
  port: number,
): Promise<Running> {
  mkdirSync(dir, { recursive: true })
  const log = join(dir, 'nats-server.log')
  rmSync(log, { force: true })
  writeFileSync(join(dir, 'nats-server.conf'), config ?? '')
  const child = spawn(
    program,
    [
      ...['-c', join(dir, 'nats-server.conf'), '-a', '127.0.0.1', '-p', String(port), '-l', log],
      ...['--ports_file_dir', dir],
      ...(jetstream ? ['-js', '-sd', join(dir, 'jetstream')] : []),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  alive.add(child)
  let talk = ''
  child.stderr.on('data', (chunk: Buffer) => {
    talk += chunk.toString()
  })
  let over = false
  const ended = new Promise<void>((resolve) => {
    const gone = (): void => {
      alive.delete(child)
      over = true
      resolve()
    }
    child.once('exit', gone)
    child.once('error', gone)
  })
  const deadline = performance.now() + START_DEADLINE_MS
  for (;;) {
    const found = portIn(join(dir, `nats-server_${child.pid}.ports`))
    if (found !== undefined) return { child, port: found, ended }
    if (over || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`nats-server did not start: ${talk}${existsSync(log) ? readFileSync(log, 'utf8') : ''}`)
    }
    await pause(10)
  }
}

/** The client port in the file the server writes once it listens; undefined while it is not there or half written. */
function portIn(file: string): number | undefined {
  try {
    const { nats } = JSON.parse(readFileSync(file, 'utf8')) as { readonly nats?: readonly string[] }
    return nats?.[0] === undefined ? undefined : Number(new URL(nats[0]).port)
  } catch {
    return undefined
  }
}
