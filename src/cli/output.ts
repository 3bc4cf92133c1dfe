import { styleText } from 'node:util'
import type { Command } from 'commander'
import { type Instant, toIso } from '#units/time.js'
import type { Failure } from './failure.js'
import { type Settings, settingsOf } from './settings.js'
import { relativeTime } from './time.js'

/** Colours by meaning. */
export type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'strong'

/** What a command writes with: data to stdout, talk to stderr. */
export interface Output {
  readonly settings: Settings
  /** Prints a result; `text` is only called for text output. A failure is reported along with the result. */
  print(data: unknown, text: () => string, failure?: Failure): void
  /** Says something to the person; nothing when quiet. */
  say(message: string): void
  paint(tone: Tone, text: string): string
  /** An instant as the settings want it; a dash for none. */
  time(at: Instant | null): string
}

const STYLES = { good: 'green', warn: 'yellow', bad: 'red', dim: 'dim', strong: 'bold' } as const

/** The output of a command as its options ask. */
export function outputOf(command: Command): Output {
  const settings = settingsOf(command)
  const paint = (tone: Tone, text: string): string => (settings.color ? styleText(STYLES[tone], text) : text)
  return {
    settings,
    paint,
    print(data, text, failure) {
      writeData(settings, data, text, failure)
      if (failure !== undefined) {
        process.stderr.write(`ballast: ${failure.message}\n`)
        process.exitCode = failure.exit
      }
    },
    say(message) {
      if (settings.verbosity >= 0) process.stderr.write(`${message}\n`)
    },
    time(at) {
      if (at === null) return '-'
      if (settings.timeFormat === 'raw') return String(at)
      return settings.timeFormat === 'iso' ? toIso(at) : relativeTime(at, Date.now())
    },
  }
}

/** Reports a failure: a sentence on stderr and, where JSON is wanted, an object on stdout. */
export function report(failure: Failure, format: string): void {
  process.stderr.write(`ballast: ${failure.message}\n`)
  if (format !== 'json' && format !== 'jsonl') return
  write(json({ ok: false, error: errorOf(failure) }, format))
}

/** The failure a result is reported with. */
export const failing = (exit: number, code: string, message: string): Failure => ({ exit, code, message, details: {} })

function writeData({ output }: Settings, data: unknown, text: () => string, failure?: Failure): void {
  if (output === 'none') return
  if (output === 'text') write(`${text().replace(/\n+$/, '')}\n`)
  else if (output === 'jsonl' && failure === undefined && Array.isArray(data))
    for (const row of data) write(json(row, output))
  else if (output === 'jsonl' && failure === undefined) write(json(data, output))
  else write(json(failure === undefined ? { ok: true, data } : { ok: false, error: errorOf(failure), data }, output))
}

/** Code and message come first and stand, whatever the details are called. */
function errorOf({ code, message, details }: Failure): object {
  const { code: _code, message: _message, ...more } = details
  return { code, message, ...more }
}

const json = (value: unknown, format: string): string => `${JSON.stringify(value, null, format === 'json' ? 2 : 0)}\n`

const write = (text: string): void => {
  process.stdout.write(text)
}
