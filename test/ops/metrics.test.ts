import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalog } from '#adapters/metrics/catalog.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'

/** `promtool` of the system, or the one that `scripts/setup test` unpacked without root. */
const promtool = ['/usr/bin/promtool', '/usr/local/bin/promtool', '.tools/usr/bin/promtool'].find(existsSync)

/** Every metric of the catalog with one sample at least. */
async function rendering(): Promise<string> {
  const metrics = prometheusMetrics({ portfolios: ['core'], processMetrics: false })
  for (const { name, type, labels } of catalog) {
    const given = Object.fromEntries(
      Object.entries(labels).map(([label, rule]) => {
        if (rule === 'portfolio') return [label, 'core']
        return [label, rule instanceof RegExp ? (rule.test('95') ? '95' : 'sample') : rule[0]!]
      }),
    )
    if (type === 'counter') metrics.count(name, given)
    else if (type === 'gauge') metrics.gauge(name, 1, given)
    else metrics.observe(name, 1, given)
  }
  return metrics.render()
}

describe('promtool check metrics', () => {
  const absent = promtool === undefined && process.env.CI === undefined
  it.skipIf(absent)('finds nothing to say about our names (skipped when promtool is not installed)', async () => {
    expect(promtool, 'promtool is needed in CI: run scripts/setup test').toBeDefined()
    const text = await rendering()
    for (const { name } of catalog) expect(text).toContain(`# HELP ${name} `)
    const { status, stdout, stderr } = spawnSync(promtool!, ['check', 'metrics'], { input: text, encoding: 'utf8' })
    expect(`${stdout}${stderr}`).toBe('')
    expect(status).toBe(0)
  })

  it.skipIf(absent)('would speak up about a bad name (skipped when promtool is not installed)', () => {
    const bad = '# TYPE ballast_runs counter\nballast_runs 1\n'
    const { status, stderr } = spawnSync(promtool!, ['check', 'metrics'], { input: bad, encoding: 'utf8' })
    expect(stderr).toContain('counter metrics should have "_total" suffix')
    expect(status).not.toBe(0)
  })
})
