import { systemClock } from '#adapters/clock/system.js'
import { virtualClock } from '#adapters/clock/virtual.js'
import { instant, later } from '#units/time.js'
import { LifeClock, MachineClock } from '../simulation/clock.js'
import { Life } from '../simulation/life.js'
import { Timeline } from '../simulation/timeline.js'
import { clockContract } from './clock.js'

clockContract('the system clock', () => {
  const clock = systemClock()
  return { clock, pass: (ms) => new Promise((resolve) => clock.wake(later(clock.now(), ms), resolve)) }
})

clockContract('the virtual clock', () => {
  const clock = virtualClock(instant(1_767_623_400_000))
  return { clock, pass: async (ms) => clock.advanceTo(later(clock.now(), ms)) }
})

clockContract('the clock of a simulated process', () => {
  const timeline = new Timeline(1_767_623_400_000)
  const machine = new MachineClock(timeline)
  machine.errorMs = 250
  const clock = new LifeClock(timeline, new Life('test', 1), machine)
  return { clock, pass: (ms) => timeline.until(timeline.now + ms) }
})
