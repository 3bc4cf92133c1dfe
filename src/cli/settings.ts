import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { durationMs } from '#daemon/config/fields.js'
import { packageRoot } from '#daemon/package-root.js'

/** How data is printed. */
export type OutputFormat = 'text' | 'json' | 'jsonl' | 'none'
/** How instants are printed in text; JSON always has RFC 3339 or milliseconds as stored. */
export type TimeFormat = 'iso' | 'relative' | 'raw'

/** Options every command understands. */
export interface Settings {
  readonly config: string
  /** Overrides the configuration's `state.path`; undefined leaves it. */
  readonly state: string | undefined
  /** Name of the daemon to ask, in the contexts file; undefined leaves it to that file. */
  readonly context: string | undefined
  /** Servers to reach a daemon by, whatever the context says. */
  readonly nats: string | undefined
  /** How long an answer may take, milliseconds; null leaves it to the command. */
  readonly timeoutMs: number | null
  readonly output: OutputFormat
  readonly color: boolean
  readonly timeFormat: TimeFormat
  /** 0 is normal, −1 quiet, 1 and more verbose. */
  readonly verbosity: number
}

/** Where a NATS server listens unless it is told otherwise. */
const LOCAL_NATS = 'nats://127.0.0.1:4222'

/** Adds the global options. They may stand before or after the command's name. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option('-c, --config <file>', "system file (default: config/ballast.yaml here, else the package's own)")
    .option('--state <dir>', "state directory (default: the system file's state.path)")
    .option(
      '--context <name>',
      "ask the running daemon of that name in the contexts file (default: that file's current)",
    )
    .option('--nats [url]', `talk over this NATS server; without a URL ${LOCAL_NATS}`)
    .option('--timeout <duration>', 'how long an answer of the daemon may take (default: 5s, plan 60s)', milliseconds)
    .addOption(new Option('-o, --output <format>', 'text, json, jsonl or none').choices(FORMATS).default('text'))
    .option('--json', 'the same as -o json')
    .addOption(new Option('--time-format <format>', 'iso, relative or raw').choices(TIMES).default('iso'))
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .option('-q, --quiet', 'say nothing on stderr but errors')
    .option('-v, --verbose', 'log to stderr; twice for more', (_, before: number) => before + 1, 0)
}

const FORMATS: readonly OutputFormat[] = ['text', 'json', 'jsonl', 'none']
const TIMES: readonly TimeFormat[] = ['iso', 'relative', 'raw']

/** The global options of a command line as parsed. */
export function settingsOf(command: Command): Settings {
  const { config, state, context, nats, timeout, output, json, timeFormat, color, quiet, verbose } =
    command.optsWithGlobals<{
      config?: string
      state?: string
      context?: string
      nats?: string | true
      timeout?: number
      output: OutputFormat
      json?: boolean
      timeFormat: TimeFormat
      color: boolean
      quiet?: boolean
      verbose: number
    }>()
  return {
    config: config ?? defaultConfig(),
    state,
    context,
    nats: nats === true ? LOCAL_NATS : nats,
    timeoutMs: timeout ?? null,
    output: json === true ? 'json' : output,
    timeFormat,
    color: color && !process.env.NO_COLOR && process.stdout.isTTY === true,
    verbosity: quiet === true ? -1 : verbose,
  }
}

/** `config/ballast.yaml` of the current directory when there is one, else the package's own. */
export function defaultConfig(): string {
  const here = join('config', 'ballast.yaml')
  return existsSync(here) ? here : join(packageRoot, here)
}

/** Reads a whole number of at least `least` from an option. @throws InvalidArgumentError on anything else. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < least) throw new InvalidArgumentError(`must be a whole number ≥ ${least}.`)
    return value
  }

/** Reads a length of time such as `5s` as milliseconds. @throws InvalidArgumentError on anything else, and on no time at all. */
export function milliseconds(text: string): number {
  try {
    const length = durationMs(text)
    if (length > 0) return length
  } catch {}
  throw new InvalidArgumentError('must be a whole number above zero with a unit: ms, s, m, h or d, such as 5s.')
}
