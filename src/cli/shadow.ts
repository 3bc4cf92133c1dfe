import type { Command } from 'commander'
import type { ShadowReport } from '#daemon/queries/shadow.js'
import { amount, counted, listed, percent } from '#domain/explain/words.js'
import type { ShadowDifference } from '#domain/shadow/difference.js'
import type { ShadowOutcome, ShadowRecord } from '#domain/shadow/record.js'
import { type Output, outputOf } from './output.js'
import { askOne } from './questions.js'
import { wholeNumber } from './settings.js'
import { facts, passages, table } from './table.js'

/** Runs shown unless told otherwise. */
const SHOWN = 10
/** Names of targets and trades told of each run. */
const NAMED = 4

/** `ballast shadow PORTFOLIO`: what its candidate would have done in its runs. */
export function registerShadow(program: Command): void {
  program
    .command('shadow')
    .description("a portfolio's candidate beside the live policy: targets, verdicts, turnover and cost, run by run")
    .argument('<portfolio>')
    .option('--last <n>', 'runs shown, the newest ones', wholeNumber(1), SHOWN)
    .action(async (name: string, { last }: { readonly last: number }, command: Command) => {
      const output = outputOf(command)
      const found = await askOne(output.settings, 'shadow', name, { last })
      output.print(found, () => textOf(output, found))
    })
}

function textOf(output: Output, report: ShadowReport): string {
  if (report.kept > 0) return [summaryText(output, report), '', runsText(output, report)].join('\n')
  return report.candidate === null
    ? `${report.portfolio} has no candidate: a section shadow in its file names one.`
    : `No run of ${report.portfolio} has been compared with its candidate yet.`
}

function summaryText(output: Output, { candidate, currency, kept, summary }: ShadowReport): string {
  const { runs, compared, live, shadow, distance, others } = summary
  const now = candidate === null ? 'none any more' : `${candidate.id}  ${candidate.name}`
  const changed = candidate !== null && candidate.id !== summary.candidate
  const beside = (of: (side: NonNullable<typeof live>) => string): string =>
    live === null || shadow === null ? '-' : `${of(live)} live, ${of(shadow)} shadow`
  return facts(output, [
    ['candidate', changed ? `${now}; the figures are of ${summary.candidate}, the one before` : now],
    ['compared', `${counted(compared, 'run')}: ${runs.same} the same, ${runs.differs} otherwise`],
    ['not compared', `${runs.failed} failed, ${runs.dropped} dropped`],
    ['turnover', `${beside((side) => percent(side.turnover))}  (mean, one-way, from the live books)`],
    ['cost', `${beside((side) => amount(side.cost))} ${currency}  (mean, estimated, likewise)`],
    ['targets apart', distance === null ? '-' : `${percent(distance)} of equity  (mean)`],
    ['kept', others === 0 ? counted(kept, 'run') : `${counted(kept, 'run')}, ${others} of earlier candidates`],
  ])
}

const TONES = { same: 'dim', differs: 'strong', failed: 'bad', dropped: 'warn' } as const satisfies Record<
  ShadowOutcome,
  unknown
>

function runsText(output: Output, { runs }: ShadowReport): string {
  const rows = table(
    output,
    [
      ['RUN'],
      ['SESSION'],
      ['TRIGGER'],
      ['SHADOW'],
      ['TURNOVER', 'r'],
      ['SHADOW', 'r'],
      ['COST', 'r'],
      ['SHADOW', 'r'],
      ['APART', 'r'],
      ['LIVE RUN'],
      ['SHADOW RUN'],
    ],
    runs.map(({ run, session, trigger, outcome, live, shadow, difference }) => [
      run,
      session,
      trigger.kind,
      output.paint(TONES[outcome], outcome),
      percent(live.turnover),
      shadow === null ? '-' : percent(shadow.turnover),
      amount(live.cost),
      shadow === null ? '-' : amount(shadow.cost),
      difference === null || difference.distance === null ? '-' : percent(difference.distance),
      live.status,
      shadow?.status ?? '-',
    ]),
    '',
  )
  const told = runs.flatMap((record) => {
    const lines = wordsOf(record)
    return lines.length === 0 ? [] : [{ heading: record.run, lines }]
  })
  return told.length === 0 ? rows : [rows, '', passages(output, told)].join('\n')
}

/** What is otherwise in a run, a line each; none where nothing is. */
function wordsOf({ error, live, shadow, difference }: ShadowRecord): readonly string[] {
  const failures = [
    ...(error === null ? [] : [`shadow: ${error}`]),
    ...(shadow?.failure == null || shadow.failure === error ? [] : [`shadow trades nothing: ${shadow.failure}`]),
    ...(live.failure === null ? [] : [`live trades nothing: ${live.failure}`]),
    ...(shadow?.waits ?? []).map((reason) => `shadow waits for approval: ${reason}`),
  ]
  return difference === null ? failures : [...failures, ...differenceWords(difference)]
}

function differenceWords({ targets, verdicts, onlyLive, onlyShadow, resized }: ShadowDifference): readonly string[] {
  const line = (what: string, items: readonly string[]): readonly string[] =>
    items.length === 0 ? [] : [`${what}: ${listed(items, NAMED)}`]
  return [
    ...line(
      'targets',
      targets.map(({ name, live, shadow }) => `${name} ${percent(live)} -> ${percent(shadow)}`),
    ),
    ...line(
      'verdicts',
      verdicts.map(({ rule, live, shadow }) => `${rule} ${live ?? 'none'} -> ${shadow ?? 'none'}`),
    ),
    ...line('only live', onlyLive),
    ...line('only shadow', onlyShadow),
    ...line(
      'other quantities',
      resized.map(({ leg, live, shadow }) => `${leg} ${live} -> ${shadow}`),
    ),
  ]
}
