import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { daemonOf } from './context.js'
import { type Daemon, type Waiting, withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import type { Settings } from './settings.js'
import { requestIdOf, type SignatureOptions, signatureOf, signed } from './signature.js'
import { facts, table } from './table.js'

/** `ballast approve ID`: the second signature under what takes two; without an id, what waits for one. */
export function registerApprove(program: Command): void {
  const command = program
    .command('approve')
    .description('confirm what another operator asked for, such as undoing a halt; without an id lists what waits')
    .argument('[id]')
  signed(command).action(async (id: string | undefined, options: SignatureOptions, self: Command) => {
    const output = outputOf(self)
    if (id === undefined) {
      const rows = await atDaemon(output.settings, (daemon) => daemon.approvals())
      return output.print(rows, () => waitingText(output, rows))
    }
    if (!/^[0-9a-f]{32}$/.test(id)) throw new CliError(EXIT.usage, 'USAGE', `${id} is no id of a request that waits`)
    const { actor, reason } = signatureOf(options, 'approve')
    const asked = { id, request_id: requestIdOf(options), actor, reason, dry_run: false }
    if (options.dryRun === true)
      throw new CliError(EXIT.usage, 'USAGE', 'approve has no dry run: list what waits instead')
    const done = await atDaemon(output.settings, (daemon) =>
      daemon.change(control.approve, subjects.control('approve'), asked),
    )
    const { verb, by, approved_by, terms, answer } = done
    output.print({ ...done, answer: JSON.parse(answer) as unknown }, () =>
      facts(output, [
        ['done', verb],
        ...terms.map((term) => ['what', term] as const),
        ['asked by', by],
        ['confirmed by', approved_by],
      ]),
    )
  })
}

/** What waits, and under each request what exactly its confirmation would let through. */
function waitingText(output: Output, rows: readonly Waiting[]): string {
  const columns = [['ID'], ['WHAT'], ['PORTFOLIO'], ['ASKED BY'], ['WHY'], ['UNTIL']] as const
  const lines = rows.map(({ id, verb, portfolio, by, reason, expires }) => [
    ...[id, verb, portfolio ?? '-'],
    ...[by, reason, expires],
  ])
  const list = table(output, columns, lines, 'Nothing waits for a second operator.')
  const exactly = rows.flatMap(({ id, terms }) => terms.map((term) => [id, term] as const))
  return exactly.length === 0 ? list : `${list}\n\n${facts(output, exactly)}`
}

function atDaemon<T>(settings: Settings, use: (daemon: Daemon) => Promise<T>): Promise<T> {
  const connection = daemonOf(settings)
  if (connection === null)
    throw new CliError(EXIT.usage, 'USAGE', 'approve is for a running daemon: give --context or --nats')
  return withDaemon(settings, connection, use)
}
