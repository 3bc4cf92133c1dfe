import type { Entry } from '#domain/portfolio/entry.js'
import { create, type PortfolioSnapshot, react } from '#machines/portfolio.machine.js'
import type { Recovered } from '#ports/journal.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { hashOf, restore } from './image.js'

/** A portfolio's state as its journal tells it. */
export interface RecoveredState {
  readonly snapshot: PortfolioSnapshot
  /** Entries replayed on top of the saved state. */
  readonly replayed: number
}

/**
 * Restores a portfolio: the saved state, then every later event through the same transitions, each state compared
 * with the hash its entry carries (invariant I5: replay gives the same state).
 * @throws Fault JOURNAL_CORRUPT when a replayed state differs or nothing was stored.
 */
export function recoverState(portfolio: PortfolioId, stored: Pick<Recovered, 'snapshot' | 'entries'>): RecoveredState {
  let snapshot = stored.snapshot === null ? null : restore(stored.snapshot.text)
  for (const entry of stored.entries) {
    const step = snapshot === null ? create(entry.event) : react(snapshot, entry.event)
    snapshot = { value: step.value, context: step.context }
    if (hashOf(snapshot, entry.v) !== entry.stateHash) throw differs(portfolio, entry)
  }
  if (snapshot === null)
    throw new Fault('JOURNAL_CORRUPT', `${portfolio} has neither a snapshot nor entries`, 'never', { portfolio })
  return { snapshot, replayed: stored.entries.length }
}

const differs = (portfolio: PortfolioId, entry: Entry): Fault =>
  new Fault(
    'JOURNAL_CORRUPT',
    `replay of ${portfolio} gives another state at sequence ${entry.seq} (${entry.event.type}) than was journaled`,
    'never',
    { portfolio, seq: entry.seq },
  )
