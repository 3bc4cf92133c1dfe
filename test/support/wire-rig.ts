import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PriceHistory } from '#ports/market-feed.js'
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
  /** Portfolio files by id, in place of the scenario's. */
  readonly portfolios?: Readonly<Record<string, string>>
  /** How long the daemon waits for an answer, and how long it trusts a silent feed. */
  readonly requestTimeout?: string
  readonly silentAfter?: string
  /** Where the daemon connects instead of the server itself: a proxy in between. */
  readonly daemonUrl?: (serverUrl: string) => Promise<string> | string
}

/** A nats-server, and how to start a daemon, a paper gateway and a feed over it, each a process of its own. */
export interface Rig {
  readonly dir: string
  readonly nats: NatsServer
  readonly state: string
  readonly history: PriceHistory
  daemon(): BallastProcess
  /** A folder of its own makes it another venue under the same name. */
  gateway(folder?: string): BallastProcess
  feed(args?: readonly string[]): BallastProcess
}

/** Writes the scenario's files for processes that talk over a nats-server of their own, and starts that server. */
export async function openRig(dir: string, options: RigOptions = {}): Promise<Rig> {
  const { clock = 'simulated', venue = '', system = '', requestTimeout = '2s', silentAfter = '60s' } = options
  mkdirSync(dir, { recursive: true })
  const { config, prices, history } = writeScenario(dir, options)
  if (options.portfolios !== undefined) replacePortfolios(join(dir, 'portfolios'), options.portfolios)
  const nats = await startNatsServer({ dir: join(dir, 'nats') })
  const url = (await options.daemonUrl?.(nats.url)) ?? nats.url
  writeFileSync(
    config,
    `version: 1
state: {path: state, soft_free_bytes: 0}
nats: {servers: ["${url}"], request_timeout: ${requestTimeout}}
feed: {type: bus, bar_size: 1d, clock: ${clock}, silent_after: ${silentAfter}}
http: {listen: "127.0.0.1:0"}
seed: crash
${system}
`,
  )
  const venueFile = join(dir, 'venue.yaml')
  writeFileSync(venueFile, `version: 1\n${venue}\n`)
  const wire = ['--nats', nats.url, '--clock', clock, '--bar-size', '1d']
  return {
    dir,
    nats,
    history,
    state: join(dir, 'state'),
    daemon: () => startBallast(['serve', '-c', config]),
    gateway: (folder = 'gateway') => {
      mkdirSync(join(dir, folder), { recursive: true })
      return startBallast(['gateway', 'paper', '--state', join(dir, folder), '--venue', venueFile, ...wire])
    },
    feed: (args = []) => startBallast(['feed', 'replay', '--prices', prices, '--speed', '0', ...wire, ...args]),
  }
}

function replacePortfolios(dir: string, portfolios: Readonly<Record<string, string>>): void {
  rmSync(dir, { recursive: true })
  mkdirSync(dir)
  for (const [id, text] of Object.entries(portfolios)) writeFileSync(join(dir, `${id}.yaml`), text)
}
