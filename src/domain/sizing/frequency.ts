import { daysBetween, type SessionDate } from '#units/time.js'
import type { ScenarioSet } from '../targets/source.js'

const DAYS_A_YEAR = 365.25
/** A span too short to tell daily bars from others. */
const FEWEST_DAYS = 5
/** Holidays, and markets that never close (365 against 252), are within this factor; daily against weekly is not. */
const FACTOR = 2.5

/**
 * Why scenarios cannot be of `periodsPerYear` bars a year, in words; null when they may be, or are too short to tell.
 * Annual figures of the wrong frequency are wrong by √21 between daily and monthly bars, and nothing else would show it.
 */
export function frequencyFault({ rows, from, to }: ScenarioSet, periodsPerYear: number): string | null {
  if (rows < 2) return null
  const days = daysBetween(from as SessionDate, to as SessionDate)
  if (!(days >= FEWEST_DAYS)) return null
  const found = ((rows - 1) / days) * DAYS_A_YEAR
  if (found < periodsPerYear * FACTOR && periodsPerYear < found * FACTOR) return null
  return `returns from ${from} to ${to} are about ${Math.round(found)} a year, not ${periodsPerYear}: set the periods a year`
}
