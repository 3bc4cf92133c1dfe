import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type SealedEntries, sealJournal, type Until } from '#daemon/sealing.js'
import { type Instant, instant } from '#units/time.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { wholeNumber } from './settings.js'
import { stateDirOf } from './state.js'
import { table } from './table.js'

interface SealOptions {
  readonly all?: true
  readonly before?: Instant
  readonly keep?: number
  readonly to: string
  readonly dryRun?: true
}

/** `ballast journal seal`: old entries go into segment files, the chain goes on from a seal. */
export function registerJournalSeal(journal: Command): void {
  journal
    .command('seal')
    .description(
      'move old entries of a journal that no daemon owns into segment files; what recovery and open runs need stays',
    )
    .argument('[portfolio]')
    .option('--all', 'every portfolio')
    .addOption(
      new Option('--before <date>', 'entries before a day (UTC), or before a moment such as 2026-01-05T14:30:00Z')
        .argParser(moment)
        .conflicts('keep'),
    )
    .addOption(new Option('--keep <n>', 'all but the newest so many').argParser(wholeNumber(0)))
    .requiredOption('--to <directory>', 'where the segments go; keep them as long as the history')
    .option('--dry-run', 'only say what would be sealed')
    .action(async (name: string | undefined, options: SealOptions, command: Command) => {
      const output = outputOf(command)
      const { all = false, to, dryRun = false } = options
      if ((name === undefined) !== all)
        throw new CliError(EXIT.usage, 'USAGE', 'name one portfolio, or all of them with --all')
      const dir = join(stateDirOf(output.settings), 'journal')
      const asked = { dir, to, portfolio: name ?? null, until: untilOf(options), dryRun }
      const sealed = await sealJournal(asked)
      output.print(sealed, () => sealedText(output, sealed))
      const done = sealed.some((row) => row.to !== null)
      if (done && !dryRun) output.say('ballast journal compact gives their room back.')
    })
}

function untilOf({ before, keep }: SealOptions): Until {
  if (before !== undefined) return { before }
  if (keep !== undefined) return { keep }
  throw new CliError(EXIT.usage, 'USAGE', 'say which entries: --before DATE or --keep N')
}

function moment(text: string): Instant {
  const at = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text) || Number.isNaN(at))
    throw new InvalidArgumentError('must be a day such as 2026-01-05, or a moment such as 2026-01-05T14:30:00Z.')
  return instant(at)
}

const sealedText = (output: Output, rows: readonly SealedEntries[]): string =>
  table(
    output,
    [['PORTFOLIO'], ['ENTRIES'], ['LEFT', 'r'], ['SEGMENTS'], ['NOTE']],
    rows.map(({ portfolio, from, to, left, segments, held }) => [
      portfolio,
      from === null ? '-' : `${from} to ${to}`,
      String(left),
      segments.join(', ') || '-',
      held === null ? '' : `no further: ${held}`,
    ]),
    'The journal holds no portfolio yet.',
  )
