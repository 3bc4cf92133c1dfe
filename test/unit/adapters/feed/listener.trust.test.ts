import { describe, expect, it } from 'vitest'
import { systemClock } from '#adapters/clock/system.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { Bus } from '#ports/bus.js'
import { barsOf } from '../../../support/prices.js'
import {
  countedMetrics,
  eventually,
  keptLog,
  listenerOn,
  lossyBus,
  publishAll,
  publisherOn,
  sessionsOf,
} from './wire.js'

/** A feed written by somebody else: whatever it is given, under a run of its own. */
function foreignFeed(bus: Bus, feed = 'foreign') {
  const base = { feed, run: 'r1' }
  const ts = (session: string): string => `${session}T21:00:00.000Z`
  return {
    session(number: number, session: string, closes: readonly (readonly [string, unknown])[]): void {
      for (const [symbol, close] of closes)
        bus.publish('md.v1.bar.1d.ANY', JSON.stringify({ ...base, number, symbol, session, ts: ts(session), close }))
      const bars = closes.length
      bus.publish(subjects.session('1d'), JSON.stringify({ ...base, number, session, ts: ts(session), bars }))
    },
    history(
      rows: readonly { number: number; session: string; closes: readonly (readonly [string, unknown])[] }[],
      latest = rows.length,
    ): void {
      bus.serve(subjects.history('1d'), async (message) => {
        const { after } = JSON.parse(message.body) as { after: number }
        const sessions = rows.filter(({ number }) => number > after).map((row) => ({ ...row, ts: ts(row.session) }))
        return JSON.stringify({ ok: true, ...base, sessions, latest })
      })
    },
  }
}

describe('what the market listener believes', () => {
  it('drops prices that are none by reason, wherever they come from, and never replaces them', async () => {
    const bus = lossyBus()
    const { counts, metrics } = countedMetrics()
    const bad = [
      ['AAA', '10'],
      ['NAN', 'NaN'],
      ['EXP', '1e5'],
      ['ZERO', '0'],
      ['NEG', '-3'],
      ['BIG', '9'.repeat(31)],
    ] as const
    const feed = foreignFeed(bus)
    feed.history([{ number: 1, session: '2020-01-02', closes: [...bad, ['no symbol', '1'], ['AAA', '11']] }])
    const heard = listenerOn(bus, { metrics })
    await heard.catchUp(1)
    feed.session(2, '2020-01-03', bad)
    await heard.catchUp(2)
    expect(heard.sessions.map(({ closes }) => closes)).toEqual([{ AAA: '10' }, { AAA: '10' }])
    expect(counts).toEqual({
      'ballast_market_data_dropped_total not_a_number': 6,
      'ballast_market_data_dropped_total not_positive': 4,
      'ballast_market_data_dropped_total malformed': 1,
      'ballast_market_data_dropped_total duplicate': 1,
    })
  })

  it('counts messages it cannot understand and has the session from history', async () => {
    const bus = lossyBus()
    const { counts, metrics } = countedMetrics()
    const sessions = sessionsOf(2)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus, { metrics })
    await heard.catchUp()
    for (const body of ['', '{', '[]', '{"feed":"replay"}', '{"__proto__":{"x":1}}'])
      for (const subject of [subjects.bar('1d', 'AAA'), subjects.session('1d'), subjects.heartbeat])
        bus.publish(subject, body)
    bus.fate = (subject) => (subject.includes('.bar.') ? 0 : 1)
    publishAll(publisher, sessions)
    await heard.catchUp(2)
    expect(heard.sessions).toEqual(sessions)
    expect(counts).toEqual({ 'ballast_nats_invalid_messages_total market': 15 })
  })

  it('follows a feed that starts anew with the same sessions, delivering none twice', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(30)
    const first = publisherOn(bus)
    const heard = listenerOn(bus)
    publishAll(first, sessions.slice(0, 20))
    await heard.catchUp(20)
    first.close()
    const second = publisherOn(bus)
    publishAll(second, sessions.slice(0, 10))
    await eventually(() => bus.asked.length > 3)
    await heard.catchUp()
    expect(heard.sessions).toEqual(sessions.slice(0, 20))
    publishAll(second, sessions.slice(10))
    await heard.catchUp(30)
    expect(heard.sessions).toEqual(sessions)
    expect(heard.ready()).toBe(true)
  })

  it('follows a feed that starts anew further on, numbering from 1', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(9)
    const first = publisherOn(bus)
    const { log, said } = keptLog()
    const heard = listenerOn(bus, { log })
    publishAll(first, sessions.slice(0, 6))
    await heard.catchUp(6)
    first.close()
    const ready: boolean[] = []
    bus.outage = () => void ready.push(heard.ready()) as undefined
    publishAll(publisherOn(bus), sessions.slice(4))
    await eventually(() => heard.sessions.length === 9)
    expect(heard.sessions).toEqual(sessions)
    expect(heard.numbers).toEqual([1, 2, 3, 4, 5, 6, 3, 4, 5])
    expect(ready.slice(0, 2)).toEqual([true, false]) // it asks who is there, and then for all of it
    expect(said.filter((line) => line.includes('started anew'))).toHaveLength(1)
    expect(said.filter((line) => line.includes('lacks a session'))).toEqual([])
  })

  it('is not led astray by late messages of an earlier run', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(8)
    const late: [string, string][] = []
    bus.fate = (subject, body) => {
      late.push([subject, body])
      return 1
    }
    const first = publisherOn(bus)
    const heard = listenerOn(bus)
    publishAll(first, sessions.slice(0, 6))
    await heard.catchUp(6)
    first.close()
    bus.fate = () => 1
    const second = publisherOn(bus)
    publishAll(second, sessions.slice(0, 7))
    await eventually(() => heard.sessions.length === 7)
    const [barOf1] = late.filter(([subject]) => subject.includes('.bar.'))
    const stray = JSON.stringify({ ...JSON.parse(barOf1![1]), number: 8, close: '0.01' })
    for (const [subject, body] of [...late, [barOf1![0], stray] as const]) bus.publish(subject, body)
    await heard.catchUp()
    publishAll(second, sessions.slice(7))
    await heard.catchUp(8)
    expect(heard.sessions).toEqual(sessions)
    expect(heard.numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('refuses another feed for as long as it lives, says so once, and does not count it as heard', async () => {
    const bus = lossyBus()
    const { log, said } = keptLog()
    const sessions = sessionsOf(4)
    const ours = publisherOn(bus, 'ours')
    const feeds: string[] = []
    const heard = listenerOn(bus, { log, clock: systemClock(), onHeard: (feed) => feeds.push(feed) })
    publishAll(ours, sessions.slice(0, 2))
    await heard.catchUp(2)
    ours.close()
    await heard.catchUp(2).then(() => new Promise((resolve) => setImmediate(resolve))) // what is under way has arrived
    const last = heard.lastHeardAt()
    const theirs = publisherOn(bus, 'theirs')
    theirs.preload([barsOf('2030-01-02', { AAA: '1' })])
    publishAll(theirs, [barsOf('2030-01-03', { AAA: '1' })])
    const waiting = heard.catchUp().catch(() => undefined)
    await eventually(() => said.some((line) => line.includes('another feed is refused')))
    await eventually(() => bus.asked.length >= 5)
    expect(heard.lastHeardAt()).toBe(last)
    expect(said.filter((line) => line.includes('another feed is refused'))).toHaveLength(1)
    theirs.close()
    publishAll(publisherOn(bus, 'ours'), sessions)
    await waiting
    expect(heard.sessions).toEqual(sessions)
    expect(new Set(feeds)).toEqual(new Set(['ours']))
  })

  it('hears heartbeats, but not those of another bar size', async () => {
    const bus = lossyBus()
    let now = 1_000
    const clock = { now: () => now as never, wake: () => () => undefined }
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus, { clock })
    await heard.catchUp()
    publisher.close()
    expect(heard.lastHeardAt()).toBe(1_000)
    now = 2_000
    const beat = { feed: 'replay', run: 'r', latest: 0, ts: '2020-01-02T21:00:00.000Z' }
    const asked = bus.asked.length
    bus.publish(subjects.heartbeat, JSON.stringify({ ...beat, bar_size: '1mo' }))
    bus.publish(subjects.heartbeat, JSON.stringify({ ...beat, bar_size: '1d' }))
    await eventually(() => bus.asked.length > asked) // the second one is of an unknown run
    expect(heard.lastHeardAt()).toBe(2_000)
    now = 3_000
    bus.publish(subjects.heartbeat, JSON.stringify({ ...beat, bar_size: '1mo' }))
    await eventually(() => bus.asked.length > asked + 1)
    expect(heard.lastHeardAt()).toBe(2_000)
  })

  it('keeps asking a feed that claims more than it gives', async () => {
    const bus = lossyBus()
    const { log, said } = keptLog()
    foreignFeed(bus).history(
      [
        { number: 1, session: '2020-01-02', closes: [['AAA', '1']] },
        { number: 3, session: '2020-01-06', closes: [['AAA', '1']] },
      ],
      3,
    )
    const heard = listenerOn(bus, { log })
    await eventually(() => said.some((line) => line.includes('history lacks a session')))
    expect([heard.numbers, heard.ready()]).toEqual([[1], false])
  })
})
