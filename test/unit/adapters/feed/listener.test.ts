import { describe, expect, it } from 'vitest'
import { subjects } from '#adapters/wire/subjects.js'
import { Fault } from '#units/fault.js'
import { instrumentId } from '#units/ids.js'
import { seededRandom } from '../../../support/prices.js'
import { eventually, keptLog, listenerOn, lossyBus, noResponders, publishAll, publisherOn, sessionsOf } from './wire.js'

const HISTORY = subjects.history('1d')
const SESSION = subjects.session('1d')
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('the market listener', () => {
  it('delivers what is published, session by session, without asking history again', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(30)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus)
    await heard.catchUp()
    expect(heard.ready()).toBe(true)
    const asked = bus.asked.length
    for (const [index, bars] of sessions.entries()) {
      publisher.publish(bars, index + 1)
      await eventually(() => heard.sessions.length === index + 1)
    }
    expect(heard.sessions).toEqual(sessions)
    expect(heard.numbers).toEqual(upTo(30))
    expect(bus.asked.length).toBe(asked)
  })

  it('starts with everything published before, preloaded sessions included, over many pages', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(400, 300)
    const publisher = publisherOn(bus)
    publisher.preload(sessions.slice(0, 399))
    publishAll(publisher, sessions.slice(399))
    const heard = listenerOn(bus)
    expect(heard.ready()).toBe(false)
    await heard.catchUp()
    expect(heard.ready()).toBe(true)
    expect(heard.sessions).toEqual(sessions)
    expect(bus.asked.length).toBeGreaterThan(30)
  })

  it('goes on live after the pages of history, sessions published meanwhile included', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(120, 100)
    const publisher = publisherOn(bus)
    publishAll(publisher, sessions.slice(0, 60))
    const heard = listenerOn(bus, {
      // Each delivered session lets another one out: the listener is behind all the time.
      onSession: () => {
        if (publisher.latest() < 120) publisher.publish(sessions[publisher.latest()]!, publisher.latest() + 1)
      },
    })
    await heard.catchUp(120)
    expect(heard.sessions).toEqual(sessions)
  })

  it('fetches what it missed: a lost bar, a lost announcement, a whole lost session', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(12)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus)
    await heard.catchUp()
    const lost: Record<number, (subject: string) => boolean> = {
      3: (subject) => subject === subjects.bar('1d', 'S1.X'),
      5: (subject) => subject === SESSION,
      8: () => true,
    }
    for (const [index, bars] of sessions.entries()) {
      bus.fate = (subject) => (subject === subjects.heartbeat || lost[index + 1]?.(subject) ? 0 : 1)
      publisher.publish(bars, index + 1)
      const announced = index + 1 !== 5 && index + 1 !== 8
      await eventually(() => heard.sessions.length === (announced ? index + 1 : index))
    }
    expect(heard.sessions).toEqual(sessions)
  })

  it('learns of a lost last session by the heartbeat', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(3)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus)
    await heard.catchUp()
    bus.fate = (subject) => (subject === subjects.heartbeat ? 1 : 0)
    publishAll(publisher, sessions)
    expect(heard.sessions).toEqual([])
    await eventually(() => heard.sessions.length === 3)
    expect(heard.sessions).toEqual(sessions)
  })

  it('asks what it missed when the connection is back', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(3)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus)
    await heard.catchUp()
    bus.fate = () => 0
    publishAll(publisher, sessions)
    bus.reconnect()
    await eventually(() => heard.sessions.length === 3)
    expect(heard.sessions).toEqual(sessions)
  })

  it('ignores messages that come twice or late', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(10)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus)
    await heard.catchUp()
    const kept: [string, string][] = []
    bus.fate = (subject, body) => {
      kept.push([subject, body])
      return 2
    }
    publishAll(publisher, sessions)
    await heard.catchUp(10)
    bus.fate = () => 1
    for (const [subject, body] of kept) bus.publish(subject, body)
    await bus.request(HISTORY, '{"after":0}', 2_000) // everything published before has arrived by then
    await heard.catchUp()
    expect(heard.sessions).toEqual(sessions)
  })

  it('delivers every session once and in order through any mixture of lost and doubled messages and failed requests', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seededRandom(seed)
      const bus = lossyBus()
      bus.fate = () => (random() < 0.25 ? 0 : random() < 0.2 ? 2 : 1)
      bus.outage = () => (random() < 0.3 ? noResponders() : undefined)
      const sessions = sessionsOf(40)
      let publisher = publisherOn(bus)
      const heard = listenerOn(bus)
      for (const [index, bars] of sessions.entries()) {
        publisher.publish(bars, index + 1)
        if (random() < 0.05) {
          publisher.close()
          publisher = publisherOn(bus)
          publisher.preload(sessions.slice(0, index + 1))
        }
        if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve))
      }
      await heard.catchUp(40)
      expect(heard.sessions, `seed ${seed}`).toEqual(sessions)
    }
  })

  it('waits for a feed that is not there yet, and through every kind of outage, without skipping', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(20)
    const { log, said } = keptLog()
    const heard = listenerOn(bus, { log })
    await eventually(() => bus.asked.length >= 2)
    expect([heard.ready(), heard.lastHeardAt()]).toEqual([false, null])
    const publisher = publisherOn(bus)
    publishAll(publisher, sessions.slice(0, 5))
    await heard.catchUp(5)
    for (const [at, code] of [
      [5, 'DISCONNECTED'],
      [10, 'TIMEOUT'],
      [15, 'NO_RESPONDERS'],
    ] as const) {
      bus.fate = () => 0
      bus.outage = () => new Fault(code, 'out', 'safe')
      publishAll(publisher, sessions.slice(at, at + 5))
      const asked = bus.asked.length
      const reached = heard.catchUp(at + 5)
      await eventually(() => bus.asked.length >= asked + 3)
      expect([heard.sessions.length, heard.ready()]).toEqual([at, true])
      bus.outage = () => undefined
      await reached
      expect(heard.sessions).toEqual(sessions.slice(0, at + 5))
    }
    expect(said.filter((line) => line.includes('"code":"TIMEOUT"'))).toHaveLength(1)
  })

  it('pauses longer after each question that fails', async () => {
    const bus = lossyBus()
    const times: number[] = []
    bus.outage = () => {
      times.push(performance.now())
      return noResponders()
    }
    listenerOn(bus)
    await eventually(() => times.length === 5)
    const gaps = times.slice(1).map((at, index) => at - times[index]!)
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThan(45 * 2 ** index)
  })

  it('tells a catch-up that is still waiting that it was closed, and delivers nothing after', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(3)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus, {
      onSession: (_, number) => {
        if (number === 2) heard.close()
      },
    })
    await heard.catchUp()
    const waiting = heard.catchUp(9)
    publishAll(publisher, sessions)
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(heard.catchUp()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(heard.numbers).toEqual([1, 2])
  })

  it('delivers nothing more of an answer once it is closed', async () => {
    const bus = lossyBus()
    publishAll(publisherOn(bus), sessionsOf(3))
    const heard = listenerOn(bus, {
      onSession: (_, number) => {
        if (number === 2) heard.close()
      },
    })
    await expect(heard.catchUp()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(heard.numbers).toEqual([1, 2])
  })

  it('stops asking when the bus is closed', async () => {
    const bus = lossyBus()
    const heard = listenerOn(bus)
    await bus.close()
    await expect(heard.catchUp(1)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('goes on after a session that its taker threw on', async () => {
    const bus = lossyBus()
    const { log, said } = keptLog()
    const heard = listenerOn(bus, {
      log,
      onSession: (_, number) => {
        if (number === 2) throw new Error('broken taker')
      },
    })
    publishAll(publisherOn(bus), sessionsOf(4))
    await heard.catchUp(4)
    expect(heard.numbers).toEqual([1, 2, 3, 4])
    expect(said.filter((line) => line.includes('a session was not taken'))).toHaveLength(1)
  })

  it('keeps to its universe, and knows the session complete all the same', async () => {
    const bus = lossyBus()
    const sessions = sessionsOf(4)
    const publisher = publisherOn(bus)
    const heard = listenerOn(bus, { universe: [instrumentId('S1.X'), instrumentId('ABSENT')] })
    await heard.catchUp()
    const asked = bus.asked.length
    publishAll(publisher, sessions)
    await eventually(() => heard.sessions.length === 4)
    expect(heard.sessions.map(({ closes }) => closes)).toEqual(
      sessions.map(({ closes }) => ({ 'S1.X': closes[instrumentId('S1.X')] })),
    )
    expect(bus.asked.length).toBe(asked)
  })
})
