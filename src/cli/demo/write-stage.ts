import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { BarSize } from '#domain/market.js'
import { DEMO_SEED, type Performance } from './performance.js'
import type { DemoPortfolio } from './portfolios.js'

/** What the processes of the demo are told. */
export interface Staging {
  readonly url: string
  readonly portfolios: readonly DemoPortfolio[]
  readonly barSize: BarSize
  readonly show: Pick<Performance, 'source' | 'speed' | 'listen'>
}

/** Arguments of each process. */
export interface StageFiles {
  readonly gateway: readonly string[]
  readonly daemon: readonly string[]
  readonly feed: readonly string[]
}

/** Writes the configuration of a daemon and a venue into the demo's directory, and says how to start everything. */
export function writeStage(dir: string, { url, portfolios, barSize, show }: Staging): StageFiles {
  const config = join(dir, 'config')
  mkdirSync(join(config, 'portfolios'), { recursive: true })
  for (const { file, policy } of portfolios)
    writeFileSync(join(config, 'portfolios', `${policy.id}.yaml`), stringify(file))
  const host = show.listen.slice(0, show.listen.lastIndexOf(':'))
  const system = {
    version: 1,
    state: { path: resolve(dir) },
    nats: { servers: [url] },
    feed: { type: 'bus', bar_size: barSize, clock: 'simulated' },
    ...(barSize === '1m' ? { trips: { daily_loss: null } } : {}),
    http: { listen: `${host}:0` },
    logging: { level: 'info' },
    seed: DEMO_SEED,
  }
  writeFileSync(join(config, 'ballast.yaml'), stringify(system))
  const specs = portfolios.flatMap(({ policy }) => policy.universe)
  const venue = {
    version: 1,
    instruments: Object.fromEntries(specs.map(({ id, tick }) => [id, { tick: tick.toFixed() }])),
  }
  writeFileSync(join(config, 'venue.yaml'), stringify(venue))
  const { file, from, to, universe } = show.source
  const wire = ['--nats', url, '--clock', 'simulated', '--bar-size', barSize]
  return {
    gateway: [
      'gateway',
      'paper',
      '--state',
      join(dir, 'gateway'),
      '--venue',
      join(config, 'venue.yaml'),
      ...wire,
      '--http',
      '127.0.0.1:0',
    ],
    daemon: ['serve', '-c', join(config, 'ballast.yaml')],
    feed: [
      ...['feed', 'replay', '--prices', resolve(file), '--speed', String(show.speed), '--once', ...wire],
      ...(from === undefined ? [] : ['--from', from]),
      ...(to === undefined ? [] : ['--to', to]),
      ...(universe === undefined ? [] : ['--symbols', universe.join(',')]),
    ],
  }
}
