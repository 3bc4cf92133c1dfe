import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { type LogLevel, pinoLog, SECRET_FIELDS } from '#adapters/log/pino.js'
import type { Log } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { money } from '#units/money.js'
import { instant } from '#units/time.js'

function recording(level: LogLevel = 'debug'): { log: Log; lines: string[]; last: () => Record<string, unknown> } {
  const lines: string[] = []
  const log = pinoLog({
    level,
    destination: { write: (line) => void lines.push(line) },
    clock: virtualClock(instant(1_767_623_400_007)),
  })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

describe('a log line', () => {
  it('is one JSON object with level as text, RFC 3339 time, the fields and the message, and nothing else', () => {
    const { log, lines, last } = recording()
    log.info({ portfolio: 'core', seq: 7 }, 'committed')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/)
    expect(last()).toEqual({
      level: 'info',
      time: '2026-01-05T14:30:00.007Z',
      portfolio: 'core',
      seq: 7,
      msg: 'committed',
    })
  })

  it('keeps line breaks and quotes of a message inside its line', () => {
    const { log, lines, last } = recording()
    log.warn({}, 'two\nlines "quoted"')
    expect(lines[0]?.trimEnd()).not.toContain('\n')
    expect(last()).toMatchObject({ level: 'warn', msg: 'two\nlines "quoted"' })
  })

  it('carries the fields of every parent', () => {
    const { log, last } = recording()
    log.child({ portfolio: 'core' }).child({ run: 'R-1' }).error({ seq: 1 }, 'failed')
    expect(last()).toMatchObject({ level: 'error', portfolio: 'core', run: 'R-1', seq: 1 })
  })

  it('shows an error with its type, code and stack, and a decimal as its text', () => {
    const { log, last } = recording()
    log.error({ error: new Fault('TIMEOUT', 'no answer', 'ask-first'), cash: money('1.10') }, 'failed')
    expect(last().cash).toBe('1.1')
    expect(last().error).toMatchObject({ type: 'Fault', message: 'no answer', code: 'TIMEOUT', retry: 'ask-first' })
    expect((last().error as { stack: string }).stack).toContain('pino.test')
  })

  it('is left out below the level', () => {
    const { log, lines } = recording('warn')
    log.debug({}, 'no')
    log.info({}, 'no')
    log.warn({}, 'yes')
    log.error({}, 'yes')
    expect(lines).toHaveLength(2)
    const silent = recording('silent')
    silent.log.error({}, 'no')
    expect(silent.lines).toEqual([])
  })

  it('never shows a secret, at the top, one level down or in a child', () => {
    const { log, lines } = recording()
    for (const name of SECRET_FIELDS) {
      log.info({ [name]: 'hunter2', gateway: { [name]: 'hunter2' } }, 'top')
      log.child({ [name]: 'hunter2' }).info({}, 'child')
    }
    expect(lines).toHaveLength(2 * SECRET_FIELDS.length)
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('').split('[redacted]')).toHaveLength(3 * SECRET_FIELDS.length + 1)
  })
})
