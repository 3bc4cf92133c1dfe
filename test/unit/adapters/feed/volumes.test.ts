import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { sessionMarket } from '#daemon/session-market.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Fault } from '#units/fault.js'
import { instrumentId } from '#units/ids.js'
import { later } from '#units/time.js'
import { suiteTempDir } from '../../../support/temp-dir.js'
import { eventually, listenerOn, lossyBus, publisherOn, sessionsOf } from './wire.js'

const folder = suiteTempDir()
const file = (name: string, rows: readonly string[]): string => {
  const path = join(folder, name)
  writeFileSync(path, `${rows.join('\n')}\n`)
  return path
}
const LONG = [
  'date,symbol,open,high,low,close,adj_close,volume',
  '2020-01-02,AAA,10,11,9,10,5,1000',
  '2020-01-02,BBB,20,21,19,20,20,50',
  '2020-01-03,AAA,10,12,10,11,5.5,',
]
const [A, B] = [instrumentId('AAA'), instrumentId('BBB')]
const BAR_A = { high: '11', low: '9', close: '10', volume: '1000' }

/** Sessions as they are with what was traded. */
const traded = (count: number): SessionBars[] =>
  sessionsOf(count).map((bars) => ({
    ...bars,
    traded: Object.fromEntries(
      Object.entries(bars.closes).map(([name, close]) => [name, { high: close, low: close, close, volume: '100' }]),
    ),
  }))

describe('what was traded', () => {
  it('is read from a long file when asked for, unadjusted, and only then', () => {
    const path = file('long.csv', LONG)
    const [first, second] = readPriceCsv(path, { volumes: true }).sessions
    expect(first).toMatchObject({ closes: { AAA: '5', BBB: '20' }, traded: { AAA: BAR_A, BBB: { volume: '50' } } })
    expect(second!.traded![A]).toMatchObject({ close: '11', volume: '' })
    expect(readPriceCsv(path).sessions.some((bars) => 'traded' in bars)).toBe(false)
    expect(readPriceCsv(path, { volumes: true, universe: [B] }).sessions[0]!.traded).toEqual({
      BBB: { high: '21', low: '19', close: '20', volume: '50' },
    })
  })

  it.each([
    ['wide.csv', ['Date,AAA', '2020-01-02,10'], /volumes need a file with the columns symbol, date, high/],
    ['bare.csv', ['date,symbol,close', '2020-01-02,AAA,10'], /volumes need a column high/],
  ])('is missing from %s, which says so', (name, rows, words) => {
    expect(() => readPriceCsv(file(name, rows), { volumes: true })).toThrow(words)
    expect(() => readPriceCsv(file(name, rows), { volumes: true })).toThrow(Fault)
  })

  it('goes over the bus, live and from history, as it was published', async () => {
    const bus = lossyBus()
    const sessions = traded(6)
    const publisher = publisherOn(bus)
    publisher.preload(sessions.slice(0, 3))
    const heard = listenerOn(bus)
    await heard.catchUp()
    for (const [index, bars] of sessions.slice(3).entries()) {
      publisher.publish(bars, index + 4)
      await eventually(() => heard.sessions.length === index + 4)
    }
    expect(heard.sessions).toEqual(sessions)
  })

  it('shows in the view of a daily market from the twentieth session on, and of no other market', () => {
    const sessions = traded(21).map((bars, day) => ({ ...bars, at: later(bars.at, day) }))
    const names = Object.keys(sessions[0]!.closes).map(instrumentId)
    const daily = sessionMarket({ barSize: '1d', instruments: names })
    const minutes = sessionMarket({ barSize: '1m', instruments: names })
    const plain = sessionMarket({ barSize: '1d', instruments: names })
    for (const bars of sessions.slice(0, 19)) daily.advance(bars)
    expect(daily.view(sessions[18]!.at).liquidity).toEqual({})
    daily.advance(sessions[19]!)
    const { liquidity } = daily.view(sessions[19]!.at)
    expect(Object.keys(liquidity!).sort()).toEqual([...names].sort())
    expect(liquidity![names[0]!]!.at).toBe(sessions[19]!.at)
    expect(daily.view(sessions[19]!.at).liquidity).toBe(liquidity)
    for (const { traded: _, ...bars } of sessions) plain.advance(bars)
    for (const bars of sessions) minutes.advance(bars)
    expect('liquidity' in plain.view(sessions[20]!.at) || 'liquidity' in minutes.view(sessions[20]!.at)).toBe(false)
  })
})
