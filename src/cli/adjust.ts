import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { daemonOf } from './context.js'
import { tokenOf, withDaemon } from './daemon.js'
import { CliError, EXIT } from './failure.js'
import type { Output } from './output.js'
import { requestIdOf, type Signature, type SignatureOptions } from './signature.js'
import { facts } from './table.js'

/** What an adjustment books, or would. */
interface Adjusted {
  readonly portfolio: string
  readonly positions: readonly { readonly symbol: string; readonly qty: string; readonly price: string }[]
  readonly cash: string
  readonly fees: string
  readonly settled: readonly string[]
  readonly seq: number | null
  readonly requestId: string
  readonly duplicate: boolean
}

/**
 * Has a daemon bring the books of a halted portfolio into agreement with its gateway, or say what it would book.
 * @throws CliError 64 without a daemon: only it knows the gateway. As the daemon refuses.
 */
export async function adjust(
  output: Output,
  name: string,
  signature: Signature,
  options: Pick<SignatureOptions, 'requestId' | 'dryRun'>,
): Promise<void> {
  const connection = daemonOf(output.settings)
  if (connection === null)
    throw new CliError(EXIT.usage, 'USAGE', 'books are adjusted by a running daemon: give --context or --nats')
  const requestId = requestIdOf(options)
  const { actor, reason } = signature
  const asked = { request_id: requestId, actor, reason, dry_run: options.dryRun === true }
  const subject = subjects.portfolio(tokenOf(name), 'adjust')
  const { dry_run: dryRun, ...answer } = await withDaemon(output.settings, connection, (daemon) =>
    daemon.change(control.adjust, subject, asked),
  )
  if (dryRun) output.say('Nothing was journaled. With --adjust this would be booked:')
  const adjusted: Adjusted = { ...answer, requestId }
  output.print(adjusted, () => textOf(output, adjusted))
}

function textOf(
  output: Output,
  { portfolio, positions, cash, fees, settled, seq, duplicate, requestId }: Adjusted,
): string {
  const units = positions.map(
    ({ symbol, qty, price }) => `${qty.startsWith('-') ? '' : '+'}${qty} ${symbol} at ${price}`,
  )
  return facts(output, [
    ['portfolio', portfolio],
    ['positions', units.join(', ') || 'agree'],
    ['cash', cash],
    ['fees', fees],
    ['settled', settled.join(', ') || 'nothing'],
    ...(seq === null ? [] : [['journal', `#${seq}`] as const]),
    ...(duplicate ? [['request', `${requestId} was carried out before; this came of it`] as const] : []),
  ])
}
