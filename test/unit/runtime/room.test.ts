import { describe, expect, it } from 'vitest'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { silentLog } from '#ports/log.js'
import { Host } from '#runtime/host.js'
import { Room } from '#runtime/room.js'
import { viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, created, deposit, executionOf, OTHER, openHost } from './fixtures.js'

const LIMITS = { perPortfolio: 20, inAll: 60 }
const START_VIEW = viewAt(1_767_623_400_000 as never)

const run: PortfolioFact = {
  type: 'triggered',
  trigger: { kind: 'manual', at: START_VIEW.at, session: START_VIEW.session, why: 'test', evidence: {} },
  view: START_VIEW,
}
const halt: PortfolioFact = { type: 'permitted', to: 'halted', actor: 'pm', reason: 'test' }

describe('room for events', () => {
  it('turns new runs away at its limit, what can be asked again at twice of it, and nothing else ever', () => {
    const room = new Room(LIMITS)
    const gives = (type: PortfolioFact['type'], portfolio = CORE): boolean => {
      try {
        room.admit(portfolio, type)
        return false
      } catch (error) {
        expect(error).toMatchObject({ code: 'OVERLOADED', retry: 'safe' })
        return true
      }
    }
    room.change(CORE, 19)
    expect(gives('triggered')).toBe(false)
    room.change(CORE, 1)
    expect([gives('triggered'), gives('deposited'), gives('triggered', OTHER)]).toEqual([true, false, false])
    room.change(CORE, 20)
    expect([gives('deposited'), gives('marked'), gives('configured')]).toEqual([true, true, true])
    room.change(OTHER, 20)
    expect([room.strain, gives('deposited', OTHER)]).toEqual(['60 events wait to be written', false])
    room.change(CORE, 100_000)
    const kept = [
      ...(['filled', 'conflicted', 'orderNews', 'solved', 'observed', 'timedOut', 'permitted', 'restrained'] as const),
      ...(['faulted', 'opened', 'reconciled', 'created', 'restored', 'renewed'] as const),
    ]
    expect(kept.filter((type) => gives(type))).toEqual([])
    room.change(CORE, -100_040)
    expect([room.waiting, room.strain, gives('triggered')]).toEqual([20, null, false])
  })

  it('under twice what it holds, sheds runs and loses no fill, no halt and nothing that was taken', async () => {
    const { journal, clock } = openHost(tempDir())
    const shed: string[] = []
    const host: Host = new Host({
      ...{ journal, clock, log: silentLog },
      onDurable: () => undefined,
      room: LIMITS,
      onShed: (_portfolio, type) => shed.push(type),
      onFatal: (error) => {
        throw error
      },
    })
    for (const id of [CORE, OTHER]) await host.deliver(id, created(id), 'config')
    await host.deliver(CORE, deposit('1000000'), 'cash')
    const fills = Array.from({ length: 2 * LIMITS.inAll }, (_, n) =>
      host.deliver(CORE, { type: 'filled', execution: executionOf(`E${n}`) }, 'fill'),
    )
    const runs = Array.from({ length: 10 }, (_, n) => host.deliver(n % 2 === 0 ? CORE : OTHER, run, 'manual'))
    const halted = host.deliver(OTHER, halt, 'halt')
    const outcomes = await Promise.allSettled(runs)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'OVERLOADED' } })
    await Promise.all([...fills, halted])
    expect(shed).toEqual(Array.from({ length: 10 }, () => 'triggered'))
    expect(host.snapshot(CORE)!.context.book.tally.fills).toBe(2 * LIMITS.inAll)
    expect(host.snapshot(OTHER)!.value.permission).toBe('halted')
    expect([host.waiting, host.strain]).toEqual([0, null])
    await host.deliver(CORE, run, 'manual') // once it is through, runs are taken again
    await journal.close()
  })
})
