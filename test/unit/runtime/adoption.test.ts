import { describe, expect, it } from 'vitest'
import { silentLog } from '#ports/log.js'
import { Adoption } from '#runtime/adoption.js'
import { incarnation } from '#units/ids.js'
import { SESSION, START, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { buying, CORE, created, deposit, openHost, policyFor } from './fixtures.js'

const RECONCILED = { type: 'reconciled', decision: 'resume', reason: '' } as const

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
  it('that a run came before is not lost: it is given at the next look between runs, once', async () => {
    const { host, journal } = openHost(tempDir())
    for (const fact of [created(CORE), { type: 'opened', epoch: 1 }, RECONCILED, deposit('100000')] as const)
      await host.deliver(CORE, fact, 'test')
    const adoption = new Adoption(host, silentLog)
    await adoption.adopt(host.snapshot(CORE)!.context.policy, incarnation('incarnation1'))
    const trigger = { kind: 'manual', at: START, session: SESSION, why: 'test', evidence: {} } as const
    // Waits in the mailbox when the policy is handed over.
    const run = host.deliver(CORE, { type: 'triggered', trigger, view: viewAt(START) }, 'test')
    const changed = policyFor(CORE, { name: 'Changed' })
    expect(await adoption.adoptAll([changed], 'config test', START)).toEqual([CORE])
    await run
    expect(host.snapshot(CORE)!.context.policy.name).not.toBe('Changed')
    await host.deliver(CORE, { type: 'permitted', to: 'halted', reason: 'end the run', actor: 'test' }, 'test')
    expect(host.snapshot(CORE)!.value.lifecycle).toBe('watching')
    await Promise.all([adoption.apply(), adoption.apply()])
    await adoption.apply()
    expect(host.snapshot(CORE)!.context.policy.name).toBe('Changed')
    const configured = journal.entries(CORE, 1, 1000).filter(({ event }) => event.type === 'configured')
    expect(configured).toHaveLength(1)
    await journal.close()
  })
})
