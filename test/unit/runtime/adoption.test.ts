import { describe, expect, it } from 'vitest'
import { silentLog } from '#ports/log.js'
import { Adoption } from '#runtime/adoption.js'
import { incarnation } from '#units/ids.js'
import { instant } from '#units/time.js'
import { tempDir } from '../../support/temp-dir.js'
import { buying, CORE, deposit, openHost, policyFor } from './fixtures.js'

describe('a changed policy that waits for the end of a run', () => {
  it('is forgotten when the configuration goes back to the one in force', async () => {
    const { host, journal } = openHost(tempDir())
    await buying(host)
    const adoption = new Adoption(host, silentLog)
    const name = incarnation('incarnation1')
    const inForce = host.snapshot(CORE)!.context.policy
    await adoption.adopt(policyFor(CORE, { name: 'Changed' }), name)
    await adoption.adopt(inForce, name)
    await host.deliver(CORE, { type: 'permitted', to: 'halted', reason: 'end the run', actor: 'test' }, 'test')
    for (const order of Object.values(host.snapshot(CORE)!.context.run!.orders))
      await host.deliver(CORE, { type: 'orderNews', orderId: order.id, news: { kind: 'promised' } }, order.id)
    expect(host.snapshot(CORE)!.value.lifecycle).toBe('watching')
    await adoption.apply()
    expect(host.snapshot(CORE)!.context.policy.name).toBe(inForce.name)
    await journal.close()
  })
})

describe('a changed policy', () => {
  it('that a run came before is not lost: it is given at the next look between runs', async () => {
    const { host, journal } = openHost(tempDir())
    await buying(host)
    await host.deliver(CORE, { type: 'permitted', to: 'halted', reason: 'end the run', actor: 'test' }, 'test')
    for (const order of Object.values(host.snapshot(CORE)!.context.run!.orders))
      await host.deliver(CORE, { type: 'orderNews', orderId: order.id, news: { kind: 'promised' } }, order.id)
    const adoption = new Adoption(host, silentLog)
    await adoption.adopt(host.snapshot(CORE)!.context.policy, incarnation('incarnation1'))
    const changed = policyFor(CORE, { name: 'Changed' })
    // Waits in the mailbox when the policy is handed over: whatever it is, the policy was not decided on its ground.
    const first = host.deliver(CORE, deposit('1'), 'test')
    expect(await adoption.adoptAll([changed], 'config test', instant(0))).toEqual([CORE])
    await first
    expect(host.snapshot(CORE)!.context.policy.name).not.toBe('Changed')
    await adoption.apply()
    expect(host.snapshot(CORE)!.context.policy.name).toBe('Changed')
    await adoption.apply()
    const configured = journal.entries(CORE, 1, 1000).filter(({ event }) => event.type === 'configured')
    expect(configured).toHaveLength(1)
    await journal.close()
  })
})
