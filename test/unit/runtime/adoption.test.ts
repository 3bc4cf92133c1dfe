import { describe, expect, it } from 'vitest'
import { silentLog } from '#ports/log.js'
import { Adoption } from '#runtime/adoption.js'
import { incarnation } from '#units/ids.js'
import { tempDir } from '../../support/temp-dir.js'
import { buying, CORE, openHost, policyFor } from './fixtures.js'

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
