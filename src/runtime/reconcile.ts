import { TERMINAL } from '#domain/order.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Gateway, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Metrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { differingPositions, unitsHeld } from './compare.js'
import { queryNews } from './dispatch.js'
import type { Host } from './host.js'
import { termsOf } from './terms.js'

/** Times positions are compared before a difference counts as real: a fill may be on its way. */
const COMPARISONS = 3

/** What a take-over works with. */
export interface TakeOverPorts {
  readonly host: Host
  readonly journal: Journal
  readonly gateway: Gateway
  readonly sink: ReportSink
  readonly metrics: Metrics
}

/**
 * Makes a portfolio this process's own: a higher epoch fences whoever had it, executions it missed are booked, open
 * orders are asked about, positions compared. Then it is `ready`; a real difference halts it (and only it),
 * and is counted in `ballast_reconcile_breaks`.
 * Source: design engine.md sections 3.7 and 8.
 */
export async function takeOver(portfolio: PortfolioId, ports: TakeOverPorts): Promise<void> {
  const { host, gateway, metrics } = ports
  const { epoch: journaled, policy } = stateOf(host, portfolio)
  const account = await gateway.account(portfolio)
  if (account.mode !== policy.mode)
    throw new Fault(
      'MODE_MISMATCH',
      `${portfolio} is ${policy.mode} but its gateway's account is ${account.mode}`,
      'never',
    )
  if (account.currency !== policy.currency)
    throw new Fault(
      'CURRENCY_MISMATCH',
      `${portfolio} is kept in ${policy.currency} but its gateway's account is in ${account.currency}`,
      'never',
    )
  const { epoch: seen } = await gateway.fence(portfolio, journaled)
  const epoch = Math.max(journaled, seen) + 1
  await host.deliver(portfolio, { type: 'opened', epoch }, `epoch ${epoch}`)
  const { epoch: fenced } = await gateway.fence(portfolio, epoch)
  if (fenced !== epoch)
    throw new Fault('STALE_EPOCH', `${portfolio} was taken over by another process at epoch ${fenced}`, 'never')
  // Before anything may leave: what it was told by an earlier process may be older than the journal.
  const terms = termsOf(host.snapshot(portfolio)!, ports.journal.head(portfolio).seq)
  await gateway.restrain(portfolio, terms, epoch)
  await bookMissed(portfolio, ports)
  await askAboutOpen(portfolio, ports)
  const differing = await differences(portfolio, ports)
  // Positions are all that is compared here; the rest is brought into agreement, and compared when an operator asks.
  metrics.gauge('ballast_reconcile_breaks', differing.length, { portfolio, kind: 'position' })
  const difference = differing.length === 0 ? null : `positions differ from the gateway's: ${differing.join(', ')}`
  if (difference !== null)
    await host.deliver(
      portfolio,
      { type: 'permitted', to: 'halted', reason: difference, actor: 'reconciliation' },
      'reconcile',
    )
  const reason = difference ?? 'orders, executions and positions agree with the gateway'
  await host.deliver(portfolio, { type: 'reconciled', decision: 'resume', reason }, 'reconcile')
}

async function bookMissed(portfolio: PortfolioId, { gateway, sink }: TakeOverPorts): Promise<void> {
  for (const { execution } of await gateway.executions(portfolio, '')) await sink.execution(portfolio, execution)
}

async function askAboutOpen(portfolio: PortfolioId, { host, journal, gateway }: TakeOverPorts): Promise<void> {
  const asked = new Set(journal.recover(portfolio).outbox.map((row) => row.key.split(':')[1]))
  const orders = Object.values(stateOf(host, portfolio).run?.orders ?? {})
  for (const order of orders.filter((row) => !TERMINAL.has(row.status) && !asked.has(row.id))) {
    const news = queryNews(await gateway.query(portfolio, order.id))
    await host.deliver(portfolio, { type: 'orderNews', orderId: order.id, news }, order.id)
  }
}

/** Positions that differ after every look, one phrase each; none as soon as they agree once. */
async function differences(portfolio: PortfolioId, ports: TakeOverPorts): Promise<readonly string[]> {
  let found: readonly string[] = []
  for (let round = 0; round < COMPARISONS; round += 1) {
    const theirs = await ports.gateway.positions(portfolio)
    await bookMissed(portfolio, ports)
    const ours = unitsHeld(stateOf(ports.host, portfolio))
    found = differingPositions(ours, theirs).map((name) => `${name} ${ours[name] ?? 0} against ${theirs[name] ?? 0}`)
    if (found.length === 0) break
  }
  return found
}

function stateOf(host: Host, portfolio: PortfolioId): PortfolioSnapshot['context'] {
  const snapshot = host.snapshot(portfolio)
  if (snapshot === undefined) throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not hosted`, 'never')
  return snapshot.context
}
