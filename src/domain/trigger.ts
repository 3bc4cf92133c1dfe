import { decimalFromFloat } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, least, minus, money, toCents } from '#units/money.js'
import type { Refusal } from '#units/outcome.js'
import type { Instant, SessionDate } from '#units/time.js'
import { openingCash } from './book/collateral.js'
import { spendableCash } from './book/evolve.js'
import { type Valuation, valuation } from './book/valuation.js'
import { curable, cureDue } from './breach.js'
import { calendarDue, type Look } from './calendar/due.js'
import { periodUnderWay } from './calendar/pace.js'
import { isSchedule } from './calendar/schedule.js'
import { whyDue } from './calendar/words.js'
import { deferralOf, isLookedAgain, putsOff } from './deferral.js'
import { sizingMoved } from './derisk/moved.js'
import { outstandingDue } from './derisk/outstanding.js'
import { analyseDrift, type DriftRow } from './drift.js'
import { specsOf } from './instrument/registry.js'
import { freshPrice, type MarketView } from './market.js'
import type { PortfolioState } from './portfolio/state.js'
import { FINAL_RUN } from './run.js'
import type { RunTask } from './task.js'
import { adjustmentNeeded, concerned, unusable } from './unusable.js'

/** What can start a run. */
export type TriggerKind = 'drift' | 'calendar' | 'cash' | 'manual' | 'risk' | 'targets'

/** A reason to rebalance, with the evidence it rests on. */
export interface Trigger {
  readonly kind: TriggerKind
  readonly at: Instant
  readonly session: SessionDate
  /** One sentence: `MSFT 31.2 % against 25.0 %, band 5.0 %`. */
  readonly why: string
  readonly evidence: Readonly<Record<string, string | number>>
  /** What an operator wants of the run; absent where it is to rebalance. */
  readonly task?: RunTask
}

/** A trigger whose condition holds but which may not start a run now. */
export interface BlockedTrigger {
  readonly kind: TriggerKind
  /** For metrics. */
  readonly code:
    | 'needs_adjustment'
    | 'stale_price'
    | 'no_equity'
    | 'cooldown'
    | 'run_cap'
    | 'beyond_horizon'
    | 'deferred'
    | 'refused'
  /** One sentence, naming the instruments. */
  readonly reason: string
  /** The instruments it is about: while they and the code stay, it is the same news, however old prices grow. */
  readonly about?: readonly InstrumentId[]
}

/** What a pulse asks of a portfolio: the run to start, and what would have started one but was held back. */
export interface Due {
  readonly trigger: Trigger | null
  readonly blocked: readonly BlockedTrigger[]
}

/** What the conditions look at. */
interface Sight {
  readonly state: PortfolioState
  readonly view: MarketView
  readonly valued: Valuation
  /** Refusals of the prices of what is held or targeted. */
  readonly stale: readonly { readonly id: InstrumentId; readonly refusal: Refusal }[]
}

/**
 * The run a market view calls for, if any: targets, else risk, else calendar, else drift, else cash.
 *
 * Never while a run is in progress, never on a view not newer than the last one triggered on, never before any member
 * of the universe has a price. Then, by kind:
 *   targets   the target model or policy changed, or there are none yet (tried again after the cooldown).
 *   risk      a limit has been broken longer than it may be, or the multiplier of the regime has moved by a tenth since
 *             targets were sized, or a rule kept a run from taking back what they say and may do so no longer.
 *   calendar  its period is due; past the horizon of its exchange's calendar it is blocked, and says so.
 *   drift     a band of the effective targets is breached, and no frozen holding makes that uncertain.
 *   cash      after a deposit, cash beyond max(reserve, target cash) reaches `minInvest`.
 * A stale, missing or invalid price of anything held or targeted blocks the first four (as `needs_adjustment` once it
 * has stopped trading, see {@link unusable}), as does equity that is not
 * positive; the cash trigger, which sells nothing, needs only that equity is known. Cooldown (calendar days) and the
 * cap on automatic runs a session hold back
 * calendar and drift alone; runs begun by targets, calendar and drift count towards the cap, cash, risk and manual runs do not.
 * Source: design domain.md section 3. Errors none: total on every input.
 */
export function due(state: PortfolioState, view: MarketView): Due {
  const { run, memory, policy } = state
  const idle = run === null || FINAL_RUN.has(run.status)
  const isNew = memory.lastViewAt === null || view.at > memory.lastViewAt
  if (!idle || !isNew || !policy.universe.some(({ id }) => freshPrice(view, id).ok)) return NOTHING_DUE
  const valued = valuation(state.book, view, specsOf(policy.universe))
  const sight = { state, view, valued, stale: stalePrices(state, view) }
  const blocked: BlockedTrigger[] = []
  for (const [kind, condition] of CONDITIONS) {
    const found = deferredOr(kind, condition, sight)
    if (found === null) continue
    if (!('code' in found)) return { trigger: found, blocked }
    blocked.push(found)
  }
  return { trigger: null, blocked }
}

/**
 * True when a condition other than drift may hold, whatever the prices: only where this is false do the bands alone
 * decide what {@link due} answers. It rests on the state, the session and, up to the next change of what the calendar
 * answers ({@link steadyUntil}), on no time.
 */
export function pendingBesideDrift(state: PortfolioState, look: Look): boolean {
  const { policy, memory } = state
  if (memory.targetsChanged || memory.depositPending || putsOff(memory, look) || sizingMoved(state) !== null)
    return true
  if (curable(state, look.session).length > 0 || outstandingDue(state, look.session) !== null) return true
  const found = calendarDue(policy.triggers.calendar, look, memory.calendarPeriod)
  return !found.ok || found.value !== null
}

/** What {@link due} answers most of the time. */
export const NOTHING_DUE: Due = { trigger: null, blocked: [] }

type Condition = (sight: Sight) => Trigger | BlockedTrigger | null

/** A condition, unless its run was put off: it is blocked until then, and what cannot be seen any more is taken from memory. */
function deferredOr(kind: TriggerKind, condition: Condition, sight: Sight): ReturnType<Condition> {
  const { state, view } = sight
  const put = deferralOf(state.memory, kind, view)
  if (put === null) return condition(sight)
  if ('code' in put) return put
  if (isLookedAgain(kind)) return condition(sight)
  const { why, evidence } = put
  return obstacle(kind, sight) ?? { kind, at: view.at, session: view.session, why: `${why} (put off before)`, evidence }
}

function targetsDue(sight: Sight): Trigger | BlockedTrigger | null {
  const { state, view } = sight
  if (!state.memory.targetsChanged) return null
  const first = state.effective === null
  const why = first ? 'first targets of this portfolio' : 'the target model or policy changed'
  return (
    obstacle('targets', sight) ??
    (first && state.run !== null ? heldBack('targets', state, view) : null) ?? {
      kind: 'targets',
      at: view.at,
      session: view.session,
      why,
      evidence: first ? underWay(sight) : {},
    }
  )
}

/** The calendar's period that first targets do for: what they buy is not rebalanced again for a day that has passed. */
function underWay({ state: { policy, memory }, view }: Sight): Trigger['evidence'] {
  const period = memory.calendarPeriod === '' ? periodUnderWay(policy.triggers.calendar, view) : ''
  return period === '' ? {} : { period }
}

function riskTrigger(sight: Sight): Trigger | BlockedTrigger | null {
  const { at, session } = sight.view
  const found = cureDue(sight.state, session) ?? sizingMoved(sight.state) ?? outstandingDue(sight.state, session)
  if (found === null) return null
  return obstacle('risk', sight) ?? { kind: 'risk', at, session, ...found, evidence: { ...found.evidence } }
}

function calendarTrigger(sight: Sight): Trigger | BlockedTrigger | null {
  const { state, view } = sight
  const { calendar } = state.policy.triggers
  const found = calendarDue(calendar, view, state.memory.calendarPeriod)
  if (!found.ok) return { kind: 'calendar', code: 'beyond_horizon', reason: found.refusal.message }
  if (found.value === null || calendar === null) return null
  const { period, day } = found.value
  const evidence = isSchedule(calendar) ? { period, due: day } : { period }
  return (
    obstacle('calendar', sight) ??
    heldBack('calendar', state, view) ?? {
      kind: 'calendar',
      at: view.at,
      session: view.session,
      why: whyDue(calendar, found.value),
      evidence,
    }
  )
}

function driftTrigger(sight: Sight): Trigger | BlockedTrigger | null {
  const { state, view, valued } = sight
  const { drift } = state.policy.triggers
  if (drift === null || state.effective === null) return null
  const { breaches, inconclusive } = analyseDrift(valued, state.effective, drift)
  const [worst] = breaches
  if (inconclusive.length > 0)
    return obstacle('drift', sight) ?? { kind: 'drift', code: 'stale_price', reason: inconclusive.join('; ') }
  if (worst === undefined) return null
  const { instrument, held, target, gap, band, kind } = worst
  const more = breaches.length > 1 ? ` and ${breaches.length - 1} more` : ''
  return (
    obstacle('drift', sight) ??
    heldBack('drift', state, view) ?? {
      kind: 'drift',
      at: view.at,
      session: view.session,
      why: `${driftSentence(worst)}${more}`,
      evidence: { instrument, held, target, gap, band, bandType: kind, breaches: breaches.length },
    }
  )
}

function cashTrigger({ state, view, valued }: Sight): Trigger | BlockedTrigger | null {
  const { policy, effective, book, memory } = state
  const terms = policy.triggers.cash
  if (terms === null || effective === null || !memory.depositPending) return null
  if (valued.unpriced.length > 0)
    return { kind: 'cash', code: 'no_equity', reason: `no price for ${valued.unpriced.join(', ')}: equity is unknown` }
  const share = decimalFromFloat(Math.max(policy.targets.cashReserve, effective.cash))
  const kept = greatest(money('0'), money(valued.equity.times(share)))
  const { allowUnsettled } = policy.orders
  const uncommitted = openingCash({ book, specs: specsOf(policy.universe), values: valued.values }, allowUnsettled)
  const investable = least(uncommitted, minus(spendableCash(book, allowUnsettled), kept))
  if (investable.lt(terms.minInvest)) return null
  const amount = toCents(investable).toFixed(2)
  const why = `${amount} ${policy.currency} to invest after a deposit, at least ${terms.minInvest.toFixed(2)} needed`
  return { kind: 'cash', at: view.at, session: view.session, why, evidence: { investable: amount } }
}

const CONDITIONS: readonly (readonly [TriggerKind, Condition])[] = [
  ['targets', targetsDue],
  ['risk', riskTrigger],
  ['calendar', calendarTrigger],
  ['drift', driftTrigger],
  ['cash', cashTrigger],
]

function stalePrices(state: PortfolioState, view: MarketView): Sight['stale'] {
  return concerned(state).flatMap((id) => {
    const price = freshPrice(view, id)
    return price.ok ? [] : [{ id, refusal: price.refusal }]
  })
}

/** What makes any figure of the run unsafe: names that trade no more, prices that may not be used, or equity that is not positive. */
function obstacle(kind: TriggerKind, { state, view, stale, valued }: Sight): BlockedTrigger | null {
  // New targets may be what takes a dead name out: one that is only wanted does not stand in their way.
  const replaced = (id: InstrumentId): boolean => kind === 'targets' && state.book.positions[id] === undefined
  const silent = unusable(state, view)
  const gone = silent.filter((id) => !replaced(id))
  if (gone.length > 0) return { kind, code: 'needs_adjustment', reason: adjustmentNeeded(gone, view), about: gone }
  const old = stale.filter(({ id }) => !(silent.includes(id) && replaced(id)))
  const reason = old.map(({ refusal }) => refusal.message).join('; ')
  if (old.length > 0) return { kind, code: 'stale_price', reason, about: old.map(({ id }) => id) }
  return valued.equity.gt(0) ? null : { kind, code: 'no_equity', reason: `equity is ${valued.equity.toFixed()}` }
}

function heldBack(kind: TriggerKind, { memory, policy }: PortfolioState, view: MarketView): BlockedTrigger | null {
  const { cooldownUntil, runsToday } = memory
  if (cooldownUntil !== null && view.session < cooldownUntil)
    return { kind, code: 'cooldown', reason: `in cooldown until ${cooldownUntil}` }
  const count = runsToday?.session === view.session ? runsToday.count : 0
  if (count >= policy.triggers.maxRunsPerDay)
    return { kind, code: 'run_cap', reason: `${count} automatic runs in session ${view.session} already` }
  return null
}

function driftSentence({ instrument, held, target, band, kind }: DriftRow): string {
  const percent = (weight: number): string => `${(weight * 100).toFixed(1)} %`
  const limit = kind === 'relative' ? `${percent(band)} of the target` : percent(band)
  return `${instrument} ${percent(held)} against ${percent(target)}, band ${limit}`
}
