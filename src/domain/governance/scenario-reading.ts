import { hold } from '#units/assert.js'
import type { Instant } from '#units/time.js'
import type { ScenarioSet } from '../targets/source.js'
import type { ScenarioReading } from './readings.js'

/** Returns are kept to a thousandth of a percent: a portfolio's CVaR is then off by half of that at most, times its gross weight. */
const STEP = 1e-5
/** Three characters a return, six bits each. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const HALF = 2 ** 17
const VALUE = new Map([...ALPHABET].map((letter, at) => [letter, at]))

/** A window of returns as text that a journal can keep; returns of less than −131 % or more do not occur or count as that. */
export function scenarioReading({ instruments, rows, returns }: ScenarioSet, asOf: Instant): ScenarioReading {
  const letters: string[] = []
  for (const value of returns) {
    const code = Math.min(2 * HALF - 1, Math.max(0, Math.round(value / STEP) + HALF))
    letters.push(ALPHABET[code >> 12]!, ALPHABET[(code >> 6) & 63]!, ALPHABET[code & 63]!)
  }
  return { asOf, names: instruments, rows, returns: letters.join('') }
}

const known = new WeakMap<ScenarioReading, Float64Array>()

/**
 * The returns in a reading, rows × names, row-major. Worked out once for a reading; do not change it.
 * @throws InvariantBroken `scenario-reading` when the text is not as many returns as there are.
 */
export function returnsIn(reading: ScenarioReading): Float64Array {
  const found = known.get(reading) ?? decoded(reading)
  known.set(reading, found)
  return found
}

function decoded({ names, rows, returns }: ScenarioReading): Float64Array {
  hold(returns.length === 3 * rows * names.length, 'scenario-reading', () => `${returns.length} characters`)
  return Float64Array.from({ length: rows * names.length }, (_, at) => {
    const digit = (place: number): number => VALUE.get(returns[3 * at + place]!) ?? Number.NaN
    return ((digit(0) * 64 + digit(1)) * 64 + digit(2) - HALF) * STEP
  })
}
