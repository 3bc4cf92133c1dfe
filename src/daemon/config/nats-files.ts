import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NatsOptions } from '#adapters/bus/nats.js'
import { Fault } from '#units/fault.js'
import type { NatsSettings } from './nats-schema.js'
import { within } from './portfolio-files.js'

/** What systemd hands over with `LoadCredential=`, by name. */
const CREDENTIAL = 'credential:'

/** The settings with every file's path resolved against the folder of the file that names them. */
export function resolveNats(folder: string, settings: NatsSettings): NatsSettings {
  const path = (file: string | null): string | null =>
    file === null || file.startsWith(CREDENTIAL) ? file : within(folder, file)
  const { tls } = settings
  return {
    ...settings,
    password_file: path(settings.password_file),
    nkey_seed_file: path(settings.nkey_seed_file),
    tls: tls && { ca_file: path(tls.ca_file), cert_file: path(tls.cert_file), key_file: path(tls.key_file) },
  }
}

/** Who a connection is, for the server's logs and for discovery. */
export type Identity = Pick<NatsOptions, 'name' | 'service' | 'log' | 'metrics'>

/**
 * Reads the secrets and says how to connect.
 * @throws Fault `SECRET_UNREADABLE` (never) naming the file, never its content.
 */
export function natsOptions(settings: NatsSettings, identity: Identity): NatsOptions {
  const { user, password_file, nkey_seed_file, tls } = settings
  return {
    ...identity,
    servers: settings.servers,
    inboxPrefix: settings.inbox_prefix,
    ...(user !== null && password_file !== null ? { user, password: secret(password_file) } : {}),
    ...(nkey_seed_file === null ? {} : { nkeySeed: secret(nkey_seed_file) }),
    ...(tls === null
      ? {}
      : {
          tls: {
            ...(tls.ca_file === null ? {} : { ca: secret(tls.ca_file) }),
            ...(tls.cert_file === null ? {} : { cert: secret(tls.cert_file) }),
            ...(tls.key_file === null ? {} : { key: secret(tls.key_file) }),
          },
        }),
  }
}

function secret(file: string): string {
  const path = file.startsWith(CREDENTIAL)
    ? join(process.env.CREDENTIALS_DIRECTORY ?? '/nonexistent', file.slice(CREDENTIAL.length))
    : file
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw new Fault('SECRET_UNREADABLE', `${path} cannot be read: ${code}`, 'never', { path, code })
  }
}
