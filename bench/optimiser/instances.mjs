// The instances of the optimiser's bench: what is solved, at which sizes.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { meanOf, readReturns, writeMatrix, writeReturns } from './returns.mjs'

const DUAL = ['dual', 'dual-plain']
const ALL = ['textbook', ...DUAL]

/**
 * One line of the bench. `rival` is the variant's name in a binary given by BALLAST_PROTOTYPE, `peers` says which forms
 * HiGHS is asked for: those that end within minutes.
 */
export const CASES = [
  { id: '20x1000', assets: 20, scenarios: 1000, peers: ALL, rival: 'to' },
  { id: '100x2500', assets: 100, scenarios: 2500, peers: ALL, rival: 'to' },
  { id: '100x10000', assets: 100, scenarios: 10_000, peers: ALL, rival: 'to' },
  { id: '392x10000-leverage', assets: 392, scenarios: 10_000, peers: DUAL, rival: 'lsto', kind: 'leverage' },
  { id: '500x10000', assets: 500, scenarios: 10_000, peers: ALL, rival: 'to' },
  { id: '500x100000', assets: 500, scenarios: 100_000, peers: DUAL, rival: 'to' },
  { id: '500x100000-longshort', assets: 500, scenarios: 100_000, peers: [], rival: 'ls', kind: 'longshort' },
]

/** Four gigabytes in float32: only when asked for. */
export const LARGE = { id: '1000x1000000', assets: 1000, scenarios: 1_000_000, peers: [], precision: 'float32' }

/** Limits beside caps, sectors and full investment: Σ|w − held| ≤ traded, Σ|w| ≤ leverage. */
const KINDS = {
  long: { lower: 0, traded: 0.3 },
  leverage: { lower: -0.1, traded: 0.5, leverage: 1.6 },
  longshort: { lower: -0.1, leverage: 2 },
}

/** Ten groups, each instrument in the one of its number's last digit, each between 5 % and 20 %. */
function sectorRows(assets) {
  return Array.from({ length: 10 }, (_, sector) => ({
    name: `sector-${sector}`,
    coefficients: Float64Array.from({ length: assets }, (_, i) => (i % 10 === sector ? 1 : 0)),
    lower: 0.05,
    upper: 0.2,
  }))
}

/** The problem over given returns: α, λ = 1, mean of the scenarios, cap, sectors, and the limits of its kind. */
export function problemOf(returns, assets, { kind = 'long', confidence = 0.95 } = {}) {
  const { lower, ...limits } = KINDS[kind]
  const fill = (value) => new Float64Array(assets).fill(value)
  return {
    scenarios: { rows: returns.length / assets, columns: assets, returns },
    confidence,
    riskAversion: 1,
    mean: meanOf(returns, assets),
    lower: fill(lower),
    upper: fill(assets <= 20 ? 0.3 : 0.1),
    held: fill(1 / assets),
    cash: { lower: 0, upper: 0 },
    groups: sectorRows(assets),
    ...limits,
  }
}

/** Generates a case's file in the folder unless it is there, and reads it. */
export function instanceOf(wanted, folder) {
  const { id, assets, scenarios, kind, peers, rival, precision = 'float64' } = wanted
  const shape = { assets, scenarios, precision }
  const path = join(folder, `${precision === 'float64' ? 'R' : 'S'}_${assets}_${scenarios}.bin`)
  if (!existsSync(path)) writeReturns(path, shape)
  const problem = problemOf(readReturns(path, shape), assets, { kind })
  return { id, assets, scenarios, precision, peers, rival, folder, path, problem }
}

/** An instance over a matrix that came from elsewhere; its file is written for the peers. */
export function instanceFrom(id, matrix, assets, confidence, folder) {
  const path = join(folder, `${id}.bin`)
  if (!existsSync(path)) writeMatrix(path, matrix)
  const problem = problemOf(matrix, assets, { confidence })
  return { id, assets, scenarios: matrix.length / assets, precision: 'float64', peers: DUAL, folder, path, problem }
}

/** The same problem with Σ|w − held| ≤ traded as buys ≤ traded/2 and sells ≤ traded/2: equal when Σw = Σheld. */
export function oneWay({ traded, ...problem }) {
  return traded === undefined ? problem : { ...problem, turnover: traded / 2 }
}
