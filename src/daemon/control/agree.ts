import type { Assent } from '#domain/portfolio/event.js'
import { compare } from '#runtime/compare.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type ControlParts, type Settling, settled } from './parties.js'

/** Breaks named in a refusal's sentence; its details name more. */
const NAMED = 3
const DETAILED = 20

/**
 * Compares a portfolio's books with its gateway's, afresh: what a halt is undone on.
 * @throws Fault `BREAKS` (never) naming what differs, `NOT_COMPARED` (safe) when the gateway does not answer.
 */
export async function agreement(
  parts: Pick<ControlParts, 'engine' | 'journal' | 'gateway'> & Settling,
  portfolio: PortfolioId,
): Promise<NonNullable<Assent['agreed']>> {
  const { engine, journal, gateway } = parts
  const ports = { host: engine.host, journal, gateway, between: settled(parts) }
  const { breaks, compared } = await compare(portfolio, ports).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new Fault('NOT_COMPARED', `the books of ${portfolio} cannot be compared with its gateway: ${why}`, 'safe')
  })
  if (breaks.length === 0) return compared
  const messages = breaks.map(({ message }) => message)
  const more = breaks.length > NAMED ? ` and ${breaks.length - NAMED} more` : ''
  throw new Fault(
    'BREAKS',
    `${portfolio} stays as it is: its books differ from the gateway's: ${messages.slice(0, NAMED).join('; ')}${more}`,
    'never',
    { portfolio, breaks: messages.slice(0, DETAILED) },
  )
}
