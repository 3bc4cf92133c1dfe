import { type Logger, pino } from 'pino'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import { toIso } from '#units/time.js'

/** Least severity that is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** How to log. */
export interface PinoLogOptions {
  readonly level: LogLevel
  /** Where lines go; default standard output. */
  readonly destination?: { write(line: string): void }
  /** Stamps lines; default the machine's clock. */
  readonly clock?: Clock
}

/** Names of fields that never show their value, at the top of a line or one level down. */
export const SECRET_FIELDS = [
  'password',
  'passphrase',
  'secret',
  'token',
  'apiKey',
  'apiSecret',
  'authorization',
  'cookie',
  'credentials',
  'privateKey',
  'nkeySeed',
  'jwt',
] as const

/**
 * One JSON line per event: `level` as text, `time` as RFC 3339 in UTC, the fields, `msg`. An `error` or `err` field
 * that holds an Error is written with type, message and stack. Lines are written in this thread, in order, before the
 * call returns: the last words of a process that dies are not lost.
 */
export function pinoLog({ level, destination, clock }: PinoLogOptions): Log {
  const options = {
    level,
    base: null, // the service manager adds pid and host
    timestamp: clock === undefined ? pino.stdTimeFunctions.isoTime : () => `,"time":"${toIso(clock.now())}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
    redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  }
  return adapt(pino(options, destination ?? pino.destination({ fd: 1, sync: true })))
}

function adapt(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => adapt(logger.child(fields)),
  }
}
