import { describe, expect, it, onTestFinished } from 'vitest'
import type { Bus, Message } from '#ports/bus.js'
import { Fault } from '#units/fault.js'

/** Makes a bus of its own for one test; subjects of one are not heard on another. */
export type MakeBus = () => Bus | Promise<Bus>

const TIMEOUT_MS = 5_000

/** The fault of a rejected promise. */
export async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof Fault) return error
  throw new Error(`no fault: ${String(error)}`)
}

/** What every bus does. A round trip on a served subject is the sign that what was published before has arrived. */
export function busContract(name: string, make: MakeBus): void {
  const fresh = async (): Promise<Bus> => {
    const bus = await make()
    bus.serve('sync', async () => 'done')
    onTestFinished(() => bus.close())
    return bus
  }
  const settled = (bus: Bus): Promise<unknown> => bus.request('sync', '', TIMEOUT_MS)
  publishing(name, fresh, settled)
  requesting(name, fresh)
  closing(name, make)
}

function publishing(name: string, fresh: () => Promise<Bus>, settled: (bus: Bus) => Promise<unknown>): void {
  describe(`${name} publishes`, () => {
    it('to every subscription whose pattern fits, and to no other', async () => {
      const bus = await fresh()
      const heard: string[] = []
      for (const pattern of ['a.b', 'a.*', 'a.>', '>', 'a.c', 'a', 'a.b.*'])
        bus.subscribe(pattern, (message) => message.subject === 'a.b' && heard.push(pattern))
      bus.publish('a.b', 'x')
      await settled(bus)
      expect(heard.sort()).toEqual(['>', 'a.*', 'a.>', 'a.b'])
    })

    it('subject, body and headers as they were given, text of any language included', async () => {
      const bus = await fresh()
      const heard: Message[] = []
      bus.subscribe('a.b', (message) => heard.push(message))
      bus.publish('a.b', '{"name":"Zürich €\u{1f600}"}', { 'Ballast-Seq': '7' })
      bus.publish('a.b', '')
      await settled(bus)
      expect(heard).toEqual([
        { subject: 'a.b', body: '{"name":"Zürich €\u{1f600}"}', headers: { 'Ballast-Seq': '7' } },
        { subject: 'a.b', body: '', headers: {} },
      ])
    })

    it('in order, never inline', async () => {
      const bus = await fresh()
      const heard: string[] = []
      bus.subscribe('n.*', ({ body }) => heard.push(body))
      const bodies = Array.from({ length: 200 }, (_, n) => String(n))
      for (const body of bodies) bus.publish(`n.${Number(body) % 2}`, body)
      expect(heard).toEqual([])
      await settled(bus)
      expect(heard).toEqual(bodies)
    })

    it('to a server too, whose answer then goes nowhere', async () => {
      const bus = await fresh()
      const heard: string[] = []
      bus.serve('told', async ({ body }) => {
        heard.push(body)
        return 'thanks'
      })
      bus.publish('told', 'news')
      await settled(bus)
      expect(heard).toEqual(['news'])
    })

    it('past a subscriber that throws', async () => {
      const bus = await fresh()
      const heard: string[] = []
      bus.subscribe('a', () => {
        throw new Error('its own problem')
      })
      bus.subscribe('a', ({ body }) => heard.push(body))
      bus.publish('a', '1')
      bus.publish('a', '2')
      await settled(bus)
      expect(heard).toEqual(['1', '2'])
    })

    it('no more to a subscription that ended', async () => {
      const bus = await fresh()
      const heard: string[] = []
      const end = bus.subscribe('a', ({ body }) => heard.push(body))
      bus.publish('a', '1')
      await settled(bus)
      end()
      end()
      bus.publish('a', '2')
      await settled(bus)
      expect(heard).toEqual(['1'])
    })

    it('64 KiB of UTF-8 and not a byte more', async () => {
      const bus = await fresh()
      const heard: number[] = []
      bus.subscribe('a', ({ body }) => heard.push(body.length))
      bus.publish('a', 'é'.repeat(32 * 1024))
      const tooLarge = expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', retry: 'never' })
      expect(() => bus.publish('a', `${'é'.repeat(32 * 1024)}x`)).toThrow(tooLarge)
      await expect(bus.request('sync', 'x'.repeat(64 * 1024 + 1), TIMEOUT_MS)).rejects.toEqual(tooLarge)
      await settled(bus)
      expect(heard).toEqual([32 * 1024])
    })

    it('on no malformed subject, pattern or header', async () => {
      const bus = await fresh()
      for (const subject of ['', 'a..b', 'a.*', 'a b', 'a\r\nb']) {
        expect(() => bus.publish(subject, 'x')).toThrow(RangeError)
        await expect(bus.request(subject, 'x', TIMEOUT_MS)).rejects.toThrow(RangeError)
      }
      for (const pattern of ['', 'a.>.b', 'a*', 'a..b']) {
        expect(() => bus.subscribe(pattern, () => undefined)).toThrow(RangeError)
        expect(() => bus.serve(pattern, async () => '')).toThrow(RangeError)
      }
      expect(() => bus.publish('a', 'x', { 'Bad\r\nName': 'x' })).toThrow(RangeError)
      expect(() => bus.publish('a', 'x', { Name: 'x\r\nOther: y' })).toThrow(RangeError)
    })
  })
}

function requesting(name: string, fresh: () => Promise<Bus>): void {
  describe(`${name} answers requests`, () => {
    it('with what the server says, giving it body and headers', async () => {
      const bus = await fresh()
      bus.serve('gw.submit', async ({ subject, body, headers }) => `${subject} ${body} ${headers['Ballast-Epoch']}`)
      const answer = await bus.request('gw.submit', 'order', TIMEOUT_MS, { 'Ballast-Epoch': '3' })
      expect(answer.body).toBe('gw.submit order 3')
    })

    it('each with its own answer, whatever the order they come in', async () => {
      const bus = await fresh()
      let letFirst = (): void => undefined
      const firstMay = new Promise<void>((resolve) => {
        letFirst = resolve
      })
      bus.serve('echo', async ({ body }) => {
        if (body === '0') await firstMay
        return body
      })
      const first = bus.request('echo', '0', TIMEOUT_MS)
      const others = await Promise.all(['1', '2', '3'].map((body) => bus.request('echo', body, TIMEOUT_MS)))
      letFirst()
      expect(others.map(({ body }) => body)).toEqual(['1', '2', '3'])
      expect((await first).body).toBe('0')
    })

    it('as fast as each server is, a slow one delaying no other, and with an empty text too', async () => {
      const bus = await fresh()
      let release = (): void => undefined
      bus.serve('slow', () => new Promise((resolve) => (release = () => resolve(''))))
      bus.serve('quick', async () => '')
      const slow = bus.request('slow', '', TIMEOUT_MS)
      expect((await bus.request('quick', '', TIMEOUT_MS)).body).toBe('')
      release()
      expect((await slow).body).toBe('')
    })

    it('by exactly one of several servers, and by all that are left when one ends', async () => {
      const bus = await fresh()
      const served = { a: 0, b: 0 }
      const counting = (who: 'a' | 'b') => async (): Promise<string> => {
        served[who] += 1
        return who
      }
      const end = bus.serve('work', counting('a'))
      bus.serve('work', counting('b'))
      for (let n = 0; n < 40; n += 1) await bus.request('work', '', TIMEOUT_MS)
      expect(served.a + served.b).toBe(40)
      expect(Math.min(served.a, served.b)).toBeGreaterThan(0)
      end()
      const before = served.a
      for (let n = 0; n < 10; n += 1) await bus.request('work', '', TIMEOUT_MS)
      expect(served.a).toBe(before)
    })

    it('with NO_RESPONDERS, to be asked about first, when nobody serves the subject', async () => {
      const bus = await fresh()
      expect(await faultOf(bus.request('nobody', '', TIMEOUT_MS))).toMatchObject({
        code: 'NO_RESPONDERS',
        retry: 'ask-first',
      })
      bus.serve('somebody', async () => '')()
      expect((await faultOf(bus.request('somebody', '', TIMEOUT_MS))).code).toBe('NO_RESPONDERS')
    })

    it('with TIMEOUT, to be asked about first, when the server is slow, and the late answer goes nowhere', async () => {
      const bus = await fresh()
      let answer = (_body: string): void => undefined
      bus.serve('slow', () => new Promise((resolve) => (answer = resolve)))
      const fault = await faultOf(bus.request('slow', '1', 30))
      expect(fault).toMatchObject({ code: 'TIMEOUT', retry: 'ask-first' })
      answer('late')
      expect((await bus.request('sync', '', TIMEOUT_MS)).body).toBe('done')
    })

    it('with TIMEOUT when the server fails, throws or answers too much: what it did is unknown', async () => {
      const bus = await fresh()
      bus.serve('fails', async () => Promise.reject(new Error('broken')))
      bus.serve('throws', () => {
        throw new Error('broken')
      })
      bus.serve('talks', async () => 'x'.repeat(64 * 1024 + 1))
      for (const subject of ['fails', 'throws', 'talks'])
        expect((await faultOf(bus.request(subject, '', 30))).code).toBe('TIMEOUT')
    })
  })
}

function closing(name: string, make: MakeBus): void {
  describe(`${name} closes`, () => {
    it('after what it accepted is done: messages heard, requests answered', async () => {
      const bus = await make()
      const heard: string[] = []
      bus.subscribe('a', ({ body }) => heard.push(body))
      bus.serve('b', async ({ body }) => `re ${body}`)
      const answer = bus.request('b', '1', TIMEOUT_MS)
      bus.publish('a', '1')
      await bus.close()
      expect((await answer).body).toBe('re 1')
      expect(heard).toEqual(['1'])
      await bus.close()
    })

    it('for good: state and listeners say so once', async () => {
      const bus = await make()
      const states: string[] = [bus.state()]
      const end = bus.onState(() => states.push('not any more'))
      bus.onState((state) => states.push(state, bus.state()))
      end()
      await Promise.all([bus.close(), bus.close()])
      expect(states).toEqual(['connected', 'closed', 'closed'])
    })

    it('and takes nothing new', async () => {
      const bus = await make()
      await bus.close()
      const closed = expect.objectContaining({ code: 'CLOSED', retry: 'never' })
      expect(() => bus.publish('a', '')).toThrow(closed)
      expect(() => bus.subscribe('a', () => undefined)).toThrow(closed)
      expect(() => bus.serve('a', async () => '')).toThrow(closed)
      expect((await faultOf(bus.request('a', '', TIMEOUT_MS))).code).toBe('CLOSED')
    })
  })
}
