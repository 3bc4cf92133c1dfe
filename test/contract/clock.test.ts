import { systemClock } from '#adapters/clock/system.js'
import { virtualClock } from '#adapters/clock/virtual.js'
import { instant, later } from '#units/time.js'
import { clockContract } from './clock.js'

clockContract('the system clock', () => {
  const clock = systemClock()
  return { clock, pass: (ms) => new Promise((resolve) => clock.wake(later(clock.now(), ms), resolve)) }
})

clockContract('the virtual clock', () => {
  const clock = virtualClock(instant(1_767_623_400_000))
  return { clock, pass: async (ms) => clock.advanceTo(later(clock.now(), ms)) }
})
