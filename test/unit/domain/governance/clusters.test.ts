import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Correlations, clusterReading, measuredCorrelations } from '#domain/governance/clusters.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { type InstrumentId, instrumentId } from '#units/ids.js'
import { simulatedPrices } from '../../../support/prices.js'

const bars = new URL('../../../../../shared/data/market/ohlcv_us45_daily_2016_2021.csv.gz', import.meta.url)
const year = { minimum: 60, maximum: 252 }

/** The largest set of names of which each is like some other of it. */
function largestChain({ names, values }: Correlations, least: number): number {
  const seen = new Set<number>()
  return Math.max(
    ...names.map((_, start) => {
      let size = 0
      for (const open = [start]; open.length > 0; ) {
        const at = open.pop()!
        if (seen.has(at)) continue
        seen.add(at)
        size += 1
        for (const other of names.keys()) if (values[at * names.length + other]! >= least) open.push(other)
      }
      return size
    }),
  )
}

describe('clusters of names', () => {
  it('are the same whatever the order of the names in a history', () => {
    const names = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF']
    const { sessions } = simulatedPrices({ seed: 2, instruments: names, sessions: 80, common: 0.7 })
    const universe = new Set(names.map(instrumentId))
    const clustersOf = (instruments: readonly InstrumentId[]) => {
      const set = scenarioSet({ instruments, sessions, ...year })
      return clusterReading(measuredCorrelations(set, sessions.at(-1)!.at), universe, 0.7)
    }
    const first = clustersOf(names.map(instrumentId))
    expect(first.clusters.length).toBeGreaterThan(1)
    expect(first.clusters.length).toBeLessThan(names.length)
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (order) => {
        expect(clustersOf(order.map(instrumentId))).toEqual(first)
      }),
    )
  })

  it.skipIf(!existsSync(bars))(
    'of 45 stocks in 2020 are small, where chains of likeness are not (skipped without ../shared/data)',
    () => {
      const [header, ...rows] = gunzipSync(readFileSync(bars))
        .toString('utf8')
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','))
      const [date, symbol, close] = ['date', 'symbol', 'adj_close'].map((name) => header!.indexOf(name))
      const days = new Map<string, Record<InstrumentId, string>>()
      for (const row of rows) {
        const day = row[date!]!
        if (day > '2020-12-31') continue
        days.set(day, { ...days.get(day), [row[symbol!]!]: row[close!]! })
      }
      const sessions = [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([session, closes]) => ({ session, closes }))
      const instruments = Object.keys(sessions.at(-1)!.closes).map(instrumentId)
      const set = scenarioSet({ instruments, sessions, ...year })
      const correlations = measuredCorrelations(set, 0 as Parameters<typeof measuredCorrelations>[1])
      const { clusters } = clusterReading(correlations, new Set(instruments), 0.7)
      expect(largestChain(correlations, 0.7)).toBe(34)
      expect(Math.max(...clusters.map(({ length }) => length))).toBe(8)
      for (const sector of [
        ['COP', 'CVX', 'XOM'],
        ['DUK', 'NEE', 'SO'],
      ])
        expect(clusters).toContainEqual(sector)
    },
  )
})
