import { describe, expect, it } from 'vitest'
import { axisCut } from '#report/charts/trades.js'
import { weightBands } from '#report/charts/weights.js'
import { renderReport } from '#report/html.js'
import type { PortfolioHistory } from '#report/portfolio-history.js'
import type { ReportData } from '#report/report-data.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { closesAt, historyOf, runAt } from './histories.js'

const HOSTILE = `</table><script>alert("1")</script><img src=x onerror='1'>&`
const VOID = new Set(['meta', 'br', '!doctype'])

const reportOf = (portfolios: readonly PortfolioHistory[], changes: Partial<ReportData> = {}): ReportData => ({
  title: 'Two portfolios',
  source: 'closes made up for a test',
  seed: 'seed',
  version: '1.2.3',
  portfolios,
  ...changes,
})

const wave = (length: number): readonly number[] => Array.from({ length }, (_, at) => 1 + 0.3 * Math.sin(at / 20))

/** Names of tags that are closed out of turn or never; void and self-closing elements aside. */
function unbalanced(page: string): readonly string[] {
  const open: string[] = []
  const wrong: string[] = []
  const body = page.replace(/<style>[\s\S]*?<\/style>/g, '')
  for (const [, slash, name = '', rest = ''] of body.matchAll(/<(\/?)([!a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (slash === '/') {
      if (open.pop() !== name) wrong.push(name)
    } else if (!VOID.has(name) && !rest.endsWith('/')) open.push(name)
  }
  return [...wrong, ...open]
}

describe('the report page', () => {
  it('tells a page out of balance from one in balance', () => {
    expect(unbalanced('<p><b>a</b></p><br><rect x="1>2"/>')).toEqual([])
    expect(unbalanced('<p><b>a</p>')).not.toEqual([])
  })

  it('is balanced, complete and free of what should never be shown', () => {
    const page = renderReport(reportOf([historyOf(closesAt(wave(900))), historyOf(closesAt([1, 8]), '1mo')]))
    expect(unbalanced(page)).toEqual([])
    expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/)
    expect(page.match(/<figure>/g)).toHaveLength(5)
    expect(page.match(/<svg /g)).toHaveLength(10)
    expect(page).toContain('$1,000,000.00')
    expect(page).toContain('$19,999.90')
    expect(page).toContain('ab'.repeat(32))
    expect(page).toContain('✓ verified')
  })

  it('draws portfolios of different currencies on different axes', () => {
    const euros = historyOf(closesAt([1, 2]), '1d', { currency: 'EUR' })
    const page = renderReport(reportOf([historyOf(closesAt([1, 2])), euros]))
    expect(page.match(/Equity and drawdown/g)).toHaveLength(2)
    expect(page).toContain('Value in EUR')
    expect(page).toContain('>€1.5M<')
  })

  it('reaches for nothing outside itself', () => {
    const page = renderReport(reportOf([historyOf(closesAt(wave(50)))]))
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|(src|href)=|https?:/)
    const urls = [...page.matchAll(/url\(([^)]*)\)/g)].map(([, target]) => target)
    expect(urls.every((target) => target?.startsWith('#'))).toBe(true)
  })

  it('gives the same bytes again, and every element id once', () => {
    const data = reportOf([historyOf(closesAt(wave(300))), historyOf(closesAt(wave(20)))])
    const page = renderReport(data)
    expect(renderReport(data)).toBe(page)
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(4)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('shows hostile text as text, wherever it comes from', () => {
    const history = historyOf(closesAt(wave(5)), '1d', {
      name: HOSTILE,
      targets: HOSTILE,
      runs: [runAt(1, '2020-01-02', { why: HOSTILE, outcome: HOSTILE })],
      verification: { ok: false, portfolio: portfolioId('alpha'), seq: 3, kind: 'corrupt', message: HOSTILE },
    })
    const page = renderReport(reportOf([history], { title: HOSTILE, source: HOSTILE, seed: HOSTILE, version: HOSTILE }))
    expect(page).not.toMatch(/<script|<img|<\/table><script/)
    expect(page.match(/&#60;script&#62;/g)!.length).toBeGreaterThanOrEqual(9)
    expect(unbalanced(page)).toEqual([])
    expect(page).toContain('✗ corrupt at #3')
  })

  it('folds away the tail of a long outcome without losing any of it', () => {
    const outcome = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ')
    const page = renderReport(
      reportOf([historyOf(closesAt([1, 1]), '1d', { runs: [runAt(1, '2020-01-02', { outcome })] })]),
    )
    expect(page).toContain('<details class="more">')
    expect(page.replace(' …</summary>', '').replace('<details class="more"><summary>', '')).toContain(outcome)
    expect(unbalanced(page)).toEqual([])
  })

  it('stands up with nothing to show', () => {
    const empty = historyOf([], '1d', { weights: [], runs: [], trades: [], positions: [] })
    for (const portfolios of [[], [empty]]) {
      const page = renderReport(reportOf(portfolios, { seed: null }))
      expect(unbalanced(page)).toEqual([])
      expect(page).not.toMatch(/undefined|NaN|Infinity|<svg/)
    }
  })

  it('stays under three megabytes with twenty names, five years and a run a week', () => {
    const closes = closesAt(wave(1260))
    const weights = Array.from({ length: 20 }, (_, index) => ({
      instrument: instrumentId(`N${index}`),
      values: closes.map((_close, at) => 0.045 + 0.01 * Math.sin(at / 7 + index)),
    }))
    const runs = Array.from({ length: 250 }, (_, index) => runAt(index + 1, closes[index * 5]!.session))
    const big = historyOf(closes, '1d', { weights, runs })
    expect(renderReport(reportOf([big, big, big])).length).toBeLessThan(3_000_000)
  })
})

describe('what the charts show', () => {
  it('ranks instruments by average weight, sums up the small ones and lays cash on top', () => {
    const closes = closesAt([1, 1])
    const weights = Array.from({ length: 23 }, (_, index) => ({
      instrument: instrumentId(`N${index}`),
      values: [0.001 * index, 0.001 * index],
    }))
    const bands = weightBands(historyOf(closes, '1d', { weights }))
    expect(bands.map((band) => band.label).slice(0, 2)).toEqual(['N22', 'N21'])
    expect(bands.map((band) => band.label).slice(-2)).toEqual(['4 others', 'Cash'])
    expect(bands.at(-2)!.values[0]).toBeCloseTo(0.006, 12)
  })

  it('cuts a run off the axis only when it dwarfs all others', () => {
    const big = runAt(1, '2020-01-01', { bought: money('950000') })
    const small = runAt(2, '2020-01-02', { bought: money('61000') })
    expect(axisCut([big, small])).toEqual({ run: big, at: 70_000 })
    expect(axisCut([big, { ...small, bought: money('300000') }])).toBeNull()
    expect(axisCut([big])).toBeNull()
  })
})
