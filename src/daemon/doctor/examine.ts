import { durationMs } from '../config/fields.js'
import type { Environment } from '../config/load.js'
import type { NatsSettings } from '../config/nats-schema.js'
import { version } from '../version.js'
import { type Check, type Finding, fail, skip, skipAfter } from './check.js'
import { type Configured, readConfiguration } from './configuration.js'
import { type AddonReading, judgeAddon, judgeDisk, judgeNode, judgeSync, judgeTime } from './host.js'
import { freeBytes, readAddon, readTime, timeSyncs } from './read-host.js'
import { readDirectory, readJournal, readLock } from './read-state.js'
import {
  type DirectoryReading,
  holderText,
  judgeDirectory,
  judgeJournal,
  judgeLock,
  type LockReading,
} from './state.js'
import { examineNats, type WireExamination, withoutNats } from './wire-examination.js'

/** What to examine, and as whom. */
export interface Examination {
  /** The system file. */
  readonly config: string
  readonly environment: Environment
  /** State directory in place of the configuration's; null leaves it. */
  readonly state: string | null
  /** Connection to use in place of the configuration's; null leaves it. */
  readonly connection: NatsSettings | null
  /** An operator's connection, for what the daemon's user may not ask; used only on a server of the other one. */
  readonly operator: NatsSettings | null
  /** How long an answer over NATS may take, milliseconds; null takes the connection's `request_timeout`. */
  readonly timeoutMs: number | null
}

/**
 * Examines an installation from the program to the daemon, in the order in which trouble spreads. Changes nothing: it
 * takes no lock, asks only questions, and writes one nameless file to time the disk. Never throws; a check that cannot
 * be made is skipped and says why. Takes some seconds when somebody does not answer.
 */
export async function examine(examination: Examination): Promise<readonly Check[]> {
  const configured = readConfiguration(examination.config, examination.environment)
  const addon = readAddon()
  const dir = examination.state ?? configured.system?.state.path ?? null
  const state = dir === null ? null : { dir, directory: readDirectory(dir), lock: lockOf(addon, dir) }
  return [
    named('node', () => judgeNode(process.versions.node)),
    named('addon', () => judgeAddon(addon, version)),
    named('time', () => judgeTime(readTime())),
    { name: 'configuration', ...configured.finding },
    ...(state === null ? withoutState() : await examineState(state, configured)),
    ...(await examineWire(examination, configured, state?.lock ?? null)),
  ]
}

interface State {
  readonly dir: string
  readonly directory: DirectoryReading
  /** Null when there is no addon to ask the kernel with. */
  readonly lock: LockReading | null
}

const lockOf = (addon: AddonReading, dir: string): LockReading | null => ('trouble' in addon ? null : readLock(dir))

const withoutState = (): readonly Check[] =>
  ['state directory', 'disk', 'sync', 'lock', 'journal'].map((name) => ({ name, ...skipAfter('configuration') }))

async function examineState({ dir, directory, lock }: State, { system }: Configured): Promise<readonly Check[]> {
  const journal = await journalOf(dir, lock)
  return [
    named('state directory', () => judgeDirectory(directory)),
    named('disk', () => {
      if (system === null) return skipAfter('configuration')
      return judgeDisk(freeBytes(dir), system.state.soft_free_bytes)
    }),
    named('sync', () => {
      if (directory.kind !== 'directory') return skip(`${dir} is not there`)
      return directory.writable ? judgeSync(timeSyncs(dir)) : skip(`${dir} is not writable by this user`)
    }),
    named('lock', () => (lock === null ? skipAfter('addon') : judgeLock(lock))),
    { name: 'journal', ...journal },
  ]
}

async function journalOf(dir: string, lock: LockReading | null): Promise<Finding> {
  if (lock === null) return skipAfter('addon')
  if (lock.kind === 'unreadable' || lock.kind === 'elsewhere') return skipAfter('lock')
  if (lock.kind === 'held') return skip(`${holderText(lock)} holds it: ask it, ballast ls`)
  return judgeJournal(await readJournal(dir))
}

async function examineWire(
  { connection, operator, timeoutMs }: Examination,
  { system, policies }: Configured,
  lock: LockReading | null,
): Promise<readonly Check[]> {
  const nats = connection ?? system?.nats ?? null
  const parts: Omit<WireExamination, 'nats'> = {
    operator: operator?.servers.some((server) => nats?.servers.includes(server)) === true ? operator : null,
    policies,
    feed: system?.feed ?? null,
    lock,
    timeoutMs: timeoutMs ?? durationMs(nats?.request_timeout ?? '2s'),
  }
  if (nats !== null) return examineNats({ ...parts, nats })
  const why =
    system === null ? 'the configuration cannot be read: name a server with --nats' : 'there is no nats section'
  return withoutNats(policies, skip(why))
}

/** Runs one check; what it throws is its failure. */
function named(name: string, look: () => Finding): Check {
  try {
    return { name, ...look() }
  } catch (error) {
    return { name, ...fail(error instanceof Error ? error.message : String(error), 'this could not be looked at') }
  }
}
