import { describe, expect, it } from 'vitest'
import { decode, encode } from '#units/canonical.js'
import { policy } from './fixtures.js'
import { World } from './world.js'

const WEAK = { idempotent: true, tombstones: false, replay: true }

describe('what a gateway supports', () => {
  it('is what the last take-over was told, and all that there is when it was told nothing', () => {
    const world = new World(policy())
    world.tell({ type: 'opened', epoch: 2, support: WEAK })
    expect(world.state.support).toEqual(WEAK)
    world.tell({ type: 'opened', epoch: 3 })
    expect(world.state.support).toBeUndefined()
    expect(decode(encode(world.state))).not.toHaveProperty('support')
    world.tell({ type: 'opened', epoch: 4, support: WEAK })
    expect(world.state.support).toEqual(WEAK)
  })
})
