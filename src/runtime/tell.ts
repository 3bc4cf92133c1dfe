import type { PortfolioFact } from '#domain/portfolio/event.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'

/**
 * Delivers what concerns one portfolio alone: an assertion that fails has halted it already, and what gave way to an overload
 * is looked at again with the next pulse; its siblings go on.
 */
export async function tell(
  host: Pick<Host, 'deliver'>,
  portfolio: PortfolioId,
  fact: PortfolioFact,
  cause: string,
): Promise<void> {
  try {
    await host.deliver(portfolio, fact, cause)
  } catch (error) {
    if (error instanceof Fault && error.code !== 'OVERLOADED') throw error
  }
}
