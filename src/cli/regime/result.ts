import { counted, percent } from '#domain/explain/words.js'
import type { Figures } from '#domain/regime/detector.js'
import { sizingOf } from '#domain/regime/multiplier.js'
import { type MarketRegime, REGIMES } from '#domain/regime/regime.js'
import { forgottenAfter, thresholdsOf } from '#domain/regime/thresholds.js'
import type { RegimeHistory } from '#domain/regime/transitions.js'
import { instant } from '#units/time.js'
import type { Output } from '../output.js'
import { facts, table } from '../table.js'
import type { Bars } from './bars.js'

/** What `ballast regime` prints: every transition with its figures, how long each regime held, the regime at the end. */
export function regimeResult({ symbol, barSize, ranges, bars }: Bars, { regimes, transitions, last }: RegimeHistory) {
  const thresholds = thresholdsOf(barSize, ranges)
  const share = (regime: MarketRegime): number => regimes.filter((one) => one === regime).length / regimes.length
  const reading = { regime: last.regime, confidence: last.confidence, at: instant(0) }
  return {
    symbol,
    barSize,
    ranges,
    bars: { count: bars.length, from: bars[0]!.label, to: bars.at(-1)!.label },
    forgottenAfter: forgottenAfter(thresholds),
    thresholds,
    current: {
      regime: last.regime,
      confidence: last.confidence,
      // As of the last bar, with none before it: what a detector that starts now would have.
      multiplier: sizingOf(reading, 1, reading.at).multiplier,
      figures: last.figures,
    },
    shares: Object.fromEntries(REGIMES.map((regime) => [regime, share(regime)])),
    transitions,
  }
}

/** What {@link regimeResult} makes. */
export type RegimeResult = ReturnType<typeof regimeResult>

/** The same for people. */
export function regimeText(output: Output, result: RegimeResult): string {
  const { symbol, barSize, ranges, bars, current, shares, transitions } = result
  const from = ranges === 'closes' ? 'closes only: a true range is |close − close before|' : 'high and low'
  const { figures } = current
  const held = Object.entries(shares).filter(([, share]) => share > 0)
  return [
    facts(output, [
      ['bars', `${symbol}, ${bars.count} of ${barSize}, ${bars.from} to ${bars.to}`],
      ['ranges', from],
      ['memory', `a bar says nothing any more ${result.forgottenAfter} bars later`],
      ['held', held.map(([regime, share]) => `${regime} ${percent(share, 0)}`).join(', ')],
      ['now', `${current.regime}, confidence ${current.confidence.toFixed(2)}, sizing × ${current.multiplier}`],
      ...(figures === null ? [] : [['figures', figuresLine(figures)] as const]),
      ['changes', counted(transitions.length, 'transition')],
    ]),
    '',
    table(
      output,
      COLUMNS,
      transitions.map(({ label, from: before, to, confidence, after, figures: at }) => [
        label,
        before,
        to,
        confidence.toFixed(2),
        String(after),
        at.adx.toFixed(1),
        at.plusDi.toFixed(1),
        at.minusDi.toFixed(1),
        percent(at.atr, 3),
        percent(at.bigMoves, 1),
        at.autocorrelation.toFixed(3),
        percent(at.directionChanges, 1),
      ]),
      'The regime never changed.',
    ),
  ].join('\n')
}

const COLUMNS = [
  ['BAR'],
  ['FROM'],
  ['TO'],
  ['CONF', 'r'],
  ['HELD', 'r'],
  ['ADX', 'r'],
  ['+DI', 'r'],
  ['-DI', 'r'],
  ['ATR', 'r'],
  ['BIG', 'r'],
  ['LAG 1', 'r'],
  ['TURNS', 'r'],
] as const

const figuresLine = ({ adx, plusDi, minusDi, atr, bigMoves, autocorrelation, directionChanges }: Figures): string =>
  [
    `ADX ${adx.toFixed(1)}`,
    `+DI ${plusDi.toFixed(1)}`,
    `-DI ${minusDi.toFixed(1)}`,
    `ATR ${percent(atr, 3)}`,
    `big moves ${percent(bigMoves, 1)}`,
    `autocorrelation ${autocorrelation.toFixed(3)}`,
    `changes of direction ${percent(directionChanges, 1)}`,
  ].join(', ')
