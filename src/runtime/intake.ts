import type { Execution } from '#domain/book/events.js'
import type { OrderReport, ReportSink } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'

/** The inbox key of an execution. */
export const executionKey = (execution: Execution): string => `exec:${execution.id}`

/**
 * Takes a gateway's reports. An execution is journaled once however often it is reported (invariant I3); the same id
 * with other content halts the portfolio. Each promise settles after the entry is on disk (invariant I9). A portfolio the
 * journal does not know, or that somebody else has taken over, is not this process's to answer for: Fault
 * `UNKNOWN_PORTFOLIO` or `FENCED` (both safe: the gateway tells it again, and its owner hears it).
 */
export function intake(host: Host, journal: Journal, fenced: ReadonlySet<PortfolioId> = new Set()): ReportSink {
  const underWay = new Map<string, { readonly digest: string; readonly done: Promise<void> }>()
  const mustKnow = (portfolio: PortfolioId): void => {
    if (host.snapshot(portfolio) === undefined)
      throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not in this journal`, 'safe', { portfolio })
    if (fenced.has(portfolio))
      throw new Fault('FENCED', `${portfolio} belongs to another process`, 'safe', { portfolio })
  }
  return {
    async execution(portfolio: PortfolioId, execution: Execution): Promise<void> {
      mustKnow(portfolio)
      const key = executionKey(execution)
      const content = digest(encode(execution))
      const pending = underWay.get(`${portfolio} ${key}`)
      if (pending?.digest === content) return pending.done
      const booked = pending?.digest ?? journal.inbox(portfolio, key)
      if (booked === content) return
      if (booked !== undefined) {
        await host.deliver(portfolio, { type: 'conflicted', execution, booked }, execution.orderId)
        return
      }
      const origin = { answers: [], inbox: { key, digest: content } }
      const done = host
        .deliver(portfolio, { type: 'filled', execution }, execution.orderId, origin)
        .then(() => undefined)
      underWay.set(`${portfolio} ${key}`, { digest: content, done })
      try {
        await done
      } finally {
        underWay.delete(`${portfolio} ${key}`)
      }
    },
    async order(portfolio: PortfolioId, report: OrderReport): Promise<void> {
      mustKnow(portfolio)
      const { orderId, status, cumulative, reason } = report
      await host.deliver(
        portfolio,
        { type: 'orderNews', orderId, news: { kind: 'reported', status, cumulative, reason } },
        orderId,
      )
    },
  }
}
