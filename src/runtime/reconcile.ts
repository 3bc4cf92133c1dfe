import { FULL_SUPPORT, type GatewaySupport } from '#domain/gateway-support.js'
import { decideRecovery } from '#domain/lifecycle/recovering.js'
import { isComplete, type Order, TERMINAL } from '#domain/order.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { Metrics } from '#ports/metrics.js'
import { Fault, refusedForGood } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Comparison, compare, measureBreaks, stateIn } from './compare.js'
import { queryNews } from './dispatch.js'
import type { Host } from './host.js'
import { termsOf } from './terms.js'

/** Looks a difference must survive at a take-over: a fill may be on its way. */
const LOOKS = 3

/** Does not wait between two looks. */
export const atOnce = async (): Promise<void> => undefined

/** What reconciliation works with. */
export interface ReconcilePorts {
  readonly host: Pick<Host, 'snapshot' | 'deliver'>
  readonly journal: Journal
  readonly gateway: Gateway
  readonly sink: ReportSink
  readonly metrics: Metrics
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'error'>
  /** Waits between two looks, so that what is on its way can arrive; default: not at all. */
  readonly between?: () => Promise<void>
}

/** What a take-over works with: the market tells what becomes of a run that was under way. */
export interface TakeOverPorts extends ReconcilePorts {
  readonly market: Pick<Market, 'view'>
}

/**
 * Makes a portfolio this process's own: a higher epoch fences whoever had it, what the gateway did meanwhile is booked,
 * open orders are asked about, then the books are compared. Then it is `ready`; a real difference halts it (and only it).
 * A run that was under way goes on, waits or is unwound. Source: design engine.md sections 3.7, 3.9 and 8.
 */
export async function takeOver(portfolio: PortfolioId, ports: TakeOverPorts): Promise<void> {
  const { host, gateway } = ports
  const { epoch: journaled } = stateIn(host, portfolio)
  const support = await supportOf(portfolio, ports)
  const { epoch: seen } = await gateway.fence(portfolio, journaled)
  const epoch = Math.max(journaled, seen) + 1
  await host.deliver(portfolio, opened(epoch, support), `epoch ${epoch}`)
  const { epoch: fenced } = await gateway.fence(portfolio, epoch)
  if (fenced !== epoch)
    throw new Fault('STALE_EPOCH', `${portfolio} was taken over by another process at epoch ${fenced}`, 'never')
  // Before anything may leave: what it was told by an earlier process may be older than the journal.
  const terms = termsOf(host.snapshot(portfolio)!, ports.journal.head(portfolio).seq)
  await gateway.restrain(portfolio, terms, epoch)
  await bookMissed(portfolio, ports)
  await askAboutOpen(portfolio, ports)
  const { breaks } = await agree(portfolio, ports, LOOKS)
  const agreed = breaks.length === 0 ? 'orders, executions and positions agree with the gateway' : reasonOf(breaks)
  const view = ports.market.view(ports.clock.now())
  const { decision, reason } = decideRecovery(stateIn(host, portfolio), view)
  const said = reason === '' ? agreed : `${agreed}; ${reason}`
  await host.deliver(portfolio, { type: 'reconciled', decision, reason: said }, 'reconcile')
  if (reason !== '') ports.metrics.count('ballast_recoveries_total', { decision })
}

/**
 * Compares a portfolio's books with its gateway's and acts on it: executions nobody told us of are facts and are booked,
 * an end of an order as well; what then still differs, and differs in every look, halts the portfolio, and it alone.
 * Faults as the gateway's: a gateway that does not answer has said nothing against the books.
 * Source: design engine.md section 3.7.
 */
export async function reconcile(portfolio: PortfolioId, ports: ReconcilePorts): Promise<Comparison> {
  await bookMissed(portfolio, ports)
  return agree(portfolio, ports)
}

/** Between two looks: waits for what is on its way, then takes in what has happened since the look before. */
export function catchUp(portfolio: PortfolioId, ports: ReconcilePorts): () => Promise<void> {
  let seen = 0
  return async () => {
    seen += 1
    await ports.between?.()
    await bookMissed(portfolio, ports)
    if (seen === 1) await hearEnds(portfolio, ports, isOpen)
  }
}

async function agree(portfolio: PortfolioId, ports: ReconcilePorts, looks?: number): Promise<Comparison> {
  const { host, metrics, clock } = ports
  await hearEnds(portfolio, ports, awaitsFills)
  const comparison = await compare(portfolio, { ...ports, between: catchUp(portfolio, ports) }, looks)
  measureBreaks(metrics, comparison)
  metrics.gauge('ballast_reconcile_last_timestamp_seconds', clock.now() / 1_000, { portfolio })
  if (comparison.breaks.length > 0 && host.snapshot(portfolio)?.value.permission !== 'halted') {
    const fact = {
      type: 'permitted',
      to: 'halted',
      reason: reasonOf(comparison.breaks),
      actor: 'reconciliation',
    } as const
    await host.deliver(portfolio, fact, 'reconcile')
  }
  return comparison
}

function reasonOf(breaks: Comparison['breaks']): string {
  const [first, ...rest] = breaks
  return `the books differ from the gateway's: ${first?.message ?? ''}${rest.length === 0 ? '' : ` (and ${rest.length} more)`}`
}

/** The gateway's promises, once its account fits the portfolio. @throws Fault `MODE_MISMATCH`, `CURRENCY_MISMATCH` */
async function supportOf(portfolio: PortfolioId, { host, gateway }: ReconcilePorts): Promise<GatewaySupport> {
  const { policy } = stateIn(host, portfolio)
  const { mode, currency, supports } = await gateway.account(portfolio)
  if (mode !== policy.mode)
    throw new Fault('MODE_MISMATCH', `${portfolio} is ${policy.mode} but its gateway's account is ${mode}`, 'never')
  if (currency !== policy.currency)
    throw new Fault(
      'CURRENCY_MISMATCH',
      `${portfolio} is kept in ${policy.currency} but its gateway's account is in ${currency}`,
      'never',
    )
  return supports
}

function opened(epoch: number, support: GatewaySupport): PortfolioFact {
  const full = (Object.keys(FULL_SUPPORT) as (keyof GatewaySupport)[]).every((promise) => support[promise])
  return full ? { type: 'opened', epoch } : { type: 'opened', epoch, support }
}

/**
 * Books what the gateway executed and took back, whether or not it was reported; nothing twice. A row that can never be
 * booked is logged and left to the comparison: it keeps no other from being booked.
 */
export async function bookMissed(portfolio: PortfolioId, { host, gateway, sink, log }: ReconcilePorts): Promise<void> {
  if (stateIn(host, portfolio).support?.replay === false) return
  for (const { execution, bust } of await gateway.executions(portfolio, '')) {
    try {
      await sink.execution(portfolio, execution)
      if (bust !== undefined) await sink.bust(portfolio, bust)
    } catch (error) {
      if (!refusedForGood(error)) throw error
      log.error({ portfolio, execution: execution.id, code: error.code }, `cannot be booked: ${error.message}`)
    }
  }
}

async function askAboutOpen(portfolio: PortfolioId, { host, journal, gateway }: ReconcilePorts): Promise<void> {
  const asked = new Set(journal.recover(portfolio).outbox.map((row) => row.key.split(':')[1]))
  const orders = Object.values(stateIn(host, portfolio).run?.orders ?? {})
  for (const order of orders.filter((row) => !TERMINAL.has(row.status) && !asked.has(row.id))) {
    const news = queryNews(await gateway.query(portfolio, order.id))
    await host.deliver(portfolio, { type: 'orderNews', orderId: order.id, news }, order.id)
  }
}

/**
 * Tells open orders of their end, when the gateway says they have one and its report has not got through; and ended ones
 * that wait for fills, when by its word all is booked: what it named before was taken back since.
 */
async function hearEnds(
  portfolio: PortfolioId,
  { host, gateway, sink }: ReconcilePorts,
  which: (order: Order) => boolean,
): Promise<void> {
  for (const { id, status, cumulative } of Object.values(stateIn(host, portfolio).run?.orders ?? {}).filter(which)) {
    const answer = await gateway.query(portfolio, id)
    if (answer.kind === 'unknown' || answer.report.status === 'accepted') continue
    if (!TERMINAL.has(status) || answer.report.cumulative.eq(cumulative)) await sink.order(portfolio, answer.report)
  }
}

const isOpen = ({ sends, status }: Order): boolean => sends > 0 && !TERMINAL.has(status)
const awaitsFills = (order: Order): boolean => TERMINAL.has(order.status) && !isComplete(order)
