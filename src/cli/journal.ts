import type { Command } from 'commander'
import type { EntryRow } from '#daemon/queries/entries.js'
import { knownPortfolio } from '#daemon/queries/sight.js'
import { readSegments, verifyWith } from '#daemon/segments.js'
import type { Confirmed } from '#domain/portfolio/event.js'
import type { Verification } from '#ports/journal.js'
import { verifyTables } from '#runtime/attest.js'
import { diffVersions } from '#runtime/state-at.js'
import { Fault } from '#units/fault.js'
import { changesText } from './diff-text.js'
import { EXIT } from './failure.js'
import { registerJournalFiles } from './journal-files.js'
import { registerJournalSeal } from './journal-seal.js'
import { failing, type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { wholeNumber } from './settings.js'
import { withState } from './state.js'
import { table } from './table.js'

/** `ballast journal …`: the audit trail, the check of its hash chain, and the journal as files. */
export function registerJournal(program: Command): void {
  const journal = program.command('journal').description('the audit trail')
  journal
    .command('show')
    .description('entries of a portfolio, newest last')
    .argument('<portfolio>')
    .option('--from <seq>', 'first sequence (default: so that the newest are shown)', wholeNumber(1))
    .option('--limit <n>', 'entries at most', wholeNumber(1), 20)
    .action(async (name: string, options: { from?: number; limit: number }, command: Command) => {
      const output = outputOf(command)
      const { from = null, limit } = options
      const entries = await askOne(output.settings, 'journal', name, { from, limit })
      const cut = from === null && entries.length < limit && (entries[0]?.seq ?? 1) > 1
      const note = cut ? `\nEntries before ${entries[0]?.seq} are sealed: --from 1 says where.` : ''
      output.print(entries, () => `${entriesText(output, entries)}${note}`)
    })
  journal
    .command('diff')
    .description('what differs between two versions of a portfolio, in a state directory that no daemon owns')
    .argument('<portfolio>')
    .argument('<from>', 'a version: the sequence of an entry', wholeNumber(1))
    .argument('[to]', 'another (default: the newest)', wholeNumber(1))
    .action(async (name: string, from: number, to: number | undefined, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const changes = await withState(output.settings, (state) => {
        const portfolio = knownPortfolio(state, name)
        const { seq } = state.journal.head(portfolio)
        const found = diffVersions(state.journal, portfolio, from, to ?? seq)
        if (found !== undefined) return found
        throw new Fault('VERSION_UNKNOWN', `${name} has the versions 1 to ${seq}`, 'never')
      })
      output.print(changes, () => changesText(output, changes))
    })
  registerJournalFiles(journal)
  registerJournalSeal(journal)
  registerVerify(journal)
}

function registerVerify(journal: Command): void {
  journal
    .command('verify')
    .description('check the hash chain of one portfolio, or of all, in a state directory that no daemon owns')
    .argument('[portfolio]')
    .option('--replay', 'replay every history too, and check all that is derived from it')
    .option(
      '--with <segment...>',
      'files of sealed entries: the chain is checked from the first entry on, through all of them',
    )
    .action(async (name: string | undefined, options: VerifyOptions, command: Command) => {
      const output = outputOf(command)
      const { replay = false, with: files } = options
      const segments = readSegments(files ?? [])
      const found = await withState(output.settings, (state) => {
        const ids = name === undefined ? [...state.journal.portfolios()].sort() : [knownPortfolio(state, name)]
        return ids.map((id) => {
          if (files !== undefined) return verifyWith(state.journal, id, segments, replay)
          const chain = state.journal.verify(id)
          return chain.ok && replay ? verifyTables(state.journal, id) : chain
        })
      })
      const bad = found.filter((row) => !row.ok)
      const failure =
        bad.length === 0
          ? undefined
          : failing(EXIT.journal, 'JOURNAL_CORRUPT', `the journal does not verify: ${bad.map(damageOf).join('; ')}`)
      output.print(found, () => verifyText(output, found), failure)
    })
}

interface VerifyOptions {
  readonly replay?: true
  readonly with?: readonly string[]
}

function entriesText(output: Output, entries: readonly EntryRow[]): string {
  return table(
    output,
    [['SEQ', 'r'], ['AT'], ['EVENT'], ['CAUSE'], ['EFFECTS'], ['HASH']],
    entries.map((entry) => [
      String(entry.seq),
      output.time(entry.at),
      entry.event.type,
      causeOf(entry),
      effectsOf(entry),
      entry.hash.slice(0, 12),
    ]),
    'No entries there.',
  )
}

/** What an entry came of, and the second operator where it took one. */
function causeOf({ event }: EntryRow): string {
  const { by } = (event.approved ?? {}) as NonNullable<Confirmed['approved']> | { by?: undefined }
  return by === undefined ? event.cause : `${event.cause} (confirmed by ${by})`
}

/** Effects by type with their number: `submit ×3, schedule`. */
function effectsOf({ effects }: EntryRow): string {
  const counts = new Map<string, number>()
  for (const { type } of effects) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...counts].map(([type, count]) => (count === 1 ? type : `${type} ×${count}`)).join(', ') || '-'
}

const damageOf = (row: Verification): string =>
  row.ok ? '' : `${row.portfolio} is ${row.kind} at sequence ${row.seq} (${row.message})`

const okText = (output: Output, { sealed }: Extract<Verification, { ok: true }>): string => {
  const from =
    sealed === undefined
      ? ''
      : ` from ${sealed.seq + 1} on; ${sealed.seq} and before are sealed, the last in ${sealed.segment}`
  return `${output.paint('good', 'ok')}${from}`
}

function verifyText(output: Output, rows: readonly Verification[]): string {
  return table(
    output,
    [['PORTFOLIO'], ['ENTRIES', 'r'], ['HEAD'], ['CHAIN']],
    rows.map((row) =>
      row.ok
        ? [row.portfolio, String(row.entries), row.head.slice(0, 16), okText(output, row)]
        : [row.portfolio, '-', '-', output.paint('bad', `${row.kind} at #${row.seq}: ${row.message}`)],
    ),
    'The journal holds no portfolio yet.',
  )
}
