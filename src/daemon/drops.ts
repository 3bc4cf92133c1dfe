import type { Log } from '#ports/log.js'
import type { DroppedPrice } from '#ports/market-feed.js'
import type { Metrics } from '#ports/metrics.js'

/** Dropped prices named in the log one by one; the rest is only counted. */
const NAMED = 20

/** Counts every price that had to be dropped and names the first ones: a bad price is never silently replaced. */
export function announceDrops(dropped: readonly DroppedPrice[], log: Log, metrics: Metrics): void {
  for (const { reason } of dropped) metrics.count('ballast_market_data_dropped_total', { reason })
  for (const { reason, where } of dropped.slice(0, NAMED)) log.warn({ reason, where }, 'price dropped')
  if (dropped.length > NAMED) log.warn({ dropped: dropped.length }, `and ${dropped.length - NAMED} more prices dropped`)
}
