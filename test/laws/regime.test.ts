import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BarSize } from '#domain/market.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import { forgottenAfter, type RangeSource, thresholdsOf } from '#domain/regime/thresholds.js'
import { type LabelledBar, regimesOf } from '#domain/regime/transitions.js'
import { testUnless } from '../support/needed.js'
import { barsMissing, indexBars, minuteBars, simulatedBars } from '../support/regime-bars.js'

type Kind = readonly [size: BarSize, ranges: RangeSource]

function regimeAt(bars: readonly LabelledBar[], [size, ranges]: Kind): Map<string, MarketRegime> {
  const history = regimesOf(bars, size, ranges)
  if (!history.ok) throw new Error(history.refusal.message)
  return new Map(bars.map(({ label }, at) => [label, history.value.regimes[at]!]))
}

/** The last bar, counted from the one changed, at which the regime differs; −1 where none does. And how many do. */
function reach(before: readonly LabelledBar[], after: readonly LabelledBar[], at: number, kind: Kind) {
  const [was, is] = [regimeAt(before, kind), regimeAt(after, kind)]
  const differ = before.flatMap(({ label }, index) =>
    is.has(label) && is.get(label) !== was.get(label) ? [index - at] : [],
  )
  return { first: differ[0] ?? 0, last: differ.at(-1) ?? -1, count: differ.length }
}

const without = (bars: readonly LabelledBar[], at: number) => bars.filter((_, index) => index !== at)
const changed = (bars: readonly LabelledBar[], at: number, factor: number) =>
  bars.map((bar, index) =>
    index === at ? { ...bar, high: bar.high * factor, low: bar.low * factor, close: bar.close * factor } : bar,
  )

const stretch = fc.record({
  bars: fc.integer({ min: 20, max: 200 }),
  volatility: fc.constantFrom(0.003, 0.006, 0.01, 0.014, 0.025),
  drift: fc.constantFrom(-0.004, 0, 0, 0.004),
  follows: fc.constantFrom(-0.4, 0, 0, 0.3),
})
const kind = fc.constantFrom<Kind>(['1d', 'closes'], ['1d', 'high-low'], ['1mo', 'closes'], ['1m', 'high-low'])

describe('regimes after one bar is changed or left out', () => {
  it('are the same before it, and again after as many bars as the detector remembers', () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.array(stretch, { minLength: 3, maxLength: 5 }),
        kind,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0.5, 0.95, 0.999, 1.02, 1.3, null),
        (seed, stretches, of, where, factor) => {
          const bars = simulatedBars(seed, stretches)
          const at = Math.floor(where * (bars.length - 1))
          const other = factor === null ? without(bars, at) : changed(bars, at, factor)
          const { first, last } = reach(bars, other, at, of)
          expect(first).toBeGreaterThanOrEqual(0)
          expect(last).toBeLessThan(forgottenAfter(thresholdsOf(...of)))
        },
      ),
      { numRuns: 150 },
    )
  })

  const places = (bars: readonly LabelledBar[], count: number) =>
    Array.from({ length: count }, (_, nth) => 100 + Math.floor((nth * (bars.length - 150)) / count))

  testUnless(barsMissing)('of the index and of a day of minutes', () => {
    const markets: readonly { readonly bars: LabelledBar[]; readonly of: Kind }[] = [
      { bars: indexBars().slice(2_500, 5_000), of: ['1d', 'closes'] },
      { bars: minuteBars(), of: ['1m', 'high-low'] },
    ]
    for (const { bars, of } of markets) {
      const bound = forgottenAfter(thresholdsOf(...of))
      let touched = 0
      const spots = places(bars, 12)
      for (const at of spots)
        for (const other of [without(bars, at), changed(bars, at, 1.001)]) {
          const { last, count } = reach(bars, other, at, of)
          expect(last).toBeLessThan(bound)
          touched += count / bound
        }
      // Within the window too most bars keep their regime: an ordinary bar more or less moves no figure far.
      expect(touched / (2 * spots.length)).toBeLessThan(0.25)
    }
  })
})
