import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root.js'
import type { Role } from './role.js'
import { filled } from './template.js'

/** A file to write, relative to the directory of the set. */
export interface SetFile {
  readonly path: string
  readonly text: string
}

/** What the files have to know. */
export interface Place {
  /** Absolute path of the set. */
  readonly dir: string
  /** System user that runs the units. */
  readonly user: string
  /** The program that runs Node. */
  readonly node: string
  /** Public nkeys. */
  readonly keys: Readonly<Record<Role, string>>
  /** Public key of whoever signs commands. */
  readonly operatorKey: string
}

/** Files of the package by their path in the set, several joined; the places `@NAME@` in them are filled in. */
const TEMPLATES: Readonly<Record<string, string | readonly string[]>> = {
  'ballast.yaml': 'config/init/ballast.yaml',
  'portfolios/example.yaml': 'config/init/portfolio.yaml',
  'venue.yaml': ['config/venue.yaml', 'config/init/venue-nats.yaml'],
  'contexts.yaml': 'config/init/contexts.yaml',
  'nats/nats-server.conf': 'config/nats/nats-server.conf',
  'systemd/ballast.service': 'config/systemd/ballast.service',
  'systemd/ballast.service.d/loopback.conf': 'config/systemd/loopback.conf',
  'systemd/ballast-gateway.service': 'config/systemd/ballast-gateway.service',
  'systemd/ballast-gateway.service.d/loopback.conf': 'config/systemd/loopback.conf',
  'systemd/optional/gpu.conf': 'config/systemd/gpu.conf',
  'prometheus/ballast.yml': 'config/prometheus/prometheus.yml',
}

/** Files and folders of the package copied as they are. */
const COPIES: Readonly<Record<string, string>> = {
  schema: 'config/schema',
  'prometheus/ballast.rules.yml': 'grafana/alerts/ballast.rules.yml',
  'grafana/provisioning': 'grafana/provisioning',
  'grafana/dashboards': 'grafana/dashboards',
}

/** Everything `ballast init` writes but the seeds, by path. Reads the package's own files and nothing else. */
export function workingSet({ dir, user, node, keys, operatorKey }: Place): readonly SetFile[] {
  const values = {
    DIR: dir,
    USER: user,
    NODE: node,
    ROOT: packageRoot,
    DAEMON: keys.daemon,
    GATEWAY: keys.gateway,
    OPERATOR: keys.operator,
    MARKET_DATA: keys['market-data'],
    AUDITOR: keys.auditor,
    OPERATOR_KEY: operatorKey,
  }
  const made = Object.entries(TEMPLATES).map(([path, source]) => ({
    path,
    text: filled([source].flat().map(read).join(''), values),
  }))
  const copied = Object.entries(COPIES).flatMap(([path, source]) => copies(path, source))
  return [...made, ...copied].sort((a, b) => (a.path < b.path ? -1 : 1))
}

const read = (source: string): string => readFileSync(join(packageRoot, source), 'utf8')

function copies(path: string, source: string): readonly SetFile[] {
  if (/\.\w+$/.test(source)) return [{ path, text: read(source) }]
  return readdirSync(join(packageRoot, source), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(packageRoot, source).length + 1))
    .map((name) => ({ path: join(path, name), text: read(join(source, name)) }))
}
