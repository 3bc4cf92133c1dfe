import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import { MARK_RESET, type MarkAnswer, markReset, resetMarkOnce } from '#daemon/control/drawdown.js'
import { Requests } from '#daemon/control/requests.js'
import { quiescent } from '#daemon/replay.js'
import { percent } from '#domain/explain/words.js'
import type { PortfolioId } from '#units/ids.js'
import { daemonOf } from './context.js'
import { tokenOf, withDaemon } from './daemon.js'
import { refuseAlone, resting, withEngine } from './offline.js'
import { type Output, outputOf } from './output.js'
import type { Settings } from './settings.js'
import { refuseRequestId, requestIdOf, type SignatureOptions, signatureOf, signed } from './signature.js'
import { facts } from './table.js'

/** `ballast drawdown reset PORTFOLIO`: the loss of a portfolio counts from now on. */
export function registerDrawdown(program: Command): void {
  const drawdown = program.command('drawdown').description('the loss from the high-water mark that rules count')
  signed(
    drawdown
      .command('reset')
      .description(
        'give the high-water mark up for what a unit is worth now: the loss so far counts no more; two operators',
      )
      .argument('<portfolio>'),
  ).action((name: string, options: SignatureOptions, command: Command) => reset(outputOf(command), name, options))
}

async function reset(output: Output, name: string, options: SignatureOptions): Promise<void> {
  const signature = signatureOf(options, 'to reset a high-water mark')
  const asked = { request_id: requestIdOf(options), ...signature, dry_run: options.dryRun === true }
  const connection = daemonOf(output.settings)
  if (connection === null) refuseRequestId(options)
  const done =
    connection === null
      ? await offline(output.settings, name, asked)
      : await withDaemon(output.settings, connection, (daemon) =>
          daemon.change(markReset, subjects.portfolio(tokenOf(name), MARK_RESET), asked),
        )
  if (asked.dry_run) output.say('Dry run: nothing was journaled.')
  output.print({ ...done, ...signature }, () => textOf(output, done, signature))
}

/** @throws CliError 3 where it takes two operators: only a running daemon can tell them apart. */
async function offline(
  settings: Settings,
  name: string,
  asked: Parameters<typeof resetMarkOnce>[3],
): Promise<MarkAnswer> {
  const portfolio = await resting(settings, name)
  return withEngine(settings, portfolio, async (assembly) => {
    const { engine, journal, market, clock } = assembly
    if (!asked.dry_run) refuseAlone(portfolio.config)
    await quiescent(assembly)
    const sight = {
      snapshot: (id: PortfolioId) => engine.host.snapshot(id),
      market: () => ({ market, clock, view: market.view(clock.now()) }),
    }
    const done = await resetMarkOnce({ engine, sight }, new Requests(journal), portfolio.id, asked)
    await quiescent(assembly)
    return done
  })
}

function textOf(
  output: Output,
  { portfolio, mark, drawdown, seq, duplicate }: MarkAnswer,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): string {
  return facts(output, [
    ['portfolio', portfolio],
    ['mark', `${mark} a unit`],
    ...(drawdown === null ? [] : [['forgotten', `${percent(drawdown)} below the mark of before`] as const]),
    ['by', actor],
    ['reason', reason],
    ...(seq === null ? [] : [['journal', `#${seq}`] as const]),
    ...(duplicate ? [['request', 'it was carried out before; this came of it'] as const] : []),
  ])
}
