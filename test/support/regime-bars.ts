import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { LabelledBar } from '#domain/regime/transitions.js'
import { either, fileMissing } from './needed.js'
import { seededRandom } from './prices.js'

/** A stretch of made-up bars: standard deviation of a bar's move, its mean, and how a move follows from the one before. */
export interface Stretch {
  readonly bars: number
  readonly volatility: number
  readonly drift?: number
  readonly follows?: number
}

/** Steps within a bar, which make its extremes. */
const STEPS = 20

/** Bars with extremes, stretch after stretch; the same seed gives the same bars. Labels are numbers from 1. */
export function simulatedBars(seed: number, stretches: readonly Stretch[]): LabelledBar[] {
  const random = seededRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const bars: LabelledBar[] = []
  let [close, move] = [100, 0]
  for (const { bars: count, volatility, drift = 0, follows = 0 } of stretches)
    for (let left = count; left > 0; left -= 1) {
      const mean = drift + follows * move
      const open = close
      let [high, low] = [open, open]
      for (let step = 0; step < STEPS; step += 1) {
        close *= Math.exp(mean / STEPS + (volatility / Math.sqrt(STEPS)) * normal())
        ;[high, low] = [Math.max(high, close), Math.min(low, close)]
      }
      move = Math.log(close / open)
      bars.push({ label: String(bars.length + 1), high, low, close })
    }
  return bars
}

const MARKET = join(import.meta.dirname, '../../../shared/data')
const rowsOf = (file: string): string[][] =>
  gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))

/** Where the index lies, when it is there. */
export const INDEX = join(MARKET, 'market/skfolio_sp500_index.csv.gz')
/** Daily levels of the VIX, 1990 to 2022. */
export const vixFile = join(MARKET, 'market/vix_daily_1990_2022.csv.gz')
/** A day of minutes of BTCUSDT. */
export const MINUTES = join(MARKET, 'microstructure/crypto_minute_trades_bybit_btcusdt_2022-12-13.csv.gz')
/** Why the bars of the index or of the minutes cannot be read; null when they can. */
export const barsMissing = either(fileMissing(INDEX), fileMissing(MINUTES))
/** Why the levels of the VIX cannot be read; null when they can. */
export const vixMissing = fileMissing(vixFile)

/** Daily closes of the index, 1990 to 2022. */
export const indexBars = (): LabelledBar[] =>
  rowsOf(INDEX).map(([label, close]) => ({
    label: label!,
    high: Number(close),
    low: Number(close),
    close: Number(close),
  }))

/** Minute bars with extremes. */
export const minuteBars = (): LabelledBar[] =>
  rowsOf(MINUTES).map((row) => ({
    label: row[3]!.padStart(8, '0'),
    high: Number(row[5]),
    low: Number(row[6]),
    close: Number(row[7]),
  }))
