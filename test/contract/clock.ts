import { describe, expect, it } from 'vitest'
import type { Clock } from '#ports/clock.js'
import { later } from '#units/time.js'

/** A clock, and how to let at least so much time pass on it. */
export interface ClockUnderTest {
  readonly clock: Clock
  readonly pass: (ms: number) => Promise<void>
}

/** What every clock does; `make` gives a fresh one. */
export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(name, () => {
    it('tells whole milliseconds and never goes back', async () => {
      const { clock, pass } = make()
      const before = clock.now()
      await pass(5)
      expect(Number.isSafeInteger(before)).toBe(true)
      expect(clock.now()).toBeGreaterThanOrEqual(before + 5)
    })

    it('wakes once, at or after the instant asked for', async () => {
      const { clock, pass } = make()
      const at = later(clock.now(), 10)
      const woken: number[] = []
      clock.wake(at, () => woken.push(clock.now()))
      await pass(30)
      await pass(30)
      expect(woken).toHaveLength(1)
      expect(woken[0]).toBeGreaterThanOrEqual(at)
    })

    it('wakes soon, but never inline, for an instant that has passed', async () => {
      const { clock, pass } = make()
      const woken: string[] = []
      clock.wake(later(clock.now(), -1000), () => woken.push('past'))
      clock.wake(clock.now(), () => woken.push('now'))
      expect(woken).toEqual([])
      await pass(5)
      expect(woken).toEqual(['past', 'now'])
    })

    it('wakes in order of time, not of asking', async () => {
      const { clock, pass } = make()
      const start = clock.now()
      const woken: number[] = []
      for (const ms of [40, 2, 20]) clock.wake(later(start, ms), () => woken.push(ms))
      await pass(60)
      expect(woken).toEqual([2, 20, 40])
    })

    it('does not wake what was called off, before or from within another wake', async () => {
      const { clock, pass } = make()
      const woken: string[] = []
      const first = clock.wake(later(clock.now(), 5), () => woken.push('first'))
      const third = clock.wake(later(clock.now(), 40), () => woken.push('third'))
      clock.wake(later(clock.now(), 10), () => {
        woken.push('second')
        third()
      })
      first()
      await pass(60)
      expect(woken).toEqual(['second'])
      first()
    })

    it('does not wake early for an instant more than 2^31 ms away', async () => {
      const { clock, pass } = make()
      const woken: string[] = []
      const callOff = clock.wake(later(clock.now(), 2 ** 31 + 10), () => woken.push('too early'))
      await pass(20)
      callOff()
      expect(woken).toEqual([])
    })
  })
}
