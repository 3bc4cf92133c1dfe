import type { ShadowRecord } from '#domain/shadow/record.js'
import type { PortfolioId } from '#units/ids.js'

/** Where comparisons of candidates with live policies are kept: beside the journals, never in them. */
export interface ShadowStore {
  /** Keeps a record; the oldest ones of its portfolio make room. @throws Error when it cannot: nothing else depends on it. */
  append(record: ShadowRecord): Promise<void>
  /** What is kept of a portfolio, oldest first. */
  read(portfolio: PortfolioId): Promise<readonly ShadowRecord[]>
}
