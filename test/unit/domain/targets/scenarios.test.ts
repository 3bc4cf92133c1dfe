import { describe, expect, it } from 'vitest'
import { NO_LAST_PRICE, NO_PRICE_YET, scenarioSet } from '#domain/targets/scenarios.js'
import { byId, id } from './fixtures.js'

const bars = (rows: readonly Record<string, string | number>[]) =>
  rows.map((closes, index) => ({ session: `2020-0${index + 1}-01`, closes: byId(closes) }))

describe('scenario set', () => {
  const sessions = bars([
    { A: '10.00', B: '5' },
    { A: '11.00', B: '5' },
    { A: '9.90', B: '6', C: '1' },
    { A: '9.90', B: '3', C: '2' },
  ])
  const instruments = [id('B'), id('A'), id('C')]

  it('takes simple returns between consecutive sessions, columns by id, oldest row first', () => {
    const set = scenarioSet({ instruments, sessions, minimum: 2, maximum: 10 })
    expect(set.instruments).toEqual(['A', 'B'])
    expect(set.rows).toBe(3)
    const expected = [0.1, 0, -0.1, 0.2, 0, -0.5]
    set.returns.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 15)
    })
    expect([set.from, set.to]).toEqual(['2020-02-01', '2020-04-01'])
  })

  it('leaves a young instrument out and says how far it is', () => {
    const set = scenarioSet({ instruments, sessions, minimum: 2, maximum: 10 })
    expect(set.excluded).toEqual([{ instrument: 'C', reason: '1 of 2 returns' }])
  })

  it('shortens the window to the history common to all that entered', () => {
    const set = scenarioSet({ instruments, sessions, minimum: 1, maximum: 10 })
    expect([set.instruments.join(), set.rows, set.from]).toEqual(['A,B,C', 1, '2020-04-01'])
    expect([...set.returns]).toEqual([0, -0.5, 1])
  })

  it('keeps the latest rows up to the maximum', () => {
    const set = scenarioSet({ instruments: [id('A')], sessions, minimum: 1, maximum: 2 })
    expect([set.rows, set.from, set.to]).toEqual([2, '2020-03-01', '2020-04-01'])
  })

  it('leaves out what has no price in the last session, and what never had one', () => {
    const gone = bars([{ A: 1, B: 1 }, { A: 1, B: 1 }, { A: 1 }])
    const set = scenarioSet({ instruments, sessions: gone, minimum: 1, maximum: 10 })
    expect(set.instruments).toEqual(['A'])
    expect(set.excluded).toEqual([
      { instrument: 'B', reason: NO_LAST_PRICE },
      { instrument: 'C', reason: NO_PRICE_YET },
    ])
  })

  it('counts only returns after the last gap', () => {
    const gap = bars([{ A: 1 }, { A: 1 }, { A: 1 }, {}, { A: 1 }, { A: 2 }])
    const set = scenarioSet({ instruments: [id('A')], sessions: gap, minimum: 2, maximum: 10 })
    expect(set.excluded).toEqual([{ instrument: 'A', reason: '1 of 2 returns' }])
  })

  it.each(['0', '-1', 'NaN', '', 'Infinity', 0, Number.NaN])('takes a close of %j for missing', (bad) => {
    const set = scenarioSet({
      instruments: [id('A')],
      sessions: bars([{ A: 1 }, { A: bad }, { A: 1 }, { A: 2 }]),
      minimum: 1,
      maximum: 10,
    })
    expect(set.rows).toBe(1)
  })

  it('has no rows when nobody is eligible', () => {
    const set = scenarioSet({ instruments, sessions: [], minimum: 1, maximum: 10 })
    expect(set).toMatchObject({ instruments: [], rows: 0, from: '', to: '' })
    expect(set.excluded).toHaveLength(3)
    expect(set.returns).toHaveLength(0)
  })

  it('names its inputs: the digest moves with a date, an id or the last bit of a close, and with nothing else', () => {
    const history = { instruments: [id('A'), id('B')], sessions, minimum: 1, maximum: 10 }
    const { digest } = scenarioSet(history)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(scenarioSet({ ...history, instruments: [id('B'), id('A')] }).digest).toBe(digest)
    const edited = (index: number, change: object) =>
      scenarioSet({ ...history, sessions: sessions.map((bar, i) => (i === index ? { ...bar, ...change } : bar)) })
        .digest
    expect(edited(3, { session: '2020-04-02' })).not.toBe(digest)
    expect(edited(3, { closes: byId({ A: '9.90', B: 3.0000000000000004 }) })).not.toBe(digest)
    expect(scenarioSet({ ...history, instruments: [id('A'), id('C')] }).digest).not.toBe(digest)
  })
})
