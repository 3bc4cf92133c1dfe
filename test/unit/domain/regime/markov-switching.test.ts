import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fitSwitching, type SwitchingModel, smooth } from '../../../support/markov-switching.js'
import { seededRandom } from '../../../support/prices.js'

const data = join(import.meta.dirname, '../../../../../shared/data/expected')
const present = existsSync(join(data, 'regime_markov.json'))

interface Published {
  readonly params: Readonly<Record<string, number>>
  readonly loglik: number
}

const columnsIn = (file: string): number[][] =>
  readFileSync(join(data, file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number))

describe('the two-state switching model that judges the detector', () => {
  it.skipIf(!present)('reproduces a published fit of weekly absolute returns (skipped without ../shared/data)', () => {
    const { cases } = JSON.parse(readFileSync(join(data, 'regime_markov.json'), 'utf8')) as { cases: Published[] }
    const { params, loglik } = cases[0]!
    const series = columnsIn('markov_sp500_weekly_abs_returns.csv').map(([, value]) => value!)
    const [y, x] = [series.slice(1), series.slice(0, -1).map((value) => [1, value])]
    const start: SwitchingModel = {
      p00: 0.8,
      p10: 0.4,
      beta: [
        [0.5, 0.1],
        [2, 0.3],
      ],
      sigma: [0.5, 2],
    }
    const { model, logLikelihood, smoothed } = fitSwitching(y, x, start)
    // Published with seven digits, the log-likelihood with four places.
    expect(logLikelihood).toBeCloseTo(loglik, 4)
    const found = {
      p00: model.p00,
      p10: model.p10,
      const0: model.beta[0]![0]!,
      const1: model.beta[1]![0]!,
      ar1_0: model.beta[0]![1]!,
      ar1_1: model.beta[1]![1]!,
      sigma0: model.sigma[0]!,
      sigma1: model.sigma[1]!,
    }
    // The two climbed to the same peak by different ways and stopped 1e-5 short of each other at most.
    for (const [name, value] of Object.entries(params))
      expect(Math.abs(found[name as keyof typeof found] - value), name).toBeLessThan(1e-5)
    const recomputed = columnsIn('markov_sp500_weekly_smoothed_recomputed.csv')
    expect(smoothed).toHaveLength(recomputed.length)
    const worst = Math.max(...smoothed.map((p, t) => Math.abs(p - recomputed[t]![1]!)))
    expect(worst).toBeLessThan(1e-5)
  })

  it('finds the states and the parameters of a series that was made with them', () => {
    const random = seededRandom(7)
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    let state = 0
    const truth: number[] = []
    const y = Array.from({ length: 4_000 }, () => {
      if (random() < (state === 0 ? 0.02 : 0.05)) state = 1 - state
      truth.push(state)
      return 0.05 + (state === 0 ? 0.6 : 2) * normal()
    })
    const start: SwitchingModel = { p00: 0.9, p10: 0.1, beta: [[0], [0]], sigma: [0.5, 1.5] }
    const fit = fitSwitching(
      y,
      y.map(() => [1]),
      start,
      { tolerance: 1e-7 },
    )
    expect(fit.model.sigma[0]).toBeCloseTo(0.6, 1)
    expect(fit.model.sigma[1]).toBeCloseTo(2, 0)
    expect(fit.model.p00).toBeCloseTo(0.98, 1)
    const right = truth.filter((one, t) => one === (fit.smoothed[t]! > 0.5 ? 1 : 0)).length
    expect(right / truth.length).toBeGreaterThan(0.93)
  })

  it('never makes the likelihood smaller from one step to the next', () => {
    const random = seededRandom(11)
    const y = Array.from({ length: 300 }, () => random() - 0.5)
    const x = y.map(() => [1])
    let model: SwitchingModel = { p00: 0.7, p10: 0.4, beta: [[-0.2], [0.3]], sigma: [0.2, 0.4] }
    let before = smooth(y, x, model).logLikelihood
    for (let step = 0; step < 30; step += 1) {
      const next = fitSwitching(y, x, model, { tolerance: 0, most: 2 })
      expect(next.logLikelihood).toBeGreaterThanOrEqual(before - 1e-9)
      ;({ model, logLikelihood: before } = next)
    }
  })
})
