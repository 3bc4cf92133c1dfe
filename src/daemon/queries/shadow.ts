import { candidateId, type ShadowRecord } from '#domain/shadow/record.js'
import { type ShadowSummary, summaryOf } from '#domain/shadow/summary.js'
import type { PortfolioId } from '#units/ids.js'
import { type Sight, stateOf } from './sight.js'

/** How many of the newest records are wanted in full. */
export interface ShadowAsked {
  readonly last: number
}

/** What a portfolio's candidate would have done. */
export interface ShadowReport {
  readonly portfolio: PortfolioId
  readonly currency: string
  /** The candidate configured now; null for none. */
  readonly candidate: { readonly id: string; readonly name: string } | null
  /** Records kept; the summary is of those. */
  readonly kept: number
  readonly summary: ShadowSummary
  /** The newest ones, oldest first. */
  readonly runs: readonly ShadowRecord[]
}

/** A candidate beside the live policy, over all records that are kept of it. */
export async function shadowOf(sight: Sight, portfolio: PortfolioId, { last }: ShadowAsked): Promise<ShadowReport> {
  const { currency } = stateOf(sight, portfolio).context.policy
  // One that was dropped is on record before the run that it had to wait for.
  const records = [...(await sight.shadows(portfolio))].sort((a, b) => a.at - b.at)
  const candidate = sight.candidate(portfolio)
  return {
    ...{ portfolio, currency },
    candidate: candidate && { id: candidateId(candidate), name: candidate.name },
    kept: records.length,
    summary: summaryOf(records),
    runs: records.slice(-last),
  }
}
