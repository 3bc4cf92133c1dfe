import type { SessionDate } from '#units/time.js'
import { compact } from '../format.js'
import { INK } from './ink.js'
import { type Layout, WIDTH } from './svg.js'

/** Left edge of every plot, so that the charts of a page line up. */
const MARGIN = { left: 64, right: 14 } as const

/** Midnight UTC of a session, as a time axis counts. */
export const timeOf = (session: SessionDate): number => Date.parse(`${session}T00:00:00Z`)

/** The place of one plot in a chart. */
export const plotArea = (top: number, height: number): Readonly<Record<string, number>> => ({ ...MARGIN, top, height })

/** First and last instant of a time axis; `pad` widens it by that fraction on both sides. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The span of the sessions of all histories; a single session is given a day around it. */
export function spanOf(sessions: readonly SessionDate[], pad = 0): Span {
  const times = sessions.map(timeOf)
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const time of times) [from, to] = [Math.min(from, time), Math.max(to, time)]
  const room = from === to ? 86_400_000 : (to - from) * pad
  return { from: from - room, to: to + room }
}

/** A time axis in the house style; `labels` false draws the line alone. */
export function timeAxis(layout: Layout, span: Span, labels: boolean, gridIndex = 0): Record<string, unknown> {
  const { values, text } = timeTicks(span, layout === 'wide' ? 11 : 6)
  return {
    type: 'time',
    gridIndex,
    min: span.from,
    max: span.to,
    axisLine: { onZero: false, lineStyle: { color: INK.muted } },
    axisTick: { show: labels, customValues: values, lineStyle: { color: INK.muted } },
    axisLabel: {
      show: labels,
      color: INK.muted,
      fontSize: fontSize(layout),
      customValues: values,
      formatter: (value: number) => text.get(value) ?? '',
      hideOverlap: true,
    },
    splitLine: { show: false },
  }
}

/** A month that began this little before the axis is marked at the axis's start: markets close on New Year's Day. */
const FIRST_DAYS_MS = 7 * 86_400_000

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Month starts at the finest even step that gives at most `most` labels; January shows its year, others their month. */
function timeTicks({ from, to }: Span, most: number): { values: number[]; text: ReadonlyMap<number, string> } {
  const first = new Date(from)
  const months: number[] = []
  for (let month = first.getUTCFullYear() * 12 + first.getUTCMonth(); ; month += 1) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1)
    if (at > to) break
    if (at >= from - FIRST_DAYS_MS) months.push(month)
  }
  const steps = [1, 2, 3, 6, 12, 24, 60, 120, 240]
  const step = steps.find((size) => months.filter((month) => month % size === 0).length <= most) ?? 600
  const text = new Map<number, string>()
  for (const month of months.filter((value) => value % step === 0)) {
    const year = Math.floor(month / 12)
    const name = MONTHS[month % 12]!
    text.set(
      Math.max(from, Date.UTC(year, month % 12, 1)),
      month % 12 === 0 ? String(year) : months.length > 12 ? name : `${name} ${year}`,
    )
  }
  if (text.size === 0) text.set(from, new Date(from).toISOString().slice(0, 10))
  return { values: [...text.keys()], text }
}

/** A value axis in the house style; `extra` adds to it or replaces. */
export function valueAxis(
  layout: Layout,
  format: (value: number) => string,
  extra: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const { ticks, ...rest } = extra as { ticks?: readonly number[] }
  const custom = ticks === undefined ? {} : { customValues: ticks }
  return {
    type: 'value',
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false, ...custom },
    axisLabel: { color: INK.muted, fontSize: fontSize(layout), formatter: format, ...custom },
    splitLine: { lineStyle: { color: INK.grid, width: 1 } },
    ...rest,
  }
}

/** A money axis format. */
export const moneyTicks =
  (currency: string): ((value: number) => string) =>
  (value) =>
    compact(value, currency)

/** Text size of a layout. */
export const fontSize = (layout: Layout): number => (WIDTH[layout] > 500 ? 12.5 : 11)

/**
 * Round numbers within [low, high], where a logarithmic axis is marked: 1, 2 and 5 times powers of ten, and more of them
 * when those are few. Both positive.
 */
export function logTicks(low: number, high: number): readonly number[] {
  const coarse = leads(low, high, [1, 2, 5])
  return coarse.length >= 4 ? coarse : leads(low, high, [1, 1.5, 2, 3, 4, 5, 7])
}

function leads(low: number, high: number, within: readonly number[]): readonly number[] {
  const ticks: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1)
    for (const lead of within) {
      const tick = lead * 10 ** power
      if (tick >= low && tick <= high) ticks.push(tick)
    }
  return ticks
}
