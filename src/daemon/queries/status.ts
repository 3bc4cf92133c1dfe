import { cashOf } from '#domain/book/book.js'
import { drawdown } from '#domain/book/evolve.js'
import { calendarDue } from '#domain/calendar.js'
import { listedRestraints, restraintText, standingOf } from '#domain/permission/restraint.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioState, TriggerMemory } from '#domain/portfolio/state.js'
import { leaf } from '#machines/portfolio.machine.js'
import type { PortfolioId } from '#units/ids.js'
import { addDays, type SessionDate } from '#units/time.js'
import { type Sight, stateOf } from './sight.js'

/** Days looked ahead for the next calendar rebalance: two months always hold one. */
const HORIZON_DAYS = 62

/** Where a portfolio stands. */
export type StatusRow = ReturnType<typeof statusOf>

/** Where a portfolio stands: state, permission, value, last run, what is due next, journal head. */
export function statusOf(sight: Sight, portfolio: PortfolioId) {
  const { value, context } = stateOf(sight, portfolio)
  const { policy, book, memory, run } = context
  const { trading, reason: tradingReason } = standingOf(value.permission, context)
  const session = book.nav.markedSession
  const head = sight.journal.head(portfolio)
  return {
    portfolio,
    name: policy.name,
    mode: policy.mode,
    trading,
    tradingReason,
    /** What holds single names or the whole firm back, in words. */
    restraints: listedRestraints(context.restraints).map(restraintText),
    state: leaf(value),
    session,
    currency: policy.currency,
    equity: book.nav.equity.toFixed(2),
    cash: cashOf(book).toFixed(2),
    drawdown: drawdown(book),
    positions: Object.keys(book.positions).length,
    runs: context.runs,
    lastRun: run === null ? null : { run: run.id, session: run.session, status: run.status, outcome: run.outcome },
    cooldownUntil:
      session !== null && memory.cooldownUntil !== null && memory.cooldownUntil > session ? memory.cooldownUntil : null,
    nextCalendar: nextCalendarOf(context),
    seq: head.seq,
    hash: head.hash,
  }
}

/** The first day on which a portfolio's calendar is due after its last session; null when it never is. */
export function nextCalendarOf({ policy, memory, book }: PortfolioState): SessionDate | null {
  const session = book.nav.markedSession
  return session === null ? null : nextCalendar(policy, memory, session)
}

function nextCalendar(policy: PortfolioPolicy, memory: TriggerMemory, session: SessionDate): SessionDate | null {
  for (let days = 1; days <= HORIZON_DAYS; days += 1) {
    const day = addDays(session, days)
    if (calendarDue(policy.triggers.calendar, day, memory.calendarPeriod) !== null) return day
  }
  return null
}
