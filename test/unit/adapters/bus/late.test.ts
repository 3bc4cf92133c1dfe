import { describe, expect, it } from 'vitest'
import { lateBus } from '#adapters/bus/late.js'
import { memoryBus } from '#adapters/bus/memory.js'
import type { Bus, BusState } from '#ports/bus.js'

/** A bus that arrives when told to. */
function awaited() {
  let arrive = (_bus: Bus): void => undefined
  const bus = lateBus(new Promise((resolve) => (arrive = resolve)))
  return { bus, arrive }
}

describe('a bus that is not there yet', () => {
  it('is disconnected: a request fails without being sent, a message is dropped', async () => {
    const { bus } = awaited()
    expect(bus.state()).toBe('disconnected')
    bus.publish('a', '1')
    await expect(bus.request('a', '', 100)).rejects.toMatchObject({ code: 'DISCONNECTED', retry: 'safe' })
  })

  it('has everything that was subscribed and served by then once it arrives, and not what ended before', async () => {
    const { bus, arrive } = awaited()
    const heard: string[] = []
    const states: BusState[] = []
    bus.onState((state) => states.push(state))
    bus.subscribe('a', ({ body }) => heard.push(body))
    bus.subscribe('a', () => heard.push('ended'))()
    bus.serve('b', async ({ body }) => `re ${body}`)
    const end = bus.serve('c', async () => '')
    arrive(memoryBus())
    await Promise.resolve()
    expect(states).toEqual(['connected'])
    bus.publish('a', '1')
    expect((await bus.request('b', '2', 1_000)).body).toBe('re 2')
    expect(heard).toEqual(['1'])
    end()
    await expect(bus.request('c', '', 1_000)).rejects.toMatchObject({ code: 'NO_RESPONDERS' })
  })

  it('closes what arrives after it was closed', async () => {
    const { bus, arrive } = awaited()
    await bus.close()
    expect(bus.state()).toBe('closed')
    const late = memoryBus()
    arrive(late)
    await Promise.resolve()
    expect(late.state()).toBe('closed')
    expect(() => bus.publish('a', '')).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    await expect(bus.request('a', '', 10)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
