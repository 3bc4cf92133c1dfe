import type { Run } from '#domain/run.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory, SessionBars } from '#ports/market-feed.js'
import type { ReadableHistory } from '#report/collect.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import type { SessionDate } from '#units/time.js'

/** Names the demo's journals, so that equal runs have equal order ids. */
export const DEMO_SEED = 'demo'

/** What the demo runs on and whom it tells. */
export interface Performance {
  readonly history: PriceHistory
  /** Where the history was read from, for processes that read it themselves. */
  readonly source: {
    readonly file: string
    readonly from?: SessionDate
    readonly to?: SessionDate
    readonly universe?: readonly InstrumentId[]
  }
  /** NATS server to use; null starts one. Only read when the demo runs over NATS. */
  readonly nats: string | null
  readonly stateDir: string
  /** Sessions a second, 0 for as fast as it goes. */
  readonly speed: number
  readonly listen: string
  readonly log: Log
  readonly signal: AbortSignal
  readonly onServing: (address: string) => void
  readonly onRun: (run: Run) => void
  /** A line about a run that only its announcement is known of. */
  readonly onTold: (line: string) => void
  readonly onSession: (bars: Pick<SessionBars, 'session'>, number: number, total: number) => void
}

/** The books when the demo is over. */
export interface Finished {
  readonly portfolios: readonly PortfolioId[]
  readonly journal: ReadableHistory
}
