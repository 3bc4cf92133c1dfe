import { describe, expect, it, onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { ask } from '#adapters/wire/exchange.js'
import { historyExchange } from '#adapters/wire/market.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { Bus, Message } from '#ports/bus.js'
import type { SessionBars } from '#ports/market-feed.js'
import { InvariantBroken } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import { instant } from '#units/time.js'
import { barsOf } from '../../../support/prices.js'
import { eventually, publishAll, publisherOn, sessionsOf } from './wire.js'

function busOf(): { readonly bus: Bus; readonly heard: Message[] } {
  const bus = memoryBus()
  onTestFinished(() => bus.close())
  const heard: Message[] = []
  bus.subscribe('md.v1.>', (message) => heard.push(message))
  return { bus, heard }
}

const historyAfter = (bus: Bus, after: number) => ask(bus, historyExchange, subjects.history('1d'), { after }, 2_000)

const bodyOf = (message: Message | undefined) => JSON.parse(message!.body) as Record<string, unknown>

describe('the market publisher', () => {
  it('sends a bar for every instrument, dots in a symbol as subject tokens, and then the session', async () => {
    const { bus, heard } = busOf()
    const publisher = publisherOn(bus)
    publisher.publish(barsOf('2020-01-02', { AAA: '10.50', 'BRK.B': '20', 'X..': '1' }), 1, instant(1_577_998_800_123))
    await eventually(() => heard.length === 5)
    expect(heard.map(({ subject }) => subject)).toEqual([
      'md.v1.heartbeat',
      'md.v1.bar.1d.AAA',
      'md.v1.bar.1d.BRK.B',
      'md.v1.bar.1d.X._._',
      'md.v1.session.1d',
    ])
    expect(bodyOf(heard[2])).toMatchObject({
      feed: 'replay',
      number: 1,
      symbol: 'BRK.B',
      session: '2020-01-02',
      ts: '2020-01-02T21:00:00.123Z',
      close: '20',
    })
    expect(bodyOf(heard[4])).toMatchObject({ feed: 'replay', number: 1, session: '2020-01-02', bars: 3 })
    expect(bodyOf(heard[4])).toMatchObject({ ts: '2020-01-02T21:00:00.123Z', run: bodyOf(heard[0]).run })
  })

  it('gives history only of what was published, with the time it was published at', async () => {
    const { bus } = busOf()
    const sessions = sessionsOf(5)
    const publisher = publisherOn(bus)
    expect(await historyAfter(bus, 0)).toMatchObject({ sessions: [], latest: 0 })
    publisher.preload(sessions.slice(0, 2))
    publisher.publish(sessions[2]!, 3, instant(7_000))
    const { latest, sessions: found } = await historyAfter(bus, 1)
    expect(latest).toBe(3)
    expect(found.map(({ number, session, ts }) => [number, session, ts])).toEqual([
      [2, sessions[1]!.session, sessions[1]!.at],
      [3, sessions[2]!.session, 7_000],
    ])
    expect(Object.fromEntries(found[1]!.closes)).toEqual(sessions[2]!.closes)
    expect((await historyAfter(bus, 3)).sessions).toEqual([])
    expect((await historyAfter(bus, 99)).sessions).toEqual([])
  })

  it('pages history in answers of about 48 KiB that every bus carries', async () => {
    const { bus } = busOf()
    const sessions = sessionsOf(40, 300)
    publishAll(publisherOn(bus), sessions)
    const numbers: number[] = []
    let pages = 0
    for (; numbers.length < sessions.length; pages += 1) {
      const page = (await historyAfter(bus, numbers.length)).sessions
      const bytes = Buffer.byteLength(JSON.stringify(page))
      expect(bytes).toBeLessThanOrEqual(50_000)
      if (numbers.length + page.length < sessions.length) expect(bytes).toBeGreaterThan(40_000)
      numbers.push(...page.map(({ number }) => number))
    }
    expect(numbers).toEqual(sessions.map((_, index) => index + 1))
    expect(pages).toBeGreaterThan(3)
  })

  it('answers a session of more than a page alone, and refuses one that fits into no message', async () => {
    const { bus } = busOf()
    const wide = (count: number, session: string): SessionBars =>
      barsOf(session, Object.fromEntries(Array.from({ length: count }, (_, index) => [`SYMBOL${index}`, '123.45'])))
    const publisher = publisherOn(bus)
    publishAll(publisher, [wide(2_600, '2020-01-02'), wide(2, '2020-01-03')])
    const { sessions } = await historyAfter(bus, 0)
    expect(sessions.map(({ closes }) => closes.length)).toEqual([2_600])
    const thrown = (): void => publisher.publish(wide(4_000, '2020-01-06'), 3)
    expect(thrown).toThrow(Fault)
    expect(thrown).toThrow(/2020-01-06 has 4000 instruments/)
    expect(publisher.latest()).toBe(2)
  })

  it('sends a heartbeat at once and every second, with the number of the newest session', async () => {
    const { bus, heard } = busOf()
    const publisher = publisherOn(bus)
    const gone = memoryBus()
    publisherOn(gone)
    await gone.close() // a heartbeat on a closed bus would be an uncaught fault and fail the run
    const beats = (): Message[] => heard.filter(({ subject }) => subject === subjects.heartbeat)
    await eventually(() => beats().length === 1)
    publishAll(publisher, sessionsOf(2))
    await eventually(() => beats().length === 3)
    expect(beats().map((beat) => bodyOf(beat).latest)).toEqual([0, 2, 2])
    expect(bodyOf(beats()[0])).toMatchObject({ feed: 'replay', bar_size: '1d' })
    const [, second, third] = beats().map((beat) => Date.parse(String(bodyOf(beat).ts)))
    expect(third! - second!).toBeGreaterThan(900)
  })

  it('numbers without gaps and takes no earlier sessions once it has published', () => {
    const { bus } = busOf()
    const sessions = sessionsOf(4)
    const publisher = publisherOn(bus)
    expect(() => publisher.publish(sessions[0]!, 2)).toThrow(InvariantBroken)
    publisher.publish(sessions[0]!, 1)
    expect(() => publisher.publish(sessions[1]!, 1)).toThrow(InvariantBroken)
    expect(() => publisher.preload(sessions.slice(2))).toThrow(InvariantBroken)
  })

  it('answers nobody after it is closed', async () => {
    const { bus } = busOf()
    const publisher = publisherOn(bus)
    await historyAfter(bus, 0)
    publisher.close()
    await expect(historyAfter(bus, 0)).rejects.toMatchObject({ code: 'NO_RESPONDERS' })
  })
})
