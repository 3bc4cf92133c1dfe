import { TERMINAL } from '#domain/order.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Gateway, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { differingPositions, unitsHeld } from './compare.js'
import { queryNews } from './dispatch.js'
import type { Host } from './host.js'

/** Times positions are compared before a difference counts as real: a fill may be on its way. */
const COMPARISONS = 3

/** What a take-over works with. */
export interface TakeOverPorts {
  readonly host: Host
  readonly journal: Journal
  readonly gateway: Gateway
  readonly sink: ReportSink
}

/**
 * Makes a portfolio this process's own: a higher epoch fences whoever had it, executions it missed are booked, open
 * orders are asked about, positions compared. Then it is `ready`; a real difference halts it (and only it).
 * Source: design engine.md sections 3.7 and 8.
 */
export async function takeOver(portfolio: PortfolioId, ports: TakeOverPorts): Promise<void> {
  const { host, gateway } = ports
  const { epoch: journaled, policy } = stateOf(host, portfolio)
  const account = await gateway.account(portfolio)
  if (account.mode !== policy.mode)
    throw new Fault(
      'MODE_MISMATCH',
      `${portfolio} is ${policy.mode} but its gateway's account is ${account.mode}`,
      'never',
    )
  const { epoch: seen } = await gateway.fence(portfolio, journaled)
  const epoch = Math.max(journaled, seen) + 1
  await host.deliver(portfolio, { type: 'opened', epoch }, `epoch ${epoch}`)
  await gateway.fence(portfolio, epoch)
  await bookMissed(portfolio, ports)
  await askAboutOpen(portfolio, ports)
  const difference = await positionDifference(portfolio, ports)
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

async function positionDifference(portfolio: PortfolioId, ports: TakeOverPorts): Promise<string | null> {
  let difference: string | null = null
  for (let round = 0; round < COMPARISONS; round += 1) {
    const theirs = await ports.gateway.positions(portfolio)
    await bookMissed(portfolio, ports)
    const ours = unitsHeld(stateOf(ports.host, portfolio))
    const differing = differingPositions(ours, theirs)
    if (differing.length === 0) return null
    difference = `positions differ from the gateway's: ${differing
      .map((name) => `${name} ${ours[name] ?? 0} against ${theirs[name] ?? 0}`)
      .join(', ')}`
  }
  return difference
}

function stateOf(host: Host, portfolio: PortfolioId): PortfolioSnapshot['context'] {
  const snapshot = host.snapshot(portfolio)
  if (snapshot === undefined) throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not hosted`, 'never')
  return snapshot.context
}
