import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { Timers } from '#runtime/timers.js'
import { later } from '#units/time.js'
import { START } from '../../machine/fixtures.js'
import { CORE, OTHER } from './fixtures.js'

function armed() {
  const clock = virtualClock(START)
  const fired: string[] = []
  const timers = new Timers(clock, (portfolio, timer) => fired.push(`${portfolio} ${timer} ${clock.now() - START}`))
  return { clock, fired, timers }
}

describe('timers', () => {
  it('fire each once, at its time and for its portfolio', () => {
    const { clock, fired, timers } = armed()
    timers.arm(CORE, 'a', later(START, 10))
    timers.arm(OTHER, 'a', later(START, 20))
    clock.advanceTo(later(START, 9))
    expect(fired).toEqual([])
    clock.advanceTo(later(START, 100))
    expect(fired).toEqual(['core a 10', 'other a 20'])
    expect(clock.next()).toBeNull()
  })

  it('move when they are scheduled again', () => {
    const { clock, fired, timers } = armed()
    timers.arm(CORE, 'a', later(START, 10))
    timers.follow(CORE, { timersPut: [{ timer: 'a', at: later(START, 30) }], timersRemove: [] })
    clock.advanceTo(later(START, 100))
    expect(fired).toEqual(['core a 30'])
  })

  it('are called off, and put wins over remove in one step', () => {
    const { clock, fired, timers } = armed()
    timers.arm(CORE, 'a', later(START, 10))
    timers.arm(CORE, 'b', later(START, 10))
    timers.follow(CORE, { timersPut: [{ timer: 'b', at: later(START, 40) }], timersRemove: ['a', 'b', 'unknown'] })
    clock.advanceTo(later(START, 100))
    expect(fired).toEqual(['core b 40'])
  })

  it('may be armed again by what they fire', () => {
    const clock = virtualClock(START)
    const fired: number[] = []
    const timers = new Timers(clock, (portfolio, timer) => {
      fired.push(clock.now() - START)
      if (fired.length < 3) timers.arm(portfolio, timer, later(clock.now(), 5))
    })
    timers.arm(CORE, 'a', later(START, 5))
    clock.advanceTo(later(START, 100))
    expect(fired).toEqual([5, 10, 15])
  })

  it('are silent once stopped', () => {
    const { clock, fired, timers } = armed()
    timers.arm(CORE, 'a', later(START, 10))
    timers.stop()
    clock.advanceTo(later(START, 100))
    expect(fired).toEqual([])
  })
})
