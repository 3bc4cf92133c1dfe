import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import { control, type ReloadAnswer } from '#daemon/control/messages.js'
import { daemonOf } from './context.js'
import { withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { requestIdOf, type SignatureOptions, signatureOf, signed } from './signature.js'

/** `ballast reload`: a running daemon reads its configuration again. */
export function registerReload(program: Command): void {
  const command = program
    .command('reload')
    .description('have a running daemon read its configuration again: all of it is adopted, or nothing')
  signed(command).action(async (options: SignatureOptions, self: Command) => {
    const output = outputOf(self)
    const { actor, reason } = signatureOf(options, 'reload')
    const connection = daemonOf(output.settings)
    if (connection === null)
      throw new CliError(
        EXIT.usage,
        'USAGE',
        'reload is for a running daemon: give --context or --nats, or send SIGHUP',
      )
    const asked = { request_id: requestIdOf(options), actor, reason, dry_run: options.dryRun === true }
    const answer = await withDaemon(output.settings, connection, (daemon) =>
      daemon.change(control.reload, subjects.control('reload'), asked),
    )
    if (asked.dry_run) output.say('Dry run: nothing was adopted.')
    output.print({ ...answer, actor, reason }, () => textOf(output, answer))
  })
}

function textOf(output: Output, { changed, loosened, waiting, duplicate }: ReloadAnswer): string {
  const before = 'This request was carried out before: the configuration was not read again.'
  if (changed.length === 0) return duplicate ? before : 'Nothing differs from the running configuration.'
  return [
    ...(duplicate ? [before] : []),
    'changed:',
    ...changed.map((setting) => `  ${setting}`),
    ...(loosened.length === 0 ? [] : [output.paint('bad', 'looser limits:'), ...loosened.map((row) => `  ${row}`)]),
    ...(waiting.length === 0 ? [] : [`at the end of their run: ${waiting.join(', ')}`]),
  ].join('\n')
}
