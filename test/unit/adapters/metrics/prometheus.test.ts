import { describe, expect, it } from 'vitest'
import { catalog } from '#adapters/metrics/catalog.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { type Log, silentLog } from '#ports/log.js'
import type { DropReason } from '#ports/market-feed.js'

const sink = (log: Log = silentLog) => prometheusMetrics({ portfolios: ['core', 'income'], log, processMetrics: false })

/** The sample lines of a rendering, comments left out. */
const samples = async (metrics: { render(): Promise<string> }): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('the Prometheus sink', () => {
  it('counts, sets and observes', async () => {
    const metrics = sink()
    metrics.count('ballast_fills_total', { portfolio: 'core', side: 'buy' })
    metrics.count('ballast_fills_total', { portfolio: 'core', side: 'buy' }, 2)
    metrics.gauge('ballast_equity', 1_000_000.5, { portfolio: 'income' })
    metrics.observe('ballast_slippage_ratio', 0.00015, { portfolio: 'core' })
    const lines = await samples(metrics)
    expect(lines).toContain('ballast_fills_total{portfolio="core",side="buy"} 3')
    expect(lines).toContain('ballast_equity{portfolio="income"} 1000000.5')
    expect(lines).toContain('ballast_slippage_ratio_bucket{le="0.0001",portfolio="core"} 0')
    expect(lines).toContain('ballast_slippage_ratio_bucket{le="0.0002",portfolio="core"} 1')
  })

  it('starts counters of closed labels at zero, so that a first failed run is an increase', async () => {
    const lines = await samples(sink())
    expect(lines).toContain('ballast_runs_total{portfolio="core",trigger="drift",outcome="failed"} 0')
    expect(lines).toContain('ballast_runs_total{portfolio="income",trigger="targets",outcome="rolled_back"} 0')
    expect(lines).toContain('ballast_journal_verify_total{outcome="failed"} 0')
    expect(lines).toContain('ballast_metrics_dropped_total 0')
    expect(lines.filter((line) => line.startsWith('ballast_runs_total'))).toHaveLength(2 * 6 * 5)
  })

  it('takes every reason a price can be dropped for, and starts each at zero', async () => {
    const reasons: Readonly<Record<DropReason, true>> = {
      malformed: true,
      empty: true,
      not_a_number: true,
      not_positive: true,
      duplicate: true,
      out_of_order: true,
      jump: true,
    }
    const metrics = sink()
    const lines = async () => (await samples(metrics)).filter((line) => line.startsWith('ballast_market_data_dropped'))
    const all = (value: number) =>
      Object.keys(reasons).map((reason) => `ballast_market_data_dropped_total{reason="${reason}"} ${value}`)
    expect(await lines()).toEqual(all(0))
    for (const reason of Object.keys(reasons)) metrics.count('ballast_market_data_dropped_total', { reason })
    expect(await lines()).toEqual(all(1))
  })

  it('drops and counts what the catalog does not know, without throwing, and logs each mistake once', async () => {
    const logged: string[] = []
    const log: Log = { ...silentLog, warn: (fields) => logged.push(`${fields.metric}: ${fields.why}`) }
    const metrics = sink(log)
    for (let time = 0; time < 2; time += 1) {
      metrics.count('ballast_nothing_total')
      metrics.count('ballast_equity', { portfolio: 'core' })
      metrics.count('ballast_fills_total', { portfolio: 'stranger', side: 'buy' })
      metrics.count('ballast_fills_total', { portfolio: 'core' })
      metrics.count('ballast_fills_total', { portfolio: 'core', side: 'buy', order: 'X' })
      metrics.count('ballast_fills_total', { portfolio: 'core', side: 'buy' }, -1)
      metrics.gauge('ballast_equity', Number.NaN, { portfolio: 'core' })
      metrics.gauge('ballast_cvar_ratio', 0.1, { portfolio: 'core', level: 'a name nobody bounded' })
      metrics.gauge('ballast_equity', 1, { portfolio: 'core', __proto__: 'x' } as Record<string, string>)
    }
    expect(logged).toEqual([
      'ballast_nothing_total: no such metric',
      'ballast_equity: is a gauge, not a counter',
      'ballast_fills_total: label portfolio has no such value',
      'ballast_fills_total: label side is missing',
      'ballast_fills_total: there is no label order',
      'ballast_fills_total: a counter cannot go down',
      'ballast_equity: the value is not finite',
      'ballast_cvar_ratio: label level has no such value',
    ])
    const lines = await samples(metrics)
    expect(lines).toContain('ballast_metrics_dropped_total 16')
    expect(lines.some((line) => line.includes('stranger'))).toBe(false)
  })

  it('keeps two sinks apart and adds the process metrics unless told not to', async () => {
    const first = prometheusMetrics({ portfolios: ['core'] })
    first.count('ballast_fills_total', { portfolio: 'core', side: 'sell' })
    expect(await first.render()).toContain('process_cpu_seconds_total')
    const lines = await samples(sink())
    expect(lines).toContain('ballast_fills_total{portfolio="core",side="sell"} 0')
    expect(lines.some((line) => line.startsWith('process_'))).toBe(false)
  })
})

describe('the metrics catalog', () => {
  it('names every metric once, in the words of the exposition format', () => {
    const names = catalog.map((spec) => spec.name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, type } of catalog) {
      expect(name).toMatch(/^ballast_[a-z0-9_]+$/)
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
    }
  })

  it('stays below the ceiling of series with 20 portfolios', async () => {
    const portfolios = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const lines = await samples(prometheusMetrics({ portfolios, processMetrics: false }))
    expect(lines.length).toBeLessThan(5_265)
  })
})
