import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { backUpJournal, type Copied, compactJournal } from '#adapters/journal/backup.js'
import { exportLines, readExport } from '#adapters/journal/export.js'
import { readHistoryFile } from '#adapters/journal/segment.js'
import { knownPortfolio } from '#daemon/queries/sight.js'
import { importHistory, type Renewed, restoreJournal } from '#daemon/renewal.js'
import { readSegments, wholeHistory } from '#daemon/segments.js'
import { Fault } from '#units/fault.js'
import { type Output, outputOf } from './output.js'
import { stateDirOf, withState } from './state.js'
import { table } from './table.js'

/** `ballast journal backup|restore|compact|export|import`: a journal as a whole, and one history of it, as files. */
export function registerJournalFiles(journal: Command): void {
  registerCopies(journal)
  registerHistories(journal)
}

function registerCopies(journal: Command): void {
  journal
    .command('backup')
    .description(
      'copy the journal of a state directory that no daemon owns into an empty directory, and verify the copy',
    )
    .argument('<directory>')
    .action(async (to: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const copy = await backUpJournal({ dir: journalOf(output), to })
      output.print(copy, () => `${copiedText(copy)} in ${to}.`)
    })
  journal
    .command('restore')
    .description(
      'put a backup in the place of the journal; order ids made from then on are new ones, and all is halted until resumed',
    )
    .argument('<directory>')
    .requiredOption('--reason <text>', 'why; journaled for every portfolio')
    .option('--replace', 'move a journal that is there aside')
    .action(async (backup: string, options: { reason: string; replace?: true }, command: Command) => {
      const output = outputOf(command)
      const { reason, replace = false } = options
      const restored = await restoreJournal({ backup, dir: journalOf(output), replace, reason })
      const aside = restored.replaced === null ? '' : `\nThe journal that was there is now ${restored.replaced}.`
      output.print(restored, () => `${renewedText(output, restored.portfolios)}${aside}`)
    })
  journal
    .command('compact')
    .description('give back the free pages of the journal file in a state directory that no daemon owns')
    .action(async (_options: unknown, command: Command) => {
      const output = outputOf(command)
      const copy = await compactJournal({ dir: journalOf(output) })
      output.print(copy, () => `${copiedText(copy)}.`)
    })
}

function registerHistories(journal: Command): void {
  journal
    .command('export')
    .description(
      'write the history of a portfolio, as far as it is not sealed, as JSON lines that can be verified without this program',
    )
    .argument('<portfolio>')
    .argument('<file>', 'must not exist yet')
    .action(async (name: string, file: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const written = await withState(output.settings, (state) => {
        const portfolio = knownPortfolio(state, name)
        const lines = writeLines(file, exportLines(state.journal, portfolio))
        const sealed = state.journal.seal(portfolio)
        const rest =
          sealed === null ? {} : { from: sealed.seq + 1, segments: sealed.segments.map(({ name: one }) => one) }
        return { portfolio, entries: lines - 1, head: state.journal.head(portfolio).hash, ...rest }
      })
      output.print(written, () => {
        const { portfolio, entries, head, from, segments = [] } = written
        const sealed = from === undefined ? '' : `\nEntries 1 to ${from - 1} are not in it: ${segments.join(', ')}.`
        return `${entries} entries of ${portfolio}, head ${head}, in ${file}.${sealed}`
      })
    })
  journal
    .command('import')
    .description(
      'add an exported history to the journal of a state directory that no daemon owns, halted until resumed',
    )
    .argument('<file>')
    .requiredOption('--reason <text>', 'why; journaled')
    .option('--with <segment...>', 'files of the sealed entries before it')
    .action(async (file: string, options: { reason: string; with?: readonly string[] }, command: Command) => {
      const output = outputOf(command)
      const { reason, with: segments = [] } = options
      const history = wholeHistory(readExport(readHistoryFile(file).split('\n')), readSegments(segments))
      const renewed = await importHistory({ history, dir: journalOf(output), reason })
      output.print(renewed, () => renewedText(output, [renewed]))
    })
}

const journalOf = (output: Output): string => join(stateDirOf(output.settings), 'journal')

function copiedText({ chains, bytesBefore, bytes }: Copied): string {
  const entries = chains.reduce((sum, chain) => sum + (chain.ok ? chain.entries : 0), 0)
  return `${chains.length} portfolios with ${entries} entries verified; ${mebibytes(bytesBefore)} became ${mebibytes(bytes)}`
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const renewedText = (output: Output, rows: readonly Renewed[]): string =>
  table(
    output,
    [['PORTFOLIO'], ['VERSION', 'r'], ['HEAD']],
    rows.map(({ portfolio, version, hash }) => [portfolio, String(version), hash.slice(0, 16)]),
    'The backup holds no portfolio.',
  )

/** Writes a new file, line by line, durable at the end; answers how many lines. */
function writeLines(file: string, lines: Iterable<string>): number {
  const handle = openNew(file)
  let count = 0
  try {
    for (const line of lines) {
      writeSync(handle, `${line}\n`)
      count += 1
    }
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  return count
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Fault('FILE_EXISTS', `${file} exists already`, 'never', { file })
  }
}
