import type { PortfolioFact } from '#domain/portfolio/event.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'

/**
 * Delivers what concerns one portfolio alone: an assertion that fails has halted it already, and what gave way to an overload
 * is to be looked at again with the next pulse; its siblings go on. Answers whether it was taken in.
 */
export async function tell(
  host: Pick<Host, 'deliver'>,
  portfolio: PortfolioId,
  fact: PortfolioFact,
  cause: string,
): Promise<boolean> {
  try {
    await host.deliver(portfolio, fact, cause)
    return true
  } catch (error) {
    if (error instanceof Fault && error.code !== 'OVERLOADED') throw error
    return false
  }
}
