import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { solved } from '#domain/optimise/mean-cvar.js'

/** Reference data lies beside the repository, where it is present at all. */
const data = join(import.meta.dirname, '../../../../../shared/data')
const prices = join(data, 'market/skfolio_sp500_dataset.csv.gz')
const expected = join(data, 'expected/cvar.json')
const present = existsSync(prices) && existsSync(expected)

interface Case {
  readonly problem: string
  readonly CVaR: number
  readonly weights: Readonly<Record<string, number>>
}

/** Dates, names and prices of the daily closes, [rows][columns]. */
function closes(): {
  readonly names: readonly string[]
  readonly dates: readonly string[]
  readonly rows: readonly number[][]
} {
  const lines = gunzipSync(readFileSync(prices)).toString('utf8').trim().split(/\r?\n/)
  const cells = lines.map((line) => line.split(','))
  return {
    names: cells[0]!.slice(1),
    dates: cells.slice(1).map((row) => row[0]!),
    rows: cells.slice(1).map((row) => row.slice(1).map(Number)),
  }
}

/** Simple returns of the days from `from` to `to` inclusive; the first uses the close before. */
function returnsBetween(
  from: string,
  to: string,
): { readonly returns: Float64Array; readonly rows: number; readonly names: readonly string[] } {
  const { names, dates, rows } = closes()
  const days = dates.flatMap((date, t) => (t > 0 && date >= from && date <= to ? [t] : []))
  const returns = Float64Array.from(days.flatMap((t) => rows[t]!.map((price, i) => price / rows[t - 1]![i]! - 1)))
  return { returns, rows: days.length, names }
}

describe.skipIf(!present)(
  `published minimum-CVaR portfolios${present ? '' : ' (skipped: no reference data beside the repository)'}`,
  () => {
    const [year, capped] = present ? (JSON.parse(readFileSync(expected, 'utf8')).computed_here as [Case, Case]) : []

    for (const [name, reference, from, to, days, cap] of [
      ['long only over 2022', year, '2022-01-01', '2022-12-31', 249, 1],
      ['capped at 15 % over 2018 to 2022', capped, '2018-01-03', '2022-12-28', 1256, 0.15],
    ] as const) {
      it(`${name}: CVaR within 1e-6, weights within 1e-3`, async () => {
        const { returns, rows, names } = returnsBetween(from, to)
        expect(rows).toBe(days)
        const answer = await nativeSolver().solve({
          scenarios: { rows, columns: names.length, returns },
          confidence: 0.95,
          riskAversion: 1,
          lower: new Float64Array(names.length),
          upper: new Float64Array(names.length).fill(cap),
          cash: { lower: 0, upper: 0 },
        })
        if (!solved(answer)) throw new Error(answer.message)
        expect(Math.abs(answer.cvar - reference!.CVaR)).toBeLessThan(1e-6)
        for (const [i, symbol] of names.entries()) {
          expect(Math.abs(answer.weights[i]! - reference!.weights[symbol]!), symbol).toBeLessThan(1e-3)
        }
      })
    }
  },
)
