import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type NatsConnection, nkeyAuthenticator, nkeys } from 'nats'
import { initialise } from '#daemon/init/initialise.js'
import type { Role } from '#daemon/init/role.js'
import type { NatsServer } from './nats-server.js'

/** The NATS configuration that `ballast init` makes, with one user beside the roles who may do everything. */
export interface RoleSet {
  readonly dir: string
  /** Text for `startNatsServer`. */
  readonly config: string
  /** The seed of a role as its file holds it. */
  seed(role: Role): string
  /** Connects as a role with its private inbox, or as the user who may do everything. */
  connectAs(server: NatsServer, role: Role | 'all'): Promise<NatsConnection>
}

/** Makes a working set in a directory and its NATS configuration, with the user who may do everything added. */
export function roleSet(dir: string): RoleSet {
  const set = initialise({ dir, user: 'ballast', force: false })
  const all = nkeys.createUser()
  const made = readFileSync(join(dir, 'nats', 'nats-server.conf'), 'utf8')
  const config = changed(
    changed(made, '  users: [\n', `  users: [\n    {nkey: "${all.getPublicKey()}"}\n`),
    'store_dir: "/var/lib/nats"',
    `store_dir: "${join(dir, 'jetstream')}"`,
  )
  const seed = (role: Role): string => readFileSync(set.seeds[role].path, 'utf8').trim()
  return {
    dir,
    config,
    seed,
    connectAs: (server, role) =>
      connect({
        servers: server.url,
        name: role,
        inboxPrefix: `_INBOX_${role}`,
        authenticator: nkeyAuthenticator(role === 'all' ? all.getSeed() : new TextEncoder().encode(seed(role))),
        reconnect: false,
      }),
  }
}

/** A text with one place replaced. @throws Error when the place is not there. */
export function changed(text: string, place: string, replacement: string): string {
  if (!text.includes(place)) throw new Error(`not found in the configuration: ${place}`)
  return text.replace(place, () => replacement)
}
