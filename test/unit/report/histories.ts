import type { BarSize } from '#domain/market.js'
import type { PortfolioHistory, RunSummary, SessionClose } from '#report/portfolio-history.js'
import { instrumentId, portfolioId, runId } from '#units/ids.js'
import { money, noMoney, price, quantity } from '#units/money.js'
import { addDays, sessionDate } from '#units/time.js'

/** Closes at these unit values, one session each `days` apart, a million units, drawdown from the highest so far. */
export function closesAt(levels: readonly number[], days = 1): readonly SessionClose[] {
  let high = 1
  return levels.map((level, index) => {
    high = Math.max(high, level)
    return {
      session: addDays(sessionDate('2020-01-01'), index * days),
      equity: money((level * 1_000_000).toFixed(2)),
      level,
      drawdown: 1 - level / high,
      cash: 0.1,
    }
  })
}

/** A completed run of a session, with what is said of it changed. */
export const runAt = (number: number, session: string, changes: Partial<RunSummary> = {}): RunSummary => ({
  id: runId(number),
  session: sessionDate(session),
  trigger: 'drift',
  why: 'AAA 31.2 % against 25.0 %, band 5.0 %',
  status: 'COMPLETED',
  outcome: 'as planned',
  turnover: 0.05,
  estimatedCost: money('12.34'),
  realisedCost: money('10.01'),
  cvarBefore: 0.03,
  cvarAfter: 0.02,
  bought: money('50000'),
  sold: money('40000'),
  ...changes,
})

/** A history of one instrument over these closes. */
export function historyOf(
  sessions: readonly SessionClose[],
  barSize: BarSize = '1d',
  changes: Partial<PortfolioHistory> = {},
): PortfolioHistory {
  const portfolio = portfolioId('alpha')
  return {
    portfolio,
    name: 'Alpha',
    currency: 'USD',
    targets: 'fixed',
    barSize,
    sessions,
    weights: [{ instrument: instrumentId('AAA'), values: sessions.map(() => 0.9) }],
    runs: [runAt(1, '2020-01-01')],
    trades: [
      {
        session: sessionDate('2020-01-01'),
        instrument: instrumentId('AAA'),
        side: 'buy',
        quantity: quantity('500'),
        price: price('100'),
        value: money('50000'),
        fee: noMoney,
      },
    ],
    totals: {
      deposited: money('1000000'),
      bought: money('50000'),
      sold: money('40000'),
      fees: noMoney,
      estimatedCost: money('12.34'),
      realisedCost: money('10.01'),
    },
    positions: [
      {
        instrument: instrumentId('AAA'),
        quantity: quantity('9000'),
        price: price('100'),
        value: money('900000'),
        weight: 0.9,
        cost: money('880000.10'),
      },
    ],
    cash: money('100000'),
    head: { seq: 12, hash: 'ab'.repeat(32) },
    verification: { ok: true, portfolio, entries: 12, head: 'ab'.repeat(32) },
    ...changes,
  }
}
