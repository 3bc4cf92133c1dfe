import { CommanderError } from 'commander'
import type { ConfigError } from '#daemon/config/problem.js'
import { Fault } from '#units/fault.js'

/** Exit codes; see docs of the command line. They never change their meaning. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** `plan --detailed-exitcode` found trades to make. */
  trades: 2,
  vetoed: 3,
  /** The state belongs to a running process, or what was asked about has moved on. */
  conflict: 4,
  notFound: 5,
  /** No daemon answered: nothing was carried out. */
  unreachable: 6,
  /** No answer in time: whether it was carried out is unknown. */
  unknown: 7,
  /** `governance check`, `rule test`: less may trade than was planned, and nothing is rejected. */
  cut: 8,
  /** The same: it waits for people. */
  approval: 9,
  /** Wrong usage or input: a configuration, an option, a file. */
  usage: 64,
  journal: 78,
} as const

/** A command that cannot do what was asked: exit code, stable code for programs, one sentence for people. */
export class CliError extends Error {
  override readonly name = 'CliError'

  constructor(
    readonly exit: number,
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
  }
}

/** A failure as it is reported. */
export interface Failure {
  readonly exit: number
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

const NO_COMMAND = 'no command was given'

const FAULT_EXITS: Readonly<Record<string, number>> = {
  JOURNAL_LOCKED: EXIT.conflict,
  JOURNAL_MISSING: EXIT.notFound,
  JOURNAL_CORRUPT: EXIT.journal,
  JOURNAL_UNREADABLE: EXIT.journal,
  JOURNAL_VERSION: EXIT.journal,
  EXPORT_INVALID: EXIT.journal,
  EXPORT_INCOMPLETE: EXIT.usage,
  ENTRIES_SEALED: EXIT.notFound,
  REQUEST_SEALED: EXIT.notFound,
  JOURNAL_EXISTS: EXIT.conflict,
  PORTFOLIO_EXISTS: EXIT.conflict,
  BACKUP_EXISTS: EXIT.usage,
  FILE_EXISTS: EXIT.usage,
  VENUE_VERSION: EXIT.journal,
  FILE_NOT_FOUND: EXIT.usage,
  FILE_UNREADABLE: EXIT.usage,
  CSV_INVALID: EXIT.usage,
  CSV_FORMAT: EXIT.usage,
  PARQUET_INVALID: EXIT.usage,
  HIGHS_UNUSABLE: EXIT.usage,
  SCAFFOLD_PLACE: EXIT.usage,
  BAD_RETURNS: EXIT.usage,
  BAR_SIZE: EXIT.usage,
  BAD_OPTION: EXIT.usage,
  NO_PRICES: EXIT.usage,
  NO_RETURNS: EXIT.usage,
  UNKNOWN_INSTRUMENT: EXIT.usage,
  UNIVERSE_HELD: EXIT.usage,
  FEED_MISMATCH: EXIT.usage,
  AMBIGUOUS: EXIT.usage,
  INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  WHAT_IF_INVALID: EXIT.usage,
  POLICY_REFUSED: EXIT.conflict,
  LOOSENING_REFUSED: EXIT.vetoed,
  SECRET_UNREADABLE: EXIT.usage,
  PORTFOLIO_UNKNOWN: EXIT.notFound,
  RUN_UNKNOWN: EXIT.notFound,
  VERSION_UNKNOWN: EXIT.notFound,
  SYMBOL_UNKNOWN: EXIT.notFound,
  NOT_FOUND: EXIT.notFound,
  RUN_IN_PROGRESS: EXIT.conflict,
  PERMISSION_MOVED: EXIT.conflict,
  RESTRAINT_MOVED: EXIT.conflict,
  APPROVAL_MOVED: EXIT.conflict,
  STALE_PLAN: EXIT.conflict,
  EXPIRED: EXIT.conflict,
  SAME_ACTOR: EXIT.vetoed,
  REQUEST_CONFLICT: EXIT.conflict,
  CASH_SHORT: EXIT.vetoed,
  NO_REGIME: EXIT.usage,
  NOTHING_SET: EXIT.conflict,
  BREAKS: EXIT.vetoed,
  KILL_FILE: EXIT.vetoed,
  SECOND_OPERATOR: EXIT.vetoed,
  SAME_OPERATOR: EXIT.vetoed,
  APPROVAL_UNKNOWN: EXIT.notFound,
  NO_RESPONDERS: EXIT.unreachable,
  DISCONNECTED: EXIT.unreachable,
  CLOSED: EXIT.unreachable,
  TIMEOUT: EXIT.unknown,
  BAD_ANSWER: EXIT.unknown,
}

/** What any thrown value means to the caller of the program. A bug is exit code 1 with the code `INTERNAL`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CliError) {
    const { exit, code, message, details } = thrown
    return { exit, code, message, details }
  }
  if (thrown instanceof CommanderError) {
    const message =
      thrown.code === 'commander.help' ? NO_COMMAND : thrown.message.replace(/^error: /, '').replaceAll('\n', ' ')
    return { exit: thrown.exitCode === 0 ? EXIT.ok : EXIT.usage, code: 'USAGE', message, details: {} }
  }
  if (thrown instanceof Fault) {
    const { code, message, data } = thrown
    const hint = code === 'JOURNAL_LOCKED' ? '; ask it with --context or --nats, or stop it first' : ''
    return { exit: exitOf(code), code, message: `${message}${hint}`, details: data }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { exit: EXIT.failed, code: 'INTERNAL', message, details: {} }
}

/** Whatever keeps a connection from being made begins with `NATS_`. */
const exitOf = (code: string): number =>
  FAULT_EXITS[code] ?? (code.startsWith('NATS_') ? EXIT.unreachable : EXIT.failed)

/** The error of a refused configuration: every problem on a line of its own. */
export const badConfig = ({ code, message, problems }: ConfigError): CliError =>
  new CliError(EXIT.usage, code, message, { problems })
