import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { CliError, EXIT } from './failure.js'

/** Who asks for a change by hand, and why; both are journaled. */
export interface Signature {
  readonly actor: string
  readonly reason: string
}

/** {@link Signature} as the command line gives it. */
export interface SignatureOptions {
  readonly reason?: string
  readonly actor?: string
  readonly requestId?: string
  readonly dryRun?: boolean
}

/** Gives a command that changes something its options: why, who, which request, and only to look. */
export const signed = (command: Command): Command =>
  command
    .option('--reason <text>', 'why (required); it is journaled')
    .option('--actor <name>', 'who; it is journaled (default: the user of this session)')
    .option('--request-id <uuid>', 'repeat a request to a daemon: it is carried out at most once', uuid)
    .option('--dry-run', 'only say what would happen')

/** Who and why from `--actor` (default: the user of this session) and `--reason`. @throws CliError 64 without a reason. */
export function signatureOf({ reason, actor = operator() }: SignatureOptions, what: string): Signature {
  if (reason !== undefined && reason.trim() !== '') return { actor, reason }
  throw new CliError(EXIT.usage, 'REASON_REQUIRED', `${what} needs --reason: it is journaled with who asked`)
}

/** The id a request travels with: the one given, else a new one. */
export const requestIdOf = ({ requestId }: SignatureOptions): string => requestId ?? randomUUID()

/** @throws CliError 64 for a request id without a daemon: nothing would remember it. */
export function refuseRequestId({ requestId }: SignatureOptions): void {
  if (requestId !== undefined)
    throw new CliError(EXIT.usage, 'USAGE', '--request-id is for a running daemon: give --context or --nats too')
}

/** Who is asking: the name of the operating system's user. */
export function operator(): string {
  try {
    return userInfo().username
  } catch {
    return 'operator'
  }
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('must be a UUID, as the failed request named it.')
}
