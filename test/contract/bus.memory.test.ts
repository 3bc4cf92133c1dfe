import { describe, expect, it } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { virtualClock } from '#adapters/clock/virtual.js'
import { instant } from '#units/time.js'
import { busContract, faultOf } from './bus.js'

busContract('the memory bus', () => memoryBus())

describe('the memory bus on a virtual clock', () => {
  it('times a request out by that clock alone, and disarms the deadline of an answered one', async () => {
    const clock = virtualClock(instant(0))
    const bus = memoryBus({ clock })
    bus.serve('slow', () => new Promise(() => undefined))
    bus.serve('quick', async () => 'yes')
    const slow = faultOf(bus.request('slow', '', 1_000))
    await bus.request('quick', '', 500)
    expect(clock.next()).toBe(1_000)
    clock.advanceTo(instant(1_000))
    expect((await slow).code).toBe('TIMEOUT')
    expect(clock.next()).toBeNull()
  })

  it('gives several servers turns in order', async () => {
    const bus = memoryBus()
    for (const name of ['a', 'b', 'c']) bus.serve('work', async () => name)
    const answers: string[] = []
    for (let n = 0; n < 6; n += 1) answers.push((await bus.request('work', '', 1_000)).body)
    expect(answers.join('')).toBe('abcabc')
    await bus.close()
  })

  it('tells whom it was asked to tell of every error of a subscriber or server, with its subject', async () => {
    const clock = virtualClock(instant(0))
    const told: string[] = []
    const bus = memoryBus({ clock, onError: (error, subject) => told.push(`${subject}: ${String(error)}`) })
    bus.subscribe('a.*', () => {
      throw new Error('one')
    })
    bus.serve('b', async () => Promise.reject(new Error('two')))
    bus.publish('a.x', '')
    const failed = faultOf(bus.request('b', '', 10))
    await bus.request('c', '', 10).catch(() => undefined)
    clock.advanceTo(instant(10))
    await failed
    expect(told).toEqual(['a.x: Error: one', 'b: Error: two'])
  })
})
