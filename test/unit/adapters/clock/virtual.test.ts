import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { InvariantBroken } from '#units/assert.js'
import { instant } from '#units/time.js'

describe('the virtual clock', () => {
  it('stands still until it is told to go on', async () => {
    const clock = virtualClock(instant(100))
    await new Promise((resolve) => setImmediate(resolve))
    expect(clock.now()).toBe(100)
    clock.advanceTo(instant(250))
    expect(clock.now()).toBe(250)
  })

  it('shows each wake its own instant, ties in order of asking', () => {
    const clock = virtualClock(instant(0))
    const woken: string[] = []
    for (const [name, at] of [
      ['a', 30],
      ['b', 10],
      ['c', 30],
      ['d', 20],
    ] as const)
      clock.wake(instant(at), () => woken.push(`${name}@${clock.now()}`))
    clock.advanceTo(instant(30))
    expect(woken).toEqual(['b@10', 'd@20', 'a@30', 'c@30'])
  })

  it('fires what a wake sets for a time within the same move, and keeps what is later', () => {
    const clock = virtualClock(instant(0))
    const woken: number[] = []
    const again = (): void => {
      woken.push(clock.now())
      clock.wake(instant(clock.now() + 10), again)
    }
    clock.wake(instant(10), again)
    clock.advanceTo(instant(35))
    expect(woken).toEqual([10, 20, 30])
    expect(clock.now()).toBe(35)
    expect(clock.next()).toBe(40)
  })

  it('knows its earliest wake, never before now, and none when all are called off', () => {
    const clock = virtualClock(instant(50))
    expect(clock.next()).toBeNull()
    const late = clock.wake(instant(90), () => undefined)
    const past = clock.wake(instant(10), () => undefined)
    expect(clock.next()).toBe(50)
    past()
    expect(clock.next()).toBe(90)
    late()
    expect(clock.next()).toBeNull()
  })

  it('never goes back, nor moves from within a wake', () => {
    const clock = virtualClock(instant(50))
    expect(() => clock.advanceTo(instant(49))).toThrow(InvariantBroken)
    clock.wake(instant(60), () => clock.advanceTo(instant(70)))
    expect(() => clock.advanceTo(instant(80))).toThrow(InvariantBroken)
    expect(clock.now()).toBe(60)
    clock.advanceTo(instant(80))
    expect(clock.now()).toBe(80)
  })

  it('keeps the rest pending when a wake throws', () => {
    const clock = virtualClock(instant(0))
    const woken: string[] = []
    clock.wake(instant(10), () => {
      throw new Error('broken')
    })
    clock.wake(instant(10), () => woken.push('next'))
    expect(() => clock.advanceTo(instant(20))).toThrow('broken')
    clock.advanceTo(instant(20))
    expect(woken).toEqual(['next'])
  })
})
