import { describe, expect, it } from 'vitest'
import type { BarSize } from '#domain/market.js'
import { barsNeeded, type DetectorState, newDetector, observe } from '#domain/regime/detector.js'
import { type MarketRegime, REGIMES } from '#domain/regime/regime.js'
import { type RangeSource, thresholdsOf } from '#domain/regime/thresholds.js'
import { type LabelledBar, regimesOf } from '#domain/regime/transitions.js'
import { wilder } from '#numerics/wilder.js'
import { type Stretch, simulatedBars } from '../../../support/regime-bars.js'

const DAY = 0.16 / Math.sqrt(252)
const MINUTE = DAY / Math.sqrt(390)

function lived(bars: readonly LabelledBar[], size: BarSize = '1d', ranges: RangeSource = 'high-low') {
  const history = regimesOf(bars, size, ranges)
  if (!history.ok) throw new Error(history.refusal.message)
  return history.value
}

/** The regime most bars of the second half of a market of one kind are in. */
function prevailing(
  stretch: Omit<Stretch, 'bars'>,
  size: BarSize = '1d',
  ranges: RangeSource = 'high-low',
): MarketRegime {
  const { regimes } = lived(simulatedBars(17, [{ bars: 1_200, ...stretch }]), size, ranges)
  const later = regimes.slice(600)
  const count = (regime: MarketRegime) => later.filter((one) => one === regime).length
  return [...REGIMES].sort((a, b) => count(b) - count(a))[0]!
}

describe('the regime detector', () => {
  it.each([
    ['TRENDING', { volatility: 0.8 * DAY, drift: 0.5 * DAY }],
    ['VOLATILE_TRENDING', { volatility: 1.8 * DAY, drift: 1.1 * DAY }],
    ['MEAN_REVERTING', { volatility: 0.8 * DAY, follows: -0.45 }],
    ['CHOPPY', { volatility: 1.8 * DAY }],
    ['QUIET_CHOPPY', { volatility: 0.4 * DAY }],
    ['UNKNOWN', { volatility: 0.8 * DAY }],
  ] as const)('finds %s in a market made so', (regime, stretch) => {
    expect(prevailing(stretch)).toBe(regime)
    expect(prevailing(stretch, '1d', 'closes')).toBe(regime)
  })

  it('measures minutes as minutes: what is ordinary in a day is wild in a minute', () => {
    expect(prevailing({ volatility: 1.8 * MINUTE }, '1m')).toBe('CHOPPY')
    expect(prevailing({ volatility: 0.4 * MINUTE }, '1m')).toBe('QUIET_CHOPPY')
    expect(prevailing({ volatility: 0.4 * DAY }, '1m')).toBe('CHOPPY')
    expect(prevailing({ volatility: 1.8 * MINUTE }, '1d')).toBe('QUIET_CHOPPY')
  })

  it('says nothing before there are bars enough, and something at the first that is', () => {
    const bars = simulatedBars(1, [{ bars: 200, volatility: 2 * DAY }])
    const needed = barsNeeded(thresholdsOf('1d', 'high-low'))
    let state: DetectorState = newDetector('1d', 'high-low')
    for (const [at, bar] of bars.entries()) {
      const next = observe(state, bar)
      if (!next.ok) throw new Error(next.refusal.message)
      state = next.value
      expect(state.figures === null, `bar ${at + 1}`).toBe(at + 1 < needed)
      if (at + 1 < needed) expect(state).toMatchObject({ regime: 'UNKNOWN', confidence: 0 })
    }
    expect(state.regime).toBe('CHOPPY')
  })

  it('goes on from its state written down and read again', () => {
    const bars = simulatedBars(2, [
      { bars: 150, volatility: 0.8 * DAY },
      { bars: 150, volatility: 2 * DAY },
    ])
    let [kept, copied]: [DetectorState, DetectorState] = [newDetector('1d', 'closes'), newDetector('1d', 'closes')]
    for (const { high, low, close } of bars) {
      const [a, b] = [observe(kept, { high, low, close }), observe(copied, { high, low, close })]
      if (!a.ok || !b.ok) throw new Error('refused')
      ;[kept, copied] = [a.value, JSON.parse(JSON.stringify(b.value)) as DetectorState]
      expect(copied).toEqual(kept)
    }
    expect(JSON.stringify(kept).length).toBeLessThan(12_000)
  })

  it('says when large moves begin within a month of bars, and how sure it is', () => {
    const { transitions } = lived(
      simulatedBars(4, [
        { bars: 300, volatility: 0.7 * DAY },
        { bars: 100, volatility: 2.5 * DAY },
      ]),
    )
    const wild = transitions.find(
      ({ to, label }) => Number(label) > 300 && (to === 'CHOPPY' || to === 'VOLATILE_TRENDING'),
    )
    expect(Number(wild?.label)).toBeLessThanOrEqual(321)
    expect(wild?.figures.atr).toBeGreaterThan(thresholdsOf('1d', 'high-low').wide.exit)
    for (const { confidence } of transitions) {
      expect(confidence).toBeGreaterThanOrEqual(0)
      expect(confidence).toBeLessThanOrEqual(1)
    }
  })

  it.each([
    [{ high: 10, low: 9, close: 11 }, 'a close of 11 is not between 9 and 10'],
    [{ high: 10, low: -1, close: 5 }, '-1 is no price'],
    [{ high: Number.NaN, low: 1, close: 5 }, 'NaN is no price'],
  ])('refuses the bar %o', (bar, message) => {
    const next = observe(newDetector('1d', 'high-low'), bar)
    expect(next.ok ? '' : next.refusal.message).toContain(message)
    expect(next.ok ? '' : next.refusal.code).toBe('bad_bar')
  })

  it.each([
    ['closes', 0.1, 0.25],
    ['high-low', 0.1, 0.25],
  ] as const)(
    'takes few random walks for trends: one in ten enters by %s, one in four stays',
    (ranges, enters, stays) => {
      const bars = simulatedBars(9, [{ bars: 60_000, volatility: DAY }]).map(({ high, low, close }) =>
        ranges === 'closes' ? { high: close, low: close, close } : { high, low, close },
      )
      const adx: number[] = []
      for (let end = 100; end <= bars.length; end += 10) adx.push(wilder(bars.slice(end - 100, end), 14).adx)
      const { trending } = thresholdsOf('1d', ranges)
      const share = (threshold: number) => adx.filter((one) => one >= threshold).length / adx.length
      expect(Math.abs(share(trending.enter) - enters)).toBeLessThan(0.02)
      expect(Math.abs(share(trending.exit) - stays)).toBeLessThan(0.03)
    },
  )
})
