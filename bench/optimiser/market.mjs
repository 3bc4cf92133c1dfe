// Daily returns of real shares, when the files are there: the same problem at three confidences, beside HiGHS.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { figuresOf } from './figures.mjs'
import { grouped } from './grouped.mjs'
import { instanceFrom } from './instances.mjs'
import { compete } from './rounds.mjs'

const FILES = [
  { name: 'us45', file: 'ohlcv_us45_daily_2016_2021.csv.gz', read: pricesOfLong },
  { name: 'sp20', file: 'skfolio_sp500_dataset.csv.gz', read: pricesOfWide },
]
const CONFIDENCES = [0.9, 0.95, 0.99]

const records = (path) => parse(gunzipSync(readFileSync(path)), { columns: true })

/** One row a day and symbol: adjusted closes of the symbols that have one on every day. */
function pricesOfLong(path) {
  const rows = records(path)
  const days = [...new Set(rows.map(({ date }) => date))].sort()
  const bySymbol = grouped(rows, ({ symbol }) => symbol)
  const whole = [...bySymbol.values()].filter((own) => own.length === days.length)
  const columns = whole.map((own) => {
    const priceOf = new Map(own.map(({ date, adj_close: price }) => [date, Number(price)]))
    return days.map((day) => priceOf.get(day))
  })
  return days.map((_, day) => columns.map((column) => column[day]))
}

/** One row a day, one column a share after the date. */
function pricesOfWide(path) {
  return records(path).map((row) => Object.values(row).slice(1).map(Number))
}

/** Simple daily returns, row-major. */
function returnsOfPrices(prices) {
  const assets = prices[0].length
  const returns = new Float64Array((prices.length - 1) * assets)
  for (let t = 1; t < prices.length; t += 1)
    for (let i = 0; i < assets; i += 1) returns[(t - 1) * assets + i] = prices[t][i] / prices[t - 1][i] - 1
  if (!returns.every(Number.isFinite)) throw new Error('the prices have gaps')
  return { returns, assets }
}

/** The real instances whose files are in `market`; a sentence goes to `tell` for each that is missing. */
export function marketInstances(market, folder, tell) {
  return FILES.flatMap(({ name, file, read }) => {
    const path = join(market, file)
    if (!existsSync(path)) {
      tell(`without real data: ${path} is not there`)
      return []
    }
    const { returns, assets } = returnsOfPrices(read(path))
    return CONFIDENCES.map((confidence) => instanceFrom(`${name}-${confidence}`, returns, assets, confidence, folder))
  })
}

/** Solves them all, one line each. */
export async function marketCases(instances, contestantsOf, rounds, tell) {
  const lines = []
  for (const instance of instances) {
    const records = await compete(contestantsOf(instance), instance, rounds, tell)
    lines.push({ ...figuresOf(instance, records), shape: `${instance.assets}x${instance.scenarios}` })
  }
  return lines
}
