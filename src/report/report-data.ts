import type { PortfolioHistory } from './portfolio-history.js'

/** What a report is made of. It carries no clock: the same data gives the same page to the byte. */
export interface ReportData {
  readonly title: string
  /** Where the prices came from, in words. */
  readonly source: string
  /** What the order ids were seeded with; null when they were drawn at random. */
  readonly seed: string | null
  /** Version of the program. */
  readonly version: string
  readonly portfolios: readonly PortfolioHistory[]
}
