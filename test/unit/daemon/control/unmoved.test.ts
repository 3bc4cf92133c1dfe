import { describe, expect, it, vi } from 'vitest'
import { permitOnce } from '#daemon/control/permission.js'
import { restrainOnce } from '#daemon/control/restrain.js'
import type { Execution } from '#domain/book/events.js'
import type { Permission } from '#domain/portfolio/event.js'
import { until } from '../../../contract/gateway-parts.js'
import { CORE, executionOf, OTHER } from '../../runtime/fixtures.js'
import { by, desk } from './desk.js'

const FIRM = { instrument: null, portfolio: null }
const MOVED = { status: 'rejected', reason: { code: 'PERMISSION_MOVED', retry: 'safe' } }

describe('a halt that waits behind a commit is not undone by', () => {
  const permission = async (seen: Permission, to: Permission, stop: 'halt' | 'same words' | 'conflict' | 'reduce') => {
    const { parts, requests, stall, trading, engine } = await desk()
    const permit = (permission: Permission, who = 'ann') =>
      permitOnce(parts, requests, CORE, permission, by(who, who === 'ann' ? 'first' : 'second'))
    if (seen !== 'active') await permit(seen)
    const go = await stall()
    const posted = vi.spyOn(engine.host, 'deliver')
    // What loosens with a comparison is asked first: the stop comes while the books are compared.
    const reset = seen === 'halted' ? permit(to, 'bob') : null
    const execution: Execution = executionOf('again')
    const stopped =
      stop === 'conflict'
        ? engine.host.deliver(CORE, { type: 'conflicted', execution, booked: 'other' }, 'test')
        : permit(stop === 'reduce' ? 'reducing' : 'halted', stop === 'same words' ? 'ann' : 'carl')
    const wish = reset ?? permit(to, 'bob')
    const settled = Promise.allSettled([wish, stopped])
    await until(() => posted.mock.calls.length === 2) // the comparison is over
    await go()
    const [wished, kept] = await settled
    expect(kept).toMatchObject({ status: 'fulfilled' })
    return { wished, trading: trading(), engine }
  }

  it('a resume that has compared the books', async () => {
    expect(await permission('halted', 'active', 'halt')).toMatchObject({ wished: MOVED, trading: 'halted' })
  })

  it('a resume, though the halt says what the one before it said', async () => {
    expect(await permission('halted', 'active', 'same words')).toMatchObject({ wished: MOVED, trading: 'halted' })
  })

  it('a resume, though nobody asked for the halt: an execution came again with other content', async () => {
    expect(await permission('halted', 'active', 'conflict')).toMatchObject({ wished: MOVED, trading: 'halted' })
  })

  it('a resume after a pause, nor a pause or reduction of what traded when it was asked', async () => {
    expect(await permission('paused', 'active', 'halt')).toMatchObject({ wished: MOVED, trading: 'halted' })
    expect(await permission('active', 'paused', 'halt')).toMatchObject({ wished: MOVED, trading: 'halted' })
    expect(await permission('active', 'reducing', 'halt')).toMatchObject({ wished: MOVED, trading: 'halted' })
  })

  it('and nobody else is kept from anything: a halt still goes over a reduction, and no portfolio is faulted', async () => {
    const { wished, trading, engine } = await permission('active', 'halted', 'reduce')
    expect([wished?.status, trading]).toEqual(['fulfilled', 'halted'])
    expect(engine.host.snapshot(CORE)!.context.permissionReason).toBe('bob: second')
  })

  it('an unkill that has compared the books, nor a kill that only reduces', async () => {
    const { parts, requests, stall, trading, engine } = await desk()
    const kill = (to: 'active' | 'halted' | 'reducing', who: string) =>
      restrainOnce(parts, requests, to, { ...by(who), ...FIRM })
    const reduced = await stall()
    const [halts, less] = [kill('halted', 'ann'), kill('reducing', 'bob')]
    await reduced()
    expect(await halts).toMatchObject({ failed: [] })
    expect((await less).failed.map(({ code }) => code)).toEqual(['RESTRAINT_MOVED', 'RESTRAINT_MOVED'])
    expect([CORE, OTHER].map(trading)).toEqual(['halted', 'halted'])

    const go = await stall()
    const posted = vi.spyOn(engine.host, 'deliver')
    const lift = kill('active', 'bob')
    const again = kill('halted', 'ann')
    await until(() => posted.mock.calls.length === 4)
    await go()
    await again
    expect(await lift).toMatchObject({
      changed: [],
      failed: [{ code: 'RESTRAINT_MOVED' }, { code: 'RESTRAINT_MOVED' }],
    })
    expect([CORE, OTHER].map(trading)).toEqual(['halted', 'halted'])
    expect(await kill('active', 'bob')).toMatchObject({ failed: [] })
    expect([CORE, OTHER].map(trading)).toEqual(['active', 'active'])
  })
})
