import { digest } from '#units/digest.js'
import type { InstrumentId } from '#units/ids.js'
import type { ScenarioSet } from './source.js'

/** Closes of one session; an absent close is missing. Decimal text or a float. */
export interface SessionCloses {
  readonly session: string
  readonly closes: Readonly<Record<InstrumentId, string | number>>
}

/** What a scenario window is cut from. */
export interface ScenarioHistory {
  readonly instruments: readonly InstrumentId[]
  /** Bars up to the decision, oldest first. */
  readonly sessions: readonly SessionCloses[]
  /** Returns an instrument needs to enter; below 1 counts as 1. */
  readonly minimum: number
  /** Rows kept at most. */
  readonly maximum: number
}

/** Reason of an instrument that has never been priced: it does not trade yet. */
export const NO_PRICE_YET = 'no price yet'
/** Instruments of the universe that do not trade yet. */
export const neverPriced = ({ excluded }: ScenarioSet): ReadonlySet<InstrumentId> =>
  new Set(excluded.filter(({ reason }) => reason === NO_PRICE_YET).map(({ instrument }) => instrument))

/** Instruments of the universe that have a price, enough history or not, in order of id. */
export const pricedNames = ({ instruments, excluded }: ScenarioSet): readonly InstrumentId[] =>
  [
    ...instruments,
    ...excluded.filter(({ reason }) => reason !== NO_PRICE_YET).map(({ instrument }) => instrument),
  ].sort()

/** Why there are no scenarios, naming who is missing what. */
export function nobodyEligible({ excluded }: ScenarioSet, minimum: number): string {
  const causes = excluded.map(({ instrument, reason }) => `${instrument} ${reason}`)
  return `no instrument has ${minimum} consecutive returns${causes.length > 0 ? `: ${causes.join(', ')}` : ''}`
}

/** That weights wait in cash for names that do not trade yet; empty when there are none. */
export const waitingNote = (waiting: readonly InstrumentId[]): string =>
  waiting.length === 0 ? '' : `${NO_PRICE_YET}, in cash until it trades: ${waiting.join(', ')}`

/** Reason of an instrument that was priced before but not in the latest session. */
export const NO_LAST_PRICE = 'no price in the last session'

/**
 * The latest common window of simple bar returns, close/previous close − 1.
 *
 * Units   returns are fractions per bar; columns sorted by id, rows oldest first; `from` and `to` are the sessions the
 *         first and last return end in.
 * Edges   an instrument enters with at least `minimum` consecutive latest returns (a gap breaks the streak); the window
 *         is the common history of those that entered, at most `maximum` rows. A close that is not a positive finite
 *         number is missing. Nobody eligible: zero rows and columns.
 * Errors  none: total on every input. The digest is SHA-256 over ids, session dates and the bits of every return.
 * Cost    O(window × instruments).
 */
export function scenarioSet(history: ScenarioHistory): ScenarioSet {
  const { sessions, maximum } = history
  const minimum = Math.max(1, history.minimum)
  const excluded: { instrument: InstrumentId; reason: string }[] = []
  const instruments: InstrumentId[] = []
  let common = Math.max(0, Math.floor(maximum))
  for (const instrument of [...new Set(history.instruments)].sort()) {
    const streak = latestReturns(sessions, instrument, Math.max(minimum, common))
    if (streak >= minimum) {
      instruments.push(instrument)
      common = Math.min(common, streak)
    } else excluded.push({ instrument, reason: exclusion(sessions, instrument, streak, minimum) })
  }
  const rows = instruments.length === 0 ? 0 : common
  if (rows === 0) return { instruments: [], rows, ...emptyWindow, excluded }
  const returns = windowReturns(sessions, instruments, rows)
  const dates = sessions.slice(-rows).map((bar) => bar.session)
  return {
    instruments,
    rows,
    returns,
    from: dates[0]!,
    to: dates[rows - 1]!,
    excluded,
    digest: windowDigest(instruments, dates, returns),
  }
}

/** The close as a float, undefined unless positive and finite. */
function closeOf(bar: SessionCloses, instrument: InstrumentId): number | undefined {
  const close = bar.closes[instrument]
  if (close === undefined || close === '') return undefined
  const value = Number(close)
  return Number.isFinite(value) && value > 0 ? value : undefined
}

/** Consecutive returns up to the last session, counted no further than `enough`; −1 without a last close. */
function latestReturns(sessions: readonly SessionCloses[], instrument: InstrumentId, enough: number): number {
  let closes = 0
  for (let index = sessions.length - 1; index >= 0 && closes <= enough; index -= 1) {
    if (closeOf(sessions[index]!, instrument) === undefined) break
    closes += 1
  }
  return closes - 1
}

function exclusion(sessions: readonly SessionCloses[], instrument: InstrumentId, streak: number, minimum: number) {
  if (streak >= 0) return `${streak} of ${minimum} returns`
  return sessions.some((bar) => closeOf(bar, instrument) !== undefined) ? NO_LAST_PRICE : NO_PRICE_YET
}

function windowReturns(sessions: readonly SessionCloses[], instruments: readonly InstrumentId[], rows: number) {
  const columns = instruments.length
  const returns = new Float64Array(rows * columns)
  const first = sessions.length - rows - 1
  instruments.forEach((instrument, column) => {
    let previous = closeOf(sessions[first]!, instrument)!
    for (let row = 0; row < rows; row += 1) {
      const close = closeOf(sessions[first + 1 + row]!, instrument)!
      returns[row * columns + column] = close / previous - 1
      previous = close
    }
  })
  return returns
}

/** Big-endian bits in hexadecimal: the same text on every machine, and no two floats share it. */
function windowDigest(instruments: readonly InstrumentId[], dates: readonly string[], returns: Float64Array): string {
  const view = new DataView(new ArrayBuffer(8))
  const bits: string[] = []
  for (const value of returns) {
    view.setFloat64(0, value)
    bits.push(view.getUint32(0).toString(16).padStart(8, '0') + view.getUint32(4).toString(16).padStart(8, '0'))
  }
  return digest([instruments.join(','), dates.join(','), bits.join('')].join('\n'))
}

const emptyWindow = { returns: new Float64Array(0), from: '', to: '', digest: digest('\n\n') }
