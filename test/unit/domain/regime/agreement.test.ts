import { describe, expect, it } from 'vitest'
import { isVolatile } from '#domain/regime/regime.js'
import { type LabelledBar, regimesOf } from '#domain/regime/transitions.js'
import { bootstrapKappa, kappa } from '../../../support/agreement.js'
import { fitSwitching, type SwitchingModel } from '../../../support/markov-switching.js'
import { testUnless } from '../../../support/needed.js'
import { barsMissing, indexBars, simulatedBars } from '../../../support/regime-bars.js'

/** Begins far from any answer: percent a day, and no difference in the mean. */
const START: SwitchingModel = { p00: 0.9, p10: 0.1, beta: [[0], [0]], sigma: [0.5, 2] }

/** Of bars from `from` on: whether the detector calls each volatile, and whether the fitted model does. */
function judgements(bars: readonly LabelledBar[], from: number) {
  const history = regimesOf(bars, '1d', 'closes')
  if (!history.ok) throw new Error(history.refusal.message)
  const moves = bars.slice(from).map(({ close }, at) => 100 * Math.log(close / bars[from + at - 1]!.close))
  const fit = fitSwitching(
    moves,
    moves.map(() => [1]),
    START,
    { tolerance: 1e-6 },
  )
  return {
    fit,
    detector: history.value.regimes.slice(from).map(isVolatile),
    model: fit.smoothed.map((one) => one > 0.5),
  }
}

describe('what the detector calls volatile', () => {
  testUnless(barsMissing)(
    'agrees with a Markov-switching fit of the index from 2000 on, years no threshold was chosen by',
    () => {
      const bars = indexBars()
      const { fit, detector, model } = judgements(
        bars,
        bars.findIndex(({ label }) => label >= '2000'),
      )
      expect(fit.model.sigma[1]! / fit.model.sigma[0]!).toBeGreaterThan(2)
      expect(kappa(detector, model)).toBeGreaterThan(0.3)
      const lower = bootstrapKappa(detector, model, { seed: 39, block: 250, draws: 1_000, level: 0.025 })
      expect(lower).toBeGreaterThan(0)
    },
  )

  it('agrees with the fit of a market made of calm and wild stretches', () => {
    const lengths = [300, 120, 400, 90, 250, 200, 350, 150]
    const bars = simulatedBars(
      21,
      lengths.map((count, at) => ({ bars: count, volatility: at % 2 === 0 ? 0.006 : 0.02 })),
    )
    const { detector, model } = judgements(bars, 100)
    expect(kappa(detector, model)).toBeGreaterThan(0.5)
    expect(bootstrapKappa(detector, model, { seed: 1, block: 250, draws: 400, level: 0.025 })).toBeGreaterThan(0)
  })

  it('has no agreement with the fit when it is asked of other days', () => {
    const lengths = [300, 120, 400, 90, 250, 200, 350, 150]
    const bars = simulatedBars(
      21,
      lengths.map((count, at) => ({ bars: count, volatility: at % 2 === 0 ? 0.006 : 0.02 })),
    )
    const { detector, model } = judgements(bars, 100)
    const backwards = [...detector].reverse()
    expect(bootstrapKappa(backwards, model, { seed: 1, block: 250, draws: 400, level: 0.025 })).toBeLessThan(0)
  })
})

describe("Cohen's κ", () => {
  it('is the textbook figure: 35 of 50 agreed where 25 would by chance is 0.4', () => {
    // 20 both yes, 15 both no, 5 and 10 apart: pa 0.5, pb 0.6, chance 0.5.
    const pairs = [
      ...Array(20).fill([true, true]),
      ...Array(15).fill([false, false]),
      ...Array(5).fill([true, false]),
      ...Array(10).fill([false, true]),
    ] as [boolean, boolean][]
    expect(
      kappa(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      ),
    ).toBeCloseTo(0.4, 12)
  })
})
