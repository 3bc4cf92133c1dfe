import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { knownPortfolio, stateOf } from '#daemon/queries/sight.js'
import { type Comparison, compare } from '#runtime/compare.js'
import { adjust } from './adjust.js'
import { daemonOf } from './context.js'
import { withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import { failing, type Output, outputOf } from './output.js'
import type { Settings } from './settings.js'
import { operator, type SignatureOptions, signatureOf, signed } from './signature.js'
import { type OpenState, sightOf, withState } from './state.js'
import { table } from './table.js'

/** What is wanted beside the comparison. */
type ReconcileOptions = SignatureOptions & { readonly explain?: boolean; readonly adjust?: boolean }

/**
 * `ballast reconcile PORTFOLIO`: our books against the gateway's. Alone it changes nothing; `--explain` says what would
 * bring halted books into agreement, `--adjust` books that.
 */
export function registerReconcile(program: Command): void {
  signed(
    program
      .command('reconcile')
      .description('orders, executions, positions and cash against the gateway; exit 1 when they differ')
      .argument('<portfolio>')
      .option('--explain', 'say what would have to be booked for halted books to agree')
      .option('--adjust', 'book it; needs --reason, and trading to be halted'),
  ).action(async (name: string, options: ReconcileOptions, command: Command) => {
    const output = outputOf(command)
    if (options.adjust === true) return adjust(output, name, signatureOf(options, 'reconcile --adjust'), options)
    if (options.explain === true)
      return adjust(output, name, { actor: options.actor ?? operator(), reason: 'explain' }, { dryRun: true })
    const found = await compared(output.settings, name)
    const { length } = found.breaks
    const failure =
      length === 0
        ? undefined
        : failing(
            EXIT.failed,
            'BREAKS',
            `${length} ${length === 1 ? 'break' : 'breaks'} against the gateway of ${name}`,
          )
    output.print(found, () => textOf(output, found), failure)
  })
}

function compared(settings: Settings, name: string): Promise<Comparison> {
  const connection = daemonOf(settings)
  return connection === null
    ? withState(settings, (state) => comparedOffline(state, name))
    : withDaemon(settings, connection, (daemon) => daemon.compare(name))
}

/** The paper venue beside the journal answers for itself; no other gateway can be asked without a daemon. */
async function comparedOffline(state: OpenState, name: string): Promise<Comparison> {
  const portfolio = knownPortfolio(state, name)
  const dir = join(state.stateDir, 'venue')
  if (!existsSync(dir))
    throw new CliError(EXIT.usage, 'NO_VENUE', `${dir} is not there: ask the daemon with --context or --nats`)
  const sight = sightOf(state)
  const { policy } = stateOf(sight, portfolio).context
  const { clock } = sight.market(portfolio)
  const gateway = openPaperVenue({ dir, clock, config: { instruments: policy.universe } })
  try {
    return await compare(portfolio, { host: sight, journal: state.journal, gateway })
  } finally {
    await gateway.close()
  }
}

function textOf(output: Output, { portfolio, compared: counts, breaks }: Comparison): string {
  const over = `${counts.orders} orders, ${counts.executions} executions, ${counts.positions} positions and cash`
  if (breaks.length === 0) return `${portfolio} agrees with its gateway: ${over}.`
  const rows = breaks.map(({ kind, message }) => [output.paint('bad', kind), message])
  return [table(output, [['KIND'], ['DIFFERENCE']], rows, ''), '', `Compared ${over} of ${portfolio}.`].join('\n')
}
