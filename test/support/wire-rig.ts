import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BallastProcess, startBallast } from './ballast-process.js'
import { type NatsServer, startNatsServer } from './nats-server.js'
import { type ScenarioOptions, writeScenario } from './scenario.js'

/** How a rig differs from the usual one. */
export interface RigOptions extends ScenarioOptions {
  readonly clock?: 'simulated' | 'system'
  /** Lines of the venue file beyond its version. */
  readonly venue?: string
  /** Lines of the system file beyond the usual ones. */
  readonly system?: string
  /** Where the daemon connects instead of the server itself: a proxy in between. */
  readonly daemonUrl?: (serverUrl: string) => Promise<string> | string
}

/** A nats-server, and how to start a daemon, a paper gateway and a feed over it, each a process of its own. */
export interface Rig {
  readonly dir: string
  readonly nats: NatsServer
  readonly state: string
  daemon(): BallastProcess
  gateway(): BallastProcess
  feed(args?: readonly string[]): BallastProcess
}

/** Writes the scenario's files for processes that talk over a nats-server of their own, and starts that server. */
export async function openRig(dir: string, options: RigOptions = {}): Promise<Rig> {
  const { clock = 'simulated', venue = '', system = '' } = options
  mkdirSync(dir, { recursive: true })
  const { config, prices } = writeScenario(dir, options)
  const nats = await startNatsServer({ dir: join(dir, 'nats') })
  const url = (await options.daemonUrl?.(nats.url)) ?? nats.url
  writeFileSync(
    config,
    `version: 1
state: {path: state, soft_free_bytes: 0}
nats: {servers: ["${url}"]}
feed: {type: bus, bar_size: 1d, clock: ${clock}}
http: {listen: "127.0.0.1:0"}
seed: crash
${system}
`,
  )
  const venueFile = join(dir, 'venue.yaml')
  writeFileSync(venueFile, `version: 1\n${venue}\n`)
  mkdirSync(join(dir, 'gateway'), { recursive: true })
  const wire = ['--nats', nats.url, '--clock', clock, '--bar-size', '1d']
  return {
    dir,
    nats,
    state: join(dir, 'state'),
    daemon: () => startBallast(['serve', '-c', config]),
    gateway: () => startBallast(['gateway', 'paper', '--state', join(dir, 'gateway'), '--venue', venueFile, ...wire]),
    feed: (args = []) => startBallast(['feed', 'replay', '--prices', prices, '--speed', '0', ...wire, ...args]),
  }
}
