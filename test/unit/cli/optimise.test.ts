import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliError } from '#cli/failure.js'
import { problemOf, readProblem } from '#cli/optimise/problem.js'
import { resultOf } from '#cli/optimise/result.js'
import type { MeanCvarProblem, SolverSolution } from '#domain/optimise/mean-cvar.js'
import { suiteTempDir } from '../../support/temp-dir.js'

const matrix = {
  rows: 2,
  columns: 3,
  names: ['A', 'B', 'C'],
  labels: ['2020-01-01', '2020-01-02'],
  returns: Float64Array.of(0.01, 0.02, 0.03, -0.01, -0.02, -0.03),
}

describe('a problem file', () => {
  const dir = suiteTempDir()
  const read = (text: string): MeanCvarProblem => {
    const file = join(dir, 'problem.yaml')
    writeFileSync(file, text)
    return problemOf(readProblem(file), matrix)
  }

  it('states no limit it does not name', () => {
    const limits = ['traded', 'leverage', 'minimumReturn', 'maximumCvar', 'cardinality', 'turnover', 'cost']
    const problem = read('{}')
    for (const limit of limits) expect(problem).not.toHaveProperty(limit)
  })

  it('hands on leverage, trading, return and risk as they stand, 0 included', () => {
    const text = 'leverage: 1.5\ntraded: 0\nminimum_return: -0.001\nmaximum_cvar: 0.02\nmean: scenario\n'
    expect(read(text)).toMatchObject({ leverage: 1.5, traded: 0, minimumReturn: -0.001, maximumCvar: 0.02 })
  })

  it('counts names, no more than there are, and asks nothing of a symbol that is shut out', () => {
    const text = 'cardinality: {most: 9, smallest: 0.05}\nbounds: {per_symbol: {B: [0, 0]}}\n'
    expect(read(text).cardinality).toEqual({ most: 3, smallest: Float64Array.of(0.05, 0, 0.05) })
    expect(read('cardinality: {most: 2}').cardinality).toEqual({ most: 2, smallest: new Float64Array(3) })
  })

  it('makes cost steps of basis points, also when only a step costs anything', () => {
    const text = 'costs: {buy_bps: 0, sell_bps: 0, steps: [{beyond: 0.1, buy_bps: 5, sell_bps: 10}]}\n'
    const of = (value: number) => new Float64Array(3).fill(value)
    expect(read(text).cost).toEqual({
      buy: of(0),
      sell: of(0),
      holdingPeriods: 1,
      steps: [{ beyond: of(0.1), buy: of(5e-4), sell: of(1e-3) }],
    })
    expect(read('costs: {buy_bps: 0, sell_bps: 0}\n')).not.toHaveProperty('cost')
  })

  it.each([
    ['minimum_return: 0.01\n', 'minimum_return: needs mean'],
    ['leverage: -1\n', 'leverage: must be ≥ 0'],
    ['traded: -1\n', 'traded: must be ≥ 0'],
    ['cardinality: {most: 0}\n', 'cardinality.most: must be ≥ 1'],
    ['cardinality: {most: 2.5}\n', 'cardinality.most: must be a whole number'],
    [
      'costs: {buy_bps: 1, sell_bps: 1, steps: [{beyond: -1, buy_bps: 1, sell_bps: 1}]}\n',
      'costs.steps[0].beyond: must be ≥ 0',
    ],
  ])('is refused with its place: %s', (text, said) => {
    expect(() => read(text)).toThrow(CliError)
    expect(() => read(text)).toThrow(said)
  })
})

describe('the result', () => {
  it('lists the multipliers of every limit by name', () => {
    const figures = {
      objective: 0,
      lowerBound: 0,
      gap: 0,
      cvar: 0,
      var: 0,
      expectedReturn: 0,
      cost: 0,
      cash: 0,
      violation: 0,
    }
    const solution: SolverSolution = {
      ...figures,
      status: 'OPTIMAL',
      weights: Float64Array.of(0.5, 0.5, 0),
      duals: {
        scenario: Float64Array.of(0.5, 0.5),
        budget: 0,
        turnover: { buys: 0, sells: 0 },
        traded: -0.4,
        leverage: -0.3,
        minimumReturn: 0.2,
        maximumCvar: 0.1,
        groups: [],
        reducedCost: new Float64Array(3),
      },
      iterations: 1,
      passes: 1,
      elapsedMs: 1,
      backend: 'cpu',
    }
    expect(resultOf(matrix, solution, { certified: true, ...figures }).duals).toEqual([
      { limit: 'traded', dual: -0.4 },
      { limit: 'leverage', dual: -0.3 },
      { limit: 'minimumReturn', dual: 0.2 },
      { limit: 'maximumCvar', dual: 0.1 },
    ])
  })
})
