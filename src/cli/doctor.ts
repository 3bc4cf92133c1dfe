import type { Command } from 'commander'
import type { Check, Status } from '#daemon/doctor/check.js'
import { connectionOf } from './context.js'
import { EXIT } from './failure.js'
import { failing, type Output, outputOf, type Tone } from './output.js'
import type { Settings } from './settings.js'
import { wrapped } from './table.js'

/** `ballast doctor`: what would keep this installation from working, and what to do about it. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check program, configuration, disk, journal, NATS, gateways, feed and daemon; exit 1 when one fails')
    .action(async (_options: unknown, command: Command) => {
      const output = outputOf(command)
      const { settings } = output
      const { examine } = await import('#daemon/doctor/examine.js')
      const checks = await examine({
        config: settings.config,
        environment: process.env,
        state: settings.state ?? null,
        connection: settings.context === undefined && settings.nats === undefined ? null : connectionOf(settings),
        operator: operatorOf(settings),
        timeoutMs: settings.timeoutMs,
      })
      const failed = checks.filter(({ status }) => status === 'FAIL').map(({ name }) => name)
      const message = `${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}`
      const failure = failed.length === 0 ? undefined : failing(EXIT.failed, 'CHECKS_FAILED', message)
      output.print(checks, () => textOf(output, checks), failure)
    })
}

/** The current context; a contexts file that cannot be read is no reason not to examine the rest. */
function operatorOf(settings: Settings): ReturnType<typeof connectionOf> {
  if (settings.context !== undefined || settings.nats !== undefined) return null
  try {
    return connectionOf(settings)
  } catch {
    return null
  }
}

const TONES: Readonly<Record<Status, Tone>> = { ok: 'good', warn: 'warn', FAIL: 'bad', skip: 'dim' }
const STATUS_WIDTH = 4

function textOf(output: Output, checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const indent = STATUS_WIDTH + width + 4
  const room = (process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY) - indent
  const lines = checks.flatMap(({ name, status, detail, hint, more }) => {
    const [first = '', ...rest] = wrapped(detail, room)
    const extra = [...rest, ...more.flatMap((line) => wrapped(line, room))]
    const advice = hint === null ? [] : wrapped(`-> ${hint}`, room).map((line) => output.paint('strong', line))
    return [
      `${output.paint(TONES[status], status.padEnd(STATUS_WIDTH))}  ${name.padEnd(width)}  ${first}`,
      ...[...extra, ...advice].map((line) => `${' '.repeat(indent)}${line}`),
    ]
  })
  return [...lines, '', summary(checks)].join('\n')
}

function summary(checks: readonly Check[]): string {
  const words = { ok: 'ok', warn: 'to look at', FAIL: 'failed', skip: 'skipped' } as const
  const counted = Object.entries(words).map(([status, word]) => {
    const count = checks.filter((check) => check.status === status).length
    return `${count} ${word}`
  })
  return counted.filter((text) => !text.startsWith('0 ')).join(', ')
}
