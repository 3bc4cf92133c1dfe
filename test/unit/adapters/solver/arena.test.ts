import { afterEach, describe, expect, it } from 'vitest'
import { Arena } from '#adapters/solver/process/arena.js'
import { mapShared } from '#adapters/solver/process/memory.js'

const PAGE = 4096
/** As many values as fill a number of pages, all different from those of another seed. */
const filled = (pages: number, seed: number): Float64Array =>
  Float64Array.from({ length: (pages * PAGE) / 8 }, (_, i) => seed + i / 1e6)

const arenas: Arena[] = []
afterEach(() => {
  for (const arena of arenas.splice(0)) arena.close()
})
function open(pages: number): Arena {
  const arena = new Arena(pages * PAGE)
  arenas.push(arena)
  return arena
}

function shown(arena: Arena, { offset, length }: { readonly offset: number; readonly length: number }): Float64Array {
  return new Float64Array(mapShared(arena.handle, arena.bytes), offset, length).slice()
}

describe('scenarios in shared memory', () => {
  it('are what was put there, found again by content, and written once', () => {
    const arena = open(8)
    const first = arena.lease(filled(2, 1))
    const second = arena.lease(filled(1, 2))
    expect(arena.lease(filled(2, 1)).array).toEqual(first.array)
    expect(shown(arena, first.array)).toEqual(filled(2, 1))
    expect(shown(arena, second.array)).toEqual(filled(1, 2))
    expect(arena.bytes).toBe(3 * PAGE)
    expect(arena.lease(Float32Array.of(1, 2)).array).toMatchObject({ shared: 'f32', length: 2 })
  })

  it('make room for others once unused, the longest unused first', () => {
    const arena = open(3)
    const [one, two, three] = [1, 2, 3].map((seed) => arena.lease(filled(1, seed)))
    one!.release()
    two!.release()
    arena.lease(filled(1, 1)).release() // used again: two is now the oldest
    const four = arena.lease(filled(1, 4))
    expect(four.array.offset).toBe(two!.array.offset)
    expect(arena.lease(filled(1, 1)).array.offset).toBe(one!.array.offset)
    expect(shown(arena, three!.array)).toEqual(filled(1, 3))
    expect(arena.bytes).toBe(3 * PAGE)
  })

  it('are never written over while in use, however little room there is', () => {
    const arena = open(2)
    const leases = [1, 2, 3, 4, 5].map((seed) => arena.lease(filled(1, seed)))
    for (const [k, { array }] of leases.entries()) expect(shown(arena, array)).toEqual(filled(1, k + 1))
    expect(arena.usedBytes).toBe(5 * PAGE)
    for (const lease of leases) {
      lease.release()
      lease.release() // twice counts once
    }
    expect(arena.usedBytes).toBe(0)
    for (let seed = 10; seed < 200; seed += 1) arena.lease(filled(1, seed)).release()
    expect(arena.bytes).toBe(5 * PAGE)
  })

  it('lie apart when they must, though equal', () => {
    const arena = open(8)
    const one = arena.lease(filled(1, 1))
    const two = arena.lease(filled(1, 1), new Set([one.array.offset]))
    expect(two.array.offset).not.toBe(one.array.offset)
    expect(shown(arena, two.array)).toEqual(shown(arena, one.array))
  })
})
