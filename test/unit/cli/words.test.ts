import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { CliError, EXIT, failureOf } from '#cli/failure.js'
import { main } from '#cli/program.js'
import { wholeNumber } from '#cli/settings.js'
import { wrapped } from '#cli/table.js'
import { relativeTime } from '#cli/time.js'
import { Fault } from '#units/fault.js'

describe('failures', () => {
  it('give each fault the exit code that the command line documents', () => {
    const exits = (codes: readonly string[]): number[] =>
      codes.map((code) => failureOf(new Fault(code, 'x', 'never')).exit)
    expect(exits(['JOURNAL_LOCKED', 'JOURNAL_MISSING', 'JOURNAL_CORRUPT', 'JOURNAL_VERSION'])).toEqual([4, 5, 78, 78])
    expect(exits(['FILE_NOT_FOUND', 'BAD_RETURNS', 'CSV_FORMAT', 'NO_PRICES', 'SOMETHING_ELSE'])).toEqual([
      64, 64, 64, 64, 1,
    ])
  })

  it('keep code, message and details; anything unknown is an internal failure', () => {
    const thrown = new CliError(EXIT.notFound, 'GONE', 'it is gone', { what: 'it' })
    expect(failureOf(thrown)).toEqual({ exit: 5, code: 'GONE', message: 'it is gone', details: { what: 'it' } })
    expect(failureOf(new Error('oh'))).toEqual({ exit: 1, code: 'INTERNAL', message: 'oh', details: {} })
    expect(failureOf('oh')).toMatchObject({ exit: 1, message: 'oh' })
  })

  it('turn what the parser throws into one line of usage, and help into success', () => {
    const unknown = new CommanderError(1, 'commander.unknownCommand', "error: unknown command 'x'\n(Did you mean y?)")
    expect(failureOf(unknown)).toMatchObject({ exit: 64, message: "unknown command 'x' (Did you mean y?)" })
    expect(failureOf(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')).exit).toBe(0)
  })
})

describe('words of the command line', () => {
  it('tell how long ago in the largest whole unit', () => {
    const now = 1_000_000_000
    const ago = (ms: number): string => relativeTime(now - ms, now)
    expect([ago(0), ago(999), ago(1_000), ago(59_999), ago(60_000), ago(3_600_000), ago(3 * 86_400_000)]).toEqual([
      'now',
      'now',
      '1s ago',
      '59s ago',
      '1m ago',
      '1h ago',
      '3d ago',
    ])
    expect(ago(-5 * 60_000)).toBe('in 5m')
  })

  it('wrap at spaces, never inside a word, and lose nothing', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrapped('incomprehensible a', 5)).toEqual(['incomprehensible', 'a'])
    expect(wrapped('one two', Number.POSITIVE_INFINITY)).toEqual(['one two'])
  })

  it('read whole numbers only', () => {
    expect(wholeNumber(1)('12')).toBe(12)
    for (const text of ['0', '-1', '1.5', '1e3', '', 'x', '12345678901'])
      expect(() => wholeNumber(1)(text)).toThrow(/whole number/)
  })

  it('answers a line it cannot parse with 64 without throwing', async () => {
    expect(await main(['node', 'ballast', 'nonsense'])).toBe(64)
  })
})
