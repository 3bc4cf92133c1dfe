import { describe, expect, it } from 'vitest'
import { barMessage, heartbeatMessage, historyExchange, sessionMessage } from '#adapters/wire/market.js'

const TS = '2020-01-02T21:00:00.000Z'
const head = { feed: 'replay', run: 'r1', ts: TS }
const bar = { ...head, number: 1, symbol: 'BRK.B', session: '2020-01-02', close: '10.50' }
const session = { ...head, number: 1, session: '2020-01-02', bars: 0 }
const beat = { ...head, bar_size: '1d', latest: 0 }

describe('market messages', () => {
  it('read what a feed writes', () => {
    expect(barMessage.parse(bar)).toEqual({ ...bar, ts: Date.parse(TS) })
    expect(sessionMessage.parse(session)).toEqual({ ...session, ts: Date.parse(TS) })
    expect(heartbeatMessage.parse(beat)).toEqual({ ...beat, ts: Date.parse(TS) })
  })

  it('leave the judgement of a close to its reader, within a length', () => {
    expect(barMessage.safeParse({ ...bar, close: 'NaN' }).success).toBe(true)
    expect(barMessage.safeParse({ ...bar, close: '' }).success).toBe(true)
    expect(barMessage.safeParse({ ...bar, close: '1'.repeat(65) }).success).toBe(false)
    expect(barMessage.safeParse({ ...bar, close: 10.5 }).success).toBe(false)
  })

  it.each([
    ['a field nobody knows', barMessage, { ...bar, open: '1' }],
    ['a symbol that is none', barMessage, { ...bar, symbol: 'A B' }],
    ['a bar of no session', barMessage, { ...bar, number: 0 }],
    ['a day that does not exist', sessionMessage, { ...session, session: '2020-02-30' }],
    ['a session that is no whole number', sessionMessage, { ...session, number: 1.5 }],
    ['fewer bars than none', sessionMessage, { ...session, bars: -1 }],
    ['a feed without a name', sessionMessage, { ...session, feed: '' }],
    ['a time without a zone', heartbeatMessage, { ...beat, ts: '2020-01-02T21:00:00.000' }],
    ['a bar size that is none', heartbeatMessage, { ...beat, bar_size: '1w' }],
    ['a heartbeat of nobody', heartbeatMessage, { ...beat, run: undefined }],
    ['a question before the first session', historyExchange.question, { after: -1 }],
    ['a question with a field nobody knows', historyExchange.question, { after: 0, until: 3 }],
  ])('refuse %s', (_, schema, message) => {
    expect(schema.safeParse(message).success).toBe(false)
  })

  it('let an older listener understand the history of a newer feed, whatever single prices look like', () => {
    const row = { number: 1, session: '2020-01-02', ts: TS, closes: [['no symbol', 'NaN']], volumes: [] }
    const answer = { feed: 'replay', run: 'r1', sessions: [row], latest: 1, delayed: true }
    expect(historyExchange.answer.parse(answer).sessions[0]!.closes).toEqual([['no symbol', 'NaN']])
  })
})
