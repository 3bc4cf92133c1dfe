import type { AdjustedUnits, Adjustment } from '#domain/book/events.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Clock } from '#ports/clock.js'
import type { Market } from '#ports/market.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, OrderId, PortfolioId } from '#units/ids.js'
import type { Price } from '#units/money.js'
import { type Break, difference, type Gap, stateIn } from './compare.js'
import { bookMissed, type ReconcilePorts } from './reconcile.js'

/** What an adjustment is proposed from. */
export interface AdjustPorts extends ReconcilePorts {
  readonly market: Market
  readonly clock: Clock
}

/**
 * The booking that brings a halted portfolio into agreement with its gateway: units, cash and fees that are missing on our
 * side, and the orders and executions that differ, settled with it. What the gateway did unheard is booked first, as the
 * facts they are. Units that are added count as bought at the newest price.
 * @throws Fault `NOT_HALTED`, `NOTHING_TO_ADJUST`, `ORDER_OPEN` (the gateway may still trade an order that is closed with us:
 * cancel it there), `NO_PRICE`; all never. The gateway's own.
 */
export async function proposed(
  portfolio: PortfolioId,
  ports: AdjustPorts,
  signed: { readonly actor: string; readonly reason: string },
): Promise<Extract<PortfolioFact, { type: 'adjusted' }>> {
  if (ports.host.snapshot(portfolio)?.value.permission !== 'halted')
    throw new Fault('NOT_HALTED', `books are adjusted while trading is halted: halt ${portfolio} first`, 'never')
  await bookMissed(portfolio, ports)
  const { comparison, gap } = await difference(portfolio, ports)
  if (comparison.breaks.length === 0)
    throw new Fault('NOTHING_TO_ADJUST', `the books of ${portfolio} agree with its gateway`, 'never')
  await assertClosed(portfolio, ports, comparison.breaks)
  const view = ports.market.view(ports.clock.now())
  const price = (instrument: InstrumentId): Price =>
    view.quotes[instrument]?.price ?? lastCost(stateIn(ports.host, portfolio), instrument)
  return { type: 'adjusted', adjustment: adjustmentOf(comparison.breaks, gap, price), session: view.session, ...signed }
}

function adjustmentOf(breaks: readonly Break[], gap: Gap, price: (instrument: InstrumentId) => Price): Adjustment {
  const positions = gap.positions.map((row): AdjustedUnits => ({ ...row, price: price(row.instrument) }))
  const settled = breaks.filter(({ kind }) => kind === 'order' || kind === 'execution').map(({ subject }) => subject)
  return { positions, cash: gap.cash, fees: gap.fees, settled }
}

async function assertClosed(
  portfolio: PortfolioId,
  { gateway }: Pick<ReconcilePorts, 'gateway'>,
  breaks: readonly Break[],
): Promise<void> {
  for (const { kind, subject } of breaks) {
    if (kind !== 'order') continue
    const answer = await gateway.query(portfolio, subject as OrderId)
    if (answer.kind === 'known' && answer.report.status === 'accepted')
      throw new Fault('ORDER_OPEN', `the gateway may still trade order ${subject}: cancel it there first`, 'never')
  }
}

function lastCost({ book }: PortfolioState, instrument: InstrumentId): Price {
  const lot = book.positions[instrument]?.lots.at(-1)
  if (lot !== undefined) return lot.unitCost
  throw new Fault('NO_PRICE', `${instrument} has no price that units of it could be booked at`, 'never')
}
