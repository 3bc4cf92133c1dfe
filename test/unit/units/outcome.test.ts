import { describe, expect, it } from 'vitest'
import { hold, InvariantBroken } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'

describe('outcomes', () => {
  it('carry either a value or a refusal with code and sentence', () => {
    const half = (n: number): Outcome<number> => (n % 2 === 0 ? accept(n / 2) : refuse('odd', `${n} is odd`))
    expect(half(4)).toEqual({ ok: true, value: 2 })
    expect(half(5)).toEqual({ ok: false, refusal: { code: 'odd', message: '5 is odd' } })
  })
})

describe('assertions', () => {
  it('pass in silence and build their message only on failure', () => {
    let built = 0
    const message = (): string => {
      built += 1
      return 'books differ'
    }
    hold(true, 'I1', message)
    expect(built).toBe(0)
    expect(() => hold(false, 'I1', message)).toThrow(InvariantBroken)
    expect(() => hold(false, 'I1', message)).toThrow('I1: books differ')
  })
})

describe('faults', () => {
  it('say what failed, whether to try again, and the data', () => {
    const fault = new Fault('TIMEOUT', 'no answer', 'ask-first', { ms: 5 })
    expect(fault).toMatchObject({ name: 'Fault', code: 'TIMEOUT', retry: 'ask-first', data: { ms: 5 } })
    expect(new Fault('X', 'x', 'never').data).toEqual({})
  })
})
