import { cashOf } from '#domain/book/book.js'
import { drawdown } from '#domain/book/evolve.js'
import { passiveText } from '#domain/breach.js'
import type { Look } from '#domain/calendar/due.js'
import { type NextRun, nextRun } from '#domain/calendar/next.js'
import { calendarWords } from '#domain/calendar/words.js'
import { deferralText } from '#domain/deferral.js'
import { outstandingText } from '#domain/derisk/outstanding.js'
import { listedRestraints, restraintText, standingOf } from '#domain/permission/restraint.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { NO_REGIME } from '#domain/regime/standing.js'
import { adjustmentNeeded, unusable } from '#domain/unusable.js'
import { leaf } from '#machines/portfolio.machine.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { toIso } from '#units/time.js'
import { type Sight, stateOf } from './sight.js'

/** Where a portfolio stands. */
export type StatusRow = ReturnType<typeof statusOf>

/** Where a portfolio stands: state, permission, value, last run, what is due next, journal head. */
export function statusOf(sight: Sight, portfolio: PortfolioId) {
  const { value, context } = stateOf(sight, portfolio)
  const { policy, book, memory, run } = context
  const { trading, reason: tradingReason } = standingOf(value.permission, context)
  const session = book.nav.markedSession
  const head = sight.journal.head(portfolio)
  const calendar = calendarOf(sight, portfolio)
  return {
    portfolio,
    name: policy.name,
    mode: policy.mode,
    trading,
    tradingReason,
    /** What holds single names or the whole firm back, in words. */
    restraints: listedRestraints(context.restraints).map(restraintText),
    state: leaf(value),
    /** What a person has to change before anything is traded by itself; empty when nothing. */
    needsAdjustment: adjustmentOf(sight, portfolio, context),
    session,
    currency: policy.currency,
    equity: book.nav.equity.toFixed(2),
    cash: cashOf(book).toFixed(2),
    drawdown: drawdown(book),
    positions: Object.keys(book.positions).length,
    /** Limits that the market has broken, in words, and how long that may last. */
    breaches: (context.breaches ?? []).map(passiveText),
    /** What kind of market it is taken to be in; null where its file does not ask. */
    regime: regimeOf(context),
    /** The plan that waits for people; null while none does. */
    approval: waitingPlan(run),
    runs: context.runs,
    lastRun: run === null ? null : { run: run.id, session: run.session, status: run.status, outcome: run.outcome },
    cooldownUntil:
      session !== null && memory.cooldownUntil !== null && memory.cooldownUntil > session ? memory.cooldownUntil : null,
    /** Runs that rules have put off or refused and that would be due otherwise, in words. */
    putOff: putOffIn(context),
    nextCalendar: calendar.next?.session ?? null,
    /** Its schedule in words, the run that is next with the time it may begin, and else why there is none. */
    calendar,
    seq: head.seq,
    hash: head.hash,
  }
}

/** The regime in force, what it rests on, and until when. */
function regimeOf({ policy, regime: known }: PortfolioState) {
  if (policy.regime === undefined) return null
  const { reading, override, regime, multiplier, because } = known ?? NO_REGIME
  return {
    regime,
    multiplier,
    because,
    reading: reading && { ...reading, at: toIso(reading.at) },
    override: override && { ...override, until: toIso(override.until) },
  }
}

/** What was put off and is begun later, or not before the next session, and what risk could not be taken back. */
const putOffIn = ({ memory, book }: PortfolioState): readonly string[] => [
  ...Object.entries(memory.deferred ?? {})
    .filter(([, row]) => 'until' in row || book.nav.markedSession === null || book.nav.markedSession <= row.through)
    .map(([kind, row]) => `${kind} ${deferralText(row)}`),
  ...(memory.outstanding === undefined ? [] : [outstandingText(memory.outstanding)]),
]

/** A plan that waits for people: which, why, since and until when, and who has approved so far. */
function waitingPlan(run: PortfolioState['run']) {
  if (run?.approval === undefined || run.status !== 'AWAITING_APPROVAL') return null
  const { approval, plan, id, trigger } = run
  return {
    run: id,
    plan: plan?.hash ?? '',
    why: trigger.why,
    reasons: approval.reasons.map(({ reason }) => reason),
    since: toIso(approval.since),
    until: toIso(approval.until),
    approvers: approval.approvers,
    approvedBy: approval.decisions.map(({ actor }) => actor),
  }
}

/** The run a portfolio's calendar calls for next, and in words why there is none. */
export function calendarOf(sight: Sight, portfolio: PortfolioId) {
  const { context } = stateOf(sight, portfolio)
  const { calendar } = context.policy.triggers
  if (calendar === null) return { schedule: null, next: null, none: 'it has no calendar' }
  const schedule = calendarWords(calendar)
  const look = lookOf(sight, portfolio, context)
  if (look === null) return { schedule, next: null, none: 'it has closed no session yet' }
  const found = nextRun(calendar, context.memory, look)
  return found.ok
    ? { schedule, next: found.value && rowOf(found.value), none: null }
    : { schedule, next: null, none: found.refusal.message }
}

/** By the market as it is now; nothing while none is heard. */
function adjustmentOf(sight: Sight, portfolio: PortfolioId, state: PortfolioState): string {
  try {
    const { view } = sight.market(portfolio)
    return adjustmentNeeded(unusable(state, view), view)
  } catch (error) {
    if (error instanceof Fault) return ''
    throw error
  }
}

const rowOf = ({ period, session, at }: NextRun) => ({ period, session, at: at === null ? null : toIso(at) })

/** Where its market stands: by the last session closed, and on minute bars by the time of the market, if that is heard. */
function lookOf(sight: Sight, portfolio: PortfolioId, { book, run }: PortfolioState): Look | null {
  const session = book.nav.markedSession
  if (session === null || run === null) return null
  const { at, barSize } = run.view
  if (barSize !== '1m') return { at, session, barSize }
  try {
    return sight.market(portfolio).view
  } catch (error) {
    if (error instanceof Fault) return { at, session, barSize }
    throw error
  }
}
