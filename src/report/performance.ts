import type { BarSize } from '#domain/market.js'
import { empiricalTail } from '#numerics/tail.js'
import { type Money, noMoney, plus } from '#units/money.js'
import { daysBetween, type SessionDate } from '#units/time.js'
import type { PortfolioHistory, SessionClose } from './portfolio-history.js'

/** Bars a year, by which figures per bar are annualised: 252 sessions, of 390 minutes. */
const BARS_PER_YEAR: Readonly<Record<BarSize, number>> = { '1m': 252 * 390, '1d': 252, '1mo': 12 }

/** The deepest loss from a high-water mark. */
export interface Drawdown {
  /** Fraction of the high-water mark, > 0. */
  readonly depth: number
  /** Session of the high-water mark; the first session when the loss began before any new high. */
  readonly peak: SessionDate
  readonly trough: SessionDate
  /** First session at a new high; null when it is not made up yet. */
  readonly recovered: SessionDate | null
}

/** Figures of a history, fractions unless said otherwise; null where too little is known for the figure to exist. */
export interface Performance {
  readonly equity: Money
  readonly totalReturn: number
  readonly cagr: number | null
  readonly volatility: number | null
  readonly sharpe: number | null
  readonly maxDrawdown: Drawdown | null
  readonly worstBar: { readonly session: SessionDate; readonly return: number } | null
  readonly cvar95: number | null
  /** Times a year. */
  readonly turnover: number | null
  /** Realised cost in basis points of the value traded. */
  readonly costBps: number | null
}

/**
 * The figures of one portfolio, on the value of a unit L (1 at the first cash, so that flows do not count) and bar
 * returns r_t = L_t / L_(t−1) − 1 between closes:
 *
 *   total return  L_n − 1                               CAGR    L_n^(1/years) − 1, years = days / 365.25
 *   volatility    s(r)·√P, s with divisor n − 1         Sharpe  mean(r)·P / volatility, no risk-free rate
 *   CVaR95        mean loss of the worst 5 % of r       turnover  min(Σ bought, Σ sold) / mean equity / years
 *   cost          realised cost / (Σ bought + Σ sold)
 *
 * P is {@link BARS_PER_YEAR}. Edges: a single close has neither CAGR nor volatility; no volatility, no Sharpe ratio.
 * Source: turnover as in SEC Form N-1A, item 13; Sharpe, J. Portfolio Management 21(1), 1994; CVaR as in `empiricalTail`.
 */
export function performance(history: PortfolioHistory): Performance {
  const { sessions, totals } = history
  const last = sessions.at(-1)
  const returns = barReturns(sessions)
  const years = last === undefined ? 0 : daysBetween(sessions[0]!.session, last.session) / 365.25
  const level = last?.level ?? 1
  const volatility = annualVolatility(returns, history.barSize)
  const traded = plus(totals.bought, totals.sold)
  return {
    equity: last?.equity ?? noMoney,
    totalReturn: level - 1,
    cagr: years > 0 && level > 0 ? level ** (1 / years) - 1 : null,
    volatility,
    sharpe:
      volatility === null || volatility === 0 ? null : (mean(returns) * BARS_PER_YEAR[history.barSize]) / volatility,
    maxDrawdown: maxDrawdown(sessions),
    worstBar: worstBar(sessions, returns),
    cvar95:
      returns.length === 0
        ? null
        : empiricalTail(
            Float64Array.from(returns, (r) => -r),
            0.95,
          ).cvar,
    turnover: yearlyTurnover(history, years),
    costBps: traded.isZero() ? null : totals.realisedCost.div(traded).times('10000').toNumber(),
  }
}

/** Simple returns between consecutive closes: one fewer than there are closes. */
export const barReturns = (sessions: readonly SessionClose[]): readonly number[] =>
  sessions.slice(1).map((close, index) => close.level / sessions[index]!.level - 1)

/** Sample standard deviation of bar returns, annualised by the square root of the bars a year; null below two. */
export function annualVolatility(returns: readonly number[], barSize: BarSize): number | null {
  if (returns.length < 2) return null
  const centre = mean(returns)
  const squares = returns.reduce((sum, r) => sum + (r - centre) ** 2, 0)
  return Math.sqrt((squares / (returns.length - 1)) * BARS_PER_YEAR[barSize])
}

/** The deepest drawdown and its dates, the earliest of equals; null when no close was ever below its high. */
export function maxDrawdown(sessions: readonly SessionClose[]): Drawdown | null {
  let trough = -1
  for (const [index, close] of sessions.entries())
    if (close.drawdown > (sessions[trough]?.drawdown ?? 0)) trough = index
  const deepest = sessions[trough]
  if (deepest === undefined) return null
  const peak = sessions.slice(0, trough).findLast((close) => close.drawdown === 0) ?? sessions[0]!
  const recovered = sessions.slice(trough + 1).find((close) => close.drawdown === 0)
  return {
    depth: deepest.drawdown,
    peak: peak.session,
    trough: deepest.session,
    recovered: recovered?.session ?? null,
  }
}

function worstBar(sessions: readonly SessionClose[], returns: readonly number[]): Performance['worstBar'] {
  if (returns.length === 0) return null
  let worst = 0
  for (const [index, value] of returns.entries()) if (value < returns[worst]!) worst = index
  return { session: sessions[worst + 1]!.session, return: returns[worst]! }
}

function yearlyTurnover({ sessions, totals }: PortfolioHistory, years: number): number | null {
  if (years <= 0) return null
  const average = mean(sessions.map((close) => close.equity.toNumber()))
  const lesser = totals.bought.lt(totals.sold) ? totals.bought : totals.sold
  return average > 0 ? lesser.toNumber() / average / years : null
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
