import { describe, expect, it } from 'vitest'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import { later } from '#units/time.js'
import { regimeByBus } from '../support/regime-policy.js'
import { START } from './fixtures.js'
import { World } from './world.js'

const DAY = 86_400_000

const read = (world: World, regime: MarketRegime, confidence = 0.9): PortfolioFact => ({
  type: 'regimeRead',
  source: 'bus',
  reading: { regime, confidence, at: world.now },
})
const set = (world: World, regime: MarketRegime | null, ms = DAY): PortfolioFact => ({
  type: 'regimeSet',
  override: regime && { regime, until: later(world.now, ms) },
  reason: 'looks odd',
  actor: 'ann',
})

describe('a portfolio and the regime', () => {
  const asking = () => World.funded({}, { regime: regimeByBus() })

  it('takes a reading in whatever it is doing, with a deadline for when it is too old', () => {
    const world = asking()
    world.tell(read(world, 'CHOPPY'))
    expect(world.state.regime).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7, because: 'regime' })
    expect(world.timers.get('regime')).toBe(START + 4 * DAY + 1)
    world.tell({ type: 'permitted', to: 'halted', reason: 'x', actor: 'bob' })
    world.now = later(world.now, DAY)
    world.tell(read(world, 'QUIET_CHOPPY'))
    expect(world.state.regime?.multiplier).toBe(0.5)
    expect(world.timers.get('regime')).toBe(START + 5 * DAY + 1)
  })

  it('lets a reading grow old by itself, and keeps what it reduced', () => {
    const world = asking()
    world.tell(read(world, 'CHOPPY'))
    world.fire('regime')
    expect(world.state.regime).toMatchObject({ multiplier: 0.7, because: 'stale' })
    expect(world.timers.has('regime')).toBe(false)
    world.tell(read(world, 'TRENDING'))
    expect(world.state.regime).toMatchObject({ multiplier: 1.2, because: 'regime' })
  })

  it('takes a person’s word in its place, which ends by itself', () => {
    const world = asking()
    world.tell(read(world, 'TRENDING'))
    world.tell(set(world, 'CHOPPY', DAY))
    expect(world.state.regime).toMatchObject({ multiplier: 0.7, because: 'override' })
    expect(world.state.regime?.override).toMatchObject({ actor: 'ann', reason: 'looks odd' })
    world.fire('regime')
    expect(world.state.regime).toMatchObject({ multiplier: 1.2, because: 'regime', override: null })
    // The reading goes on ageing from when it was made.
    expect(world.timers.get('regime')).toBe(START + 4 * DAY + 1)
  })

  it('follows its readings again when the word is taken back', () => {
    const world = asking()
    world.tell(set(world, 'CHOPPY'))
    world.tell(set(world, null))
    expect(world.state.regime).toMatchObject({ multiplier: 1, because: 'missing', override: null })
    expect(world.timers.has('regime')).toBe(false)
  })

  it('leaves all of it alone where the policy does not ask', () => {
    const world = World.funded()
    world.tell(read(world, 'CHOPPY'))
    world.tell(set(world, 'QUIET_CHOPPY'))
    expect(world.state.regime).toBeUndefined()
    expect(world.timers.has('regime')).toBe(false)
  })
})
