import { describe, expect, it } from 'vitest'
import { collectBars } from '#adapters/feed/collect.js'
import { instrumentId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'

const of = (number: number) => ({
  feed: 'f',
  run: 'r',
  number,
  session: sessionDate('2020-01-02'),
  ts: instant(number),
})
const bar = (number: number, symbol: string, close = '1') => ({ ...of(number), symbol: instrumentId(symbol), close })

describe('collecting the bars of a session', () => {
  it('is complete when it is announced and every bar of it was heard, in whatever order', () => {
    const collected = collectBars()
    collected.bar(bar(1, 'AAA'))
    expect(collected.complete(1)).toBeUndefined()
    collected.announce({ ...of(1), bars: 2 })
    expect(collected.complete(1)).toBeUndefined()
    collected.bar(bar(1, 'AAA', '9'))
    expect(collected.complete(1)).toBeUndefined()
    collected.bar(bar(1, 'BBB'))
    expect([...collected.complete(1)!.closes]).toEqual([
      ['AAA', '1'],
      ['BBB', '1'],
    ])
    collected.announce({ ...of(2), bars: 0 })
    expect([...collected.complete(2)!.closes]).toEqual([])
  })

  it('holds four sessions at a time, and none that is forgotten', () => {
    const collected = collectBars()
    const hear = (number: number): boolean => {
      collected.bar(bar(number, 'AAA'))
      collected.announce({ ...of(number), bars: 1 })
      return collected.complete(number) !== undefined
    }
    expect([1, 4, 5, 1_000_000].map(hear)).toEqual([true, true, false, false])
    collected.forget(3)
    expect(collected.complete(1)).toBeUndefined()
    expect(collected.complete(4)).toBeDefined()
    expect([3, 7, 8].map(hear)).toEqual([false, true, false])
  })

  it('holds at most 6,000 bars of a session', () => {
    const collected = collectBars()
    for (let index = 0; index < 7_000; index += 1) collected.bar(bar(1, `S${index}`))
    collected.announce({ ...of(1), bars: 6_000 })
    expect([...collected.complete(1)!.closes]).toHaveLength(6_000)
  })
})
