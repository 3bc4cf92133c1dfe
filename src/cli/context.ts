import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { operatorName, readOperatorKey, type Signer } from '#adapters/wire/signing.js'
import { readDocument } from '#daemon/config/document.js'
import { explain, toProblems } from '#daemon/config/explain.js'
import { resolveNats } from '#daemon/config/nats-files.js'
import { type NatsSettings, natsSchema } from '#daemon/config/nats-schema.js'
import { configError } from '#daemon/config/problem.js'
import { Fault } from '#units/fault.js'
import { badConfig, CliError, EXIT } from './failure.js'
import type { Settings } from './settings.js'

const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1–64 of A-Z a-z 0-9 . _ -')

/** The contexts file: who its owner is, connections to daemons by name, and which is meant when none is named. */
const contextsSchema = z.strictObject({
  current: name.nullable().default(null),
  /** Signs commands; the key is in a file of its own, relative to this one. */
  operator: z
    .strictObject({ name: operatorName, key_file: z.string().min(1) })
    .nullable()
    .default(null),
  contexts: z.record(name, natsSchema),
})

type Asked = Pick<Settings, 'context' | 'nats' | 'state'>

/**
 * How to reach NATS: the context named by `--context`, else the contexts file's current one, with the servers of
 * `--nats` when given; null when nothing says so. The file is `$BALLAST_CONTEXTS`, else
 * `~/.config/ballast/contexts.yaml`; files it names are relative to it.
 * @throws CliError 64 on a bad file or an unknown name.
 */
export function connectionOf({ context, nats }: Pick<Asked, 'context' | 'nats'>): NatsSettings | null {
  const named = contextOf(context, nats !== undefined)
  if (nats === undefined) return named
  const read = natsSchema.safeParse({ servers: nats.split(',') })
  if (!read.success)
    throw new CliError(
      EXIT.usage,
      'USAGE',
      `--nats ${nats} is no server: it must be nats://host:port or tls://host:port`,
    )
  return { ...(named ?? read.data), servers: read.data.servers }
}

/**
 * How to reach the daemon a command is for; null when it is for a state directory. `--state` means the directory,
 * whatever context is current. @throws CliError 64 as {@link connectionOf}, and when both are asked for.
 */
export function daemonOf(settings: Asked): NatsSettings | null {
  const { state, context, nats } = settings
  if (state === undefined) return connectionOf(settings)
  if (context === undefined && nats === undefined) return null
  throw new CliError(EXIT.usage, 'USAGE', '--state is for a directory that no daemon owns: leave it or the daemon out')
}

/** Who signs commands by the contexts file; null when it says nothing. @throws CliError 64 on a bad file or key. */
export function signerOf(): Signer | null {
  const file = contextsFile()
  if (!existsSync(file)) return null
  const { operator } = readContexts(file)
  if (operator === null) return null
  const path = resolve(dirname(file), operator.key_file)
  try {
    return { operator: operator.name, key: readOperatorKey(readFileSync(path, 'utf8')).key }
  } catch (error) {
    const why = error instanceof Fault ? error.message : ((error as NodeJS.ErrnoException).code ?? 'unreadable')
    throw new CliError(EXIT.usage, 'KEY_UNREADABLE', `${path}: ${why}`)
  }
}

const contextsFile = (): string =>
  process.env.BALLAST_CONTEXTS ?? join(homedir(), '.config', 'ballast', 'contexts.yaml')

/** The context of that name, or the current one; without a name a file need not be there, and `--nats` needs none. */
function contextOf(wanted: string | undefined, hasServers: boolean): NatsSettings | null {
  const file = contextsFile()
  if (wanted === undefined && (hasServers || !existsSync(file))) return null
  const { current, contexts } = readContexts(file)
  const chosen = wanted ?? current
  if (chosen === null) return null
  const settings = Object.hasOwn(contexts, chosen) ? contexts[chosen] : undefined
  if (settings !== undefined) return resolveNats(dirname(file), settings)
  const others = Object.keys(contexts).sort().join(', ') || 'none'
  throw new CliError(EXIT.usage, 'CONTEXT_UNKNOWN', `${file} has no context called ${chosen}; it has ${others}`)
}

function readContexts(file: string): z.output<typeof contextsSchema> {
  const source = readDocument(file)
  if (!source.ok) throw badConfig(configError(source.refusal))
  const read = contextsSchema.safeParse(source.value.value, { error: explain })
  if (!read.success) throw badConfig(configError(toProblems(source.value, read.error.issues)))
  return read.data
}
