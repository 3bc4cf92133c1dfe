import { describe, expect, it } from 'vitest'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Staged } from '#runtime/actor.js'
import { Pulse } from '#runtime/pulse.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { sessionDate } from '#units/time.js'
import { market, NOW, portfolio } from '../domain/trigger/fixtures.js'

const [ONE, TWO, THREE] = ['one', 'two', 'three'].map(portfolioId) as [PortfolioId, PortfolioId, PortfolioId]
const drifted = { shares: { GOOG: '600', MSFT: '250' }, cash: '150' }
const cooling = portfolio({ ...drifted, memory: { cooldownUntil: sessionDate('2008-12-01') } })

/** A pulse over portfolios in these states, all of them ready; notes what it told, blocked and measured. */
function pulsing(states: Readonly<Record<PortfolioId, PortfolioState>>) {
  const world = { view: market(), ready: true, permission: 'active' as PortfolioSnapshot['value']['permission'] }
  const told: [PortfolioId, PortfolioFact['type'], string][] = []
  const blocked: [PortfolioId, string][] = []
  const counts: Record<string, number> = {}
  const snapshot = (id: PortfolioId): PortfolioSnapshot | undefined => {
    const context = states[id]
    const value = { permission: world.permission, ownership: 'ready', lifecycle: 'watching' } as never
    return context === undefined ? undefined : { value, context }
  }
  const pulse = new Pulse({
    host: {
      snapshot,
      deliver: async (id, fact, cause) => {
        told.push([id, fact.type, cause])
        return {} as Staged
      },
    },
    market: { view: () => world.view, sessions: () => [] },
    clock: { now: () => NOW, wake: () => () => undefined },
    metrics: {
      count: (name, labels, by = 1) => {
        const key = `${name} ${labels?.way}`
        counts[key] = (counts[key] ?? 0) + by
      },
      gauge: () => undefined,
      observe: (name, value) => {
        counts[name] = (counts[name] ?? 0) + (value >= 0 ? 1 : Number.NaN)
      },
    },
    onBlocked: (id, list) => blocked.push(...list.map(({ code }): [PortfolioId, string] => [id, code])),
    isReady: () => world.ready,
  })
  return { world, pulse, told, blocked, counts }
}

describe('a pulse', () => {
  it('starts the runs that are due and leaves the other portfolios unasked, and counts both', async () => {
    const { pulse, told, counts } = pulsing({ [ONE]: portfolio(), [TWO]: portfolio(drifted), [THREE]: portfolio() })
    await pulse.look([ONE, TWO, THREE])
    expect(told).toEqual([[TWO, 'triggered', 'drift']])
    expect(counts).toEqual({
      'ballast_pulse_portfolios_total screened': 2,
      'ballast_pulse_portfolios_total asked': 1,
      ballast_pulse_duration_seconds: 1,
    })
  })

  it('tells of a trigger that is held back at every look', async () => {
    const { pulse, told, blocked } = pulsing({ [ONE]: cooling })
    for (let look = 0; look < 3; look += 1) await pulse.look([ONE])
    expect(told).toEqual([])
    expect(blocked).toEqual([
      [ONE, 'cooldown'],
      [ONE, 'cooldown'],
      [ONE, 'cooldown'],
    ])
  })

  it('starts nothing and tells of nothing while a portfolio is not ready or not active', async () => {
    const { world, pulse, told, blocked } = pulsing({ [ONE]: portfolio(drifted), [TWO]: cooling })
    world.ready = false
    await pulse.look([ONE, TWO])
    Object.assign(world, { ready: true, permission: 'paused' })
    await pulse.look([ONE, TWO])
    expect([told, blocked]).toEqual([[], []])
    world.permission = 'active'
    await pulse.look([ONE, TWO])
    expect([told.length, blocked.length]).toEqual([1, 1])
  })

  it('looks at the others when one of them is not hosted', async () => {
    const { pulse, told } = pulsing({ [TWO]: portfolio(drifted) })
    await expect(pulse.look([ONE, TWO])).rejects.toThrow('one is not hosted')
    expect(told).toEqual([[TWO, 'triggered', 'drift']])
  })
})
