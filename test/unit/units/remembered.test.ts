import { describe, expect, it } from 'vitest'
import { encode } from '#units/canonical.js'
import { remembered } from '#units/remembered.js'

describe('what is remembered of a value', () => {
  it('is known of that very object, until something else is', () => {
    const sizes = remembered<number>()
    const [one, other] = [{ a: 1 }, { a: 1 }]
    sizes.keep(one, 1)
    expect([sizes.of(one), sizes.of(other), sizes.of({ ...one })]).toEqual([1, undefined, undefined])
    sizes.keep(one, 2)
    expect(sizes.of(one)).toBe(2)
  })

  it('is of one memory, not of another', () => {
    const [sizes, names] = [remembered<number>(), remembered<string>()]
    const list = [1, 2]
    sizes.keep(list, 2)
    expect(names.of(list)).toBeUndefined()
    names.keep(list, 'list')
    expect([sizes.of(list), names.of(list)]).toEqual([2, 'list'])
  })

  it('shows nowhere, and frozen values can have it too', () => {
    const sizes = remembered<number>()
    const plain = Object.freeze({ a: [1] })
    sizes.keep(plain, 7)
    expect(sizes.of(plain)).toBe(7)
    expect(Reflect.ownKeys(plain)).toEqual(['a'])
    expect(encode(plain)).toBe('{"a":[1]}')
    expect(structuredClone(plain)).toEqual({ a: [1] })
  })
})
