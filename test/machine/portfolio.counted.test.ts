import { describe, expect, it } from 'vitest'
import { explainRun } from '#domain/explain/run.js'
import { runText } from '#domain/explain/text.js'
import type { Sent } from '#domain/governance/sent.js'
import { money } from '#units/money.js'
import { policy, targets, viewAt } from './fixtures.js'
import { World } from './world.js'

const sent = (own: number): Sent => ({
  orders: { own, firm: own },
  value: { own: money('0'), firm: money('0') },
  names: {},
})

/** A portfolio whose orders are counted, asked to hold two names, when so many orders were sent before each decision. */
function run(before: number | null): World {
  const governance = [{ name: 'order-rate', params: { maxOrdersPerMinute: 2 } }]
  const world = World.funded({}, { governance, triggers: { ...policy().triggers, cooldownDays: 0 } })
  const ordered = () => Object.keys(world.state.run?.orders ?? {}).length
  const counted = () => (before === null ? {} : { sent: sent(before + ordered()) })
  const view = () => viewAt(world.now)
  const answer = targets({ AAA: 0.4, BBB: 0.3 })
  world.answers.solve = ({ request }) => [{ type: 'solved', request, answer, view: view(), ...counted() }]
  world.answers.observe = ({ request }) => [{ type: 'observed', request, view: view(), ...counted() }]
  const trigger = { kind: 'manual', at: world.now, session: view().session, why: 'test', evidence: {} } as const
  world.tell({ type: 'triggered', trigger, view: view(), ...counted() })
  world.settle()
  return world
}

describe('a portfolio whose orders are counted', () => {
  it('trades within its limits, leaves out what is beyond, and still wants that', () => {
    expect([run(0).held('AAA'), run(0).held('BBB')]).toEqual([400, 300])
    const world = run(1)
    expect([world.held('AAA'), world.held('BBB')]).toEqual([400, 0])
    expect(world.state.effective?.weights).toEqual({ AAA: expect.closeTo(0.4, 12), BBB: expect.closeTo(0.3, 12) })
    const text = runText(explainRun(world.run)).flatMap(({ lines }) => lines)
    expect(text.join(' ')).toContain('orders in a minute would be 3 with this plan, more than 2')
  })

  it('trades nothing where nobody says what has been sent', () => {
    const world = run(null)
    expect(world.run.status).toBe('CANCELLED')
    expect(world.run.failure?.reason).toBe('order-rate: what has been sent before is not known')
  })
})
