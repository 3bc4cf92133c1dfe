import { encode } from '#units/canonical.js'
import type { InstrumentId } from '#units/ids.js'
import { noMoney } from '#units/money.js'
import { daysBetween, type Instant, type SessionDate, toIso, weekday } from '#units/time.js'
import type { BarSize } from '../market.js'
import { rejection } from './judgement.js'
import { type Move, movesOf } from './moves.js'
import type { Judgement, RuleContext } from './rule.js'

/** Which names move together. */
export interface ClusterReading {
  /** The last session it rests on. */
  readonly asOf: Instant
  /** The average correlation from which on names were joined. */
  readonly least: number
  /** Every name that was measured, in one cluster each; one alone is a cluster. */
  readonly clusters: readonly (readonly InstrumentId[])[]
}

/** How names move with factors. */
export interface BetaReading {
  /** The last session it rests on. */
  readonly asOf: Instant
  readonly factors: readonly string[]
  /** One beta a factor, of every name that was measured. */
  readonly betas: Readonly<Record<InstrumentId, readonly number[]>>
}

/** Returns that targets rest on, as text: see `scenarioReading`. */
export interface ScenarioReading {
  /** The last session it rests on. */
  readonly asOf: Instant
  readonly names: readonly InstrumentId[]
  readonly rows: number
  readonly returns: string
}

/** What rules know beyond plan, book and prices, as it was read last; journaled. Absent where no rule asks, or nothing could be read. */
export interface RuleReadings {
  readonly betas?: BetaReading
  readonly clusters?: ClusterReading
  readonly scenarios?: ScenarioReading
}

/** What clusters are made of. */
export interface ClusterTerms {
  /** Average correlation from which on names are joined. */
  readonly least: number
  /** Sessions of returns at most. */
  readonly window: number
  /** File of correlations to take in place of measured ones; null for none. */
  readonly matrix: string | null
  /** Names at most. */
  readonly maxNames: number
  /** Sessions a reading may be old. */
  readonly maxAge: number
}

/** What betas are made of. */
export interface BetaTerms {
  /** File of factor returns; null where none is named, and nothing can be measured. */
  readonly file: string | null
  readonly unit: 'percent' | 'fraction'
  /** Its column of the return without risk. */
  readonly riskFree: string
  /** Sessions of returns at most. */
  readonly window: number
  /** Sessions a reading may be old. */
  readonly maxAge: number
}

/** What scenarios are kept. */
export interface ScenarioTerms {
  /** Returns at most, sessions times names. */
  readonly maxReturns: number
  /** Sessions a reading may be old. */
  readonly maxAge: number
}

/** What a rule asks to be read; see {@link RuleReadings}. */
export interface WantedReadings {
  readonly betas?: BetaTerms
  readonly clusters?: ClusterTerms
  readonly scenarios?: ScenarioTerms
}

/**
 * Sessions that have closed since an instant: weekdays after its date, or months on monthly bars. A holiday counts as one, which
 * takes a reading for older than it is, never for younger. 0 for an instant to come. Dates are those of UTC.
 */
export function sessionsSince(asOf: Instant, at: Instant, barSize: BarSize): number {
  const [from, to] = [dateOf(asOf), dateOf(at)]
  if (to <= from) return 0
  if (barSize === '1mo') return monthOf(to) - monthOf(from)
  const days = daysBetween(from, to)
  let weekdays = Math.floor(days / 7) * 5
  const first = weekday(from)
  for (let day = 1; day <= days % 7; day += 1) if (![0, 6].includes((first + day) % 7)) weekdays += 1
  return weekdays
}

/** Why a reading may not be relied on; null when it may. `what` is what it is of: `correlations`. */
export function readingDoubt(
  what: string,
  reading: { readonly asOf: Instant } | undefined,
  maxAge: number,
  { at, view }: Pick<RuleContext, 'at' | 'view'>,
): string | null {
  if (reading === undefined) return `no ${what} have been read`
  const old = sessionsSince(reading.asOf, at, view.barSize)
  return old <= maxAge ? null : `${what} are ${old} sessions old, more than ${maxAge}`
}

/** A rejection of every leg that opens or adds to a holding; those that only take one toward zero pass. */
export const rejectOpening = (
  rule: string,
  reason: string,
  context: RuleContext,
  of: (move: Move) => boolean = all,
): readonly Judgement[] =>
  movesOf(context)
    .moves.filter((move) => of(move) && adds(move))
    .map(({ leg }) => rejection(rule, leg.id, reason))

/** A context without the legs that judgements reject: what they would do counts to no limit. */
export function withoutRejected(rejected: readonly Judgement[], context: RuleContext): RuleContext {
  if (rejected.length === 0) return context
  const gone = new Set(rejected.map(({ leg }) => leg))
  return { ...context, plan: { ...context.plan, legs: context.plan.legs.filter(({ id }) => !gone.has(id)) } }
}

/** A rejection of what opens or adds to a name that a reading does not cover. */
export const rejectUncovered = (
  rule: string,
  what: string,
  covers: (instrument: InstrumentId) => boolean,
  context: RuleContext,
): readonly Judgement[] =>
  [...new Set(movesOf(context).moves.map(({ leg }) => leg.instrument))]
    .filter((instrument) => !covers(instrument))
    .flatMap((instrument) =>
      rejectOpening(rule, `no ${what} are known of ${instrument}`, context, ({ leg }) => leg.instrument === instrument),
    )

/** True of a leg that opens or adds, and of one nobody can price, of which that cannot be told. */
export const adds = (move: Move): boolean => move.opens.gt(noMoney) || (move.doubt !== '' && move.reduces.isZero())

/**
 * What is news of a reading: what was never read or says something else, and what renews one that has used up half of its age.
 * A market is looked at every session; a journal need not be. `said` is what makes a reading another; all of it unless given.
 */
export function isNewReading<Reading extends { readonly asOf: Instant }>(
  known: Reading | undefined,
  reading: Reading,
  { maxAge, barSize }: { readonly maxAge: number; readonly barSize: BarSize },
  said: (reading: Reading) => unknown = whole,
): boolean {
  if (known === undefined || reading.asOf < known.asOf) return known === undefined
  if (encode(said(known)) !== encode(said(reading))) return true
  return sessionsSince(known.asOf, reading.asOf, barSize) > maxAge / 2
}

const whole = (reading: object): unknown => ({ ...reading, asOf: 0 })
const all = (): boolean => true
const dateOf = (at: Instant): SessionDate => toIso(at).slice(0, 10) as SessionDate
const monthOf = (date: SessionDate): number => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7))
