import { describe, expect, it } from 'vitest'
import { systemClock } from '#adapters/clock/system.js'
import { later } from '#units/time.js'

describe('the system clock', () => {
  it('never asks for a sleep longer than the platform can do', async () => {
    const warnings: string[] = []
    const listen = (warning: Error): void => void warnings.push(warning.name)
    process.on('warning', listen)
    const clock = systemClock()
    const callOff = clock.wake(later(clock.now(), 2 ** 31 + 10), () => undefined)
    await new Promise<void>((resolve) => clock.wake(later(clock.now(), 10), resolve))
    callOff()
    process.off('warning', listen)
    expect(warnings).toEqual([])
  })

  it('shows the time of the machine', () => {
    const before = Date.now()
    const now = systemClock().now()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })
})
