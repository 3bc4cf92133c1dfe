import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { steadyClock } from '#adapters/clock/steady.js'
import { later } from '#units/time.js'
import { clockContract } from '../../../contract/clock.js'

clockContract('the steady clock', () => {
  const clock = steadyClock()
  return { clock, pass: (ms) => new Promise((resolve) => clock.wake(later(clock.now(), ms), resolve)) }
})

const HOUR_MS = 3_600_000

describe("a machine's clock that is set", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  function world() {
    let steady = 5_000
    let wall = 1_700_000_000_000
    const clock = steadyClock({ wallMs: () => wall, steadyMs: () => steady })
    const seen: number[] = []
    return {
      clock,
      seen,
      set: (byMs: number) => {
        wall += byMs
      },
      pass: (ms: number) => {
        for (let k = 0; k < ms; k += 100) {
          steady += 100
          wall += 100
          vi.advanceTimersByTime(100)
          seen.push(clock.now())
        }
      },
      wall: () => wall,
    }
  }

  it.each([
    ['back', -HOUR_MS],
    ['forward', HOUR_MS],
    ['back by days', -72 * HOUR_MS],
  ])('%s neither loses a deadline, nor keeps it twice, nor moves time at once', (_name, by) => {
    const { clock, set, pass, seen } = world()
    let fired = 0
    const start = clock.now()
    clock.wake(later(start, 60_000), () => {
      fired += 1
    })
    pass(10_000)
    expect(clock.skewMs()).toBe(0)
    set(by)
    expect(clock.skewMs()).toBe(by)
    pass(41_000)
    expect(fired).toBe(0) // 60 s are over after 41.7 s more at the earliest
    pass(22_000)
    expect(fired).toBe(1) // and after 62.5 s more at the latest
    pass(120_000)
    expect(fired).toBe(1)
    expect(seen.every((now, k) => k === 0 || (now >= seen[k - 1]! && now - seen[k - 1]! <= 121))).toBe(true)
  })

  it('is followed by a fifth of the time that passes, until both agree', () => {
    const { clock, set, pass, wall } = world()
    set(-2_000)
    pass(5_000)
    expect(clock.skewMs()).toBeCloseTo(-1_000, 6)
    pass(5_000)
    expect(clock.skewMs()).toBeCloseTo(0, 6)
    set(2_000)
    pass(10_000)
    expect(clock.now()).toBe(wall())
  })
})
