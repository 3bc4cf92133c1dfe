import type { ShadowRecord } from '#domain/shadow/record.js'
import type { ShadowSide } from '#domain/shadow/side.js'
import { portfolioId, runId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'

/** A side that does nothing, but for the changes given. */
export const side = (changes: Partial<ShadowSide> = {}): ShadowSide => ({
  ...{ status: 'SETTLING', failure: null, waits: [], targets: null, plan: null, turnover: 0, cost: '0.00' },
  ...{ legs: [], skipped: [], judgements: [] },
  ...changes,
})

/** A trade of which so much was let through. */
export const leg = (id: string, approved: string, planned = approved) => ({
  ...{ id, planned, approved, value: '1000.00', cost: '1.00' },
})

/** A record of the portfolio `core` that says the same was done, but for the changes given. */
export const recordOf = (number: number, changes: Partial<ShadowRecord> = {}): ShadowRecord => ({
  ...{ v: 1, portfolio: portfolioId('core'), run: runId(number), session: sessionDate('2024-01-02') },
  ...{ at: instant(Date.UTC(2024, 0, 2) + number), trigger: { kind: 'drift', why: 'AAA is past its band' } },
  ...{ candidate: 'aaaa', outcome: 'same', error: null, live: side(), shadow: side(), difference: null },
  ...changes,
})
